// SPDX-License-Identifier: MIT
#include "fibo/farm/worker_thread.hpp"

#include "fibo/farm/affinity.hpp"
#include "fibo/farm/mailbox.hpp"
#include "fibo/farm/reason.hpp"
#include "fibo/farm/shared_memory.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <utility>
#include <vector>

namespace fibo {
namespace {

CpuList list_of(const CpuSet& cpus) {
  const std::vector<std::size_t> numbers = numbers_of(cpus);
  return {numbers.begin(), numbers.end()};
}

CpuSet set_of(const CpuList& cpus) {
  CpuSet set;
  for (const std::uint64_t cpu : cpus)
    if (cpu < set.size()) set.set(cpu);
  return set;
}

}  // namespace

// Shared with the thread, which outlives the WorkerThread if it is abandoned.
struct WorkerThread::Mailboxes {
  Mailbox to_worker;
  Mailbox to_producer;
  SharedWriter shared_memory;
  std::atomic<bool> stop_sent = false;
};

WorkerThread::WorkerThread(WorkerParts parts)
    : mail_(std::make_shared<Mailboxes>()),
      thread_([mail = mail_, parts = std::move(parts)]() mutable {
        parts.cpus = list_of(cpus_of_this_thread());
        parts.run_on = [](const CpuList& cpus) { run_this_thread_on(set_of(cpus)); };
        parts.stop_sent = [mail = mail.get()] {
          return mail->stop_sent.load(std::memory_order_relaxed);
        };
        parts.new_message = [mail = mail.get()](std::size_t bytes) {
          return mail->shared_memory.message(bytes);
        };
        try {
          Worker worker(std::move(parts),
                        [&](Bytes message) { mail->to_producer.put(std::move(message)); });
          worker.greet();
          while (worker.process(mail->to_worker.take())) {
          }
        } catch (const std::exception& error) {
          // There is no memory to tell the producer.
          std::cerr << "fibo_mpi: " << reason_of(error) << '\n';
          std::_Exit(EXIT_FAILURE);
        }
      }) {}

WorkerThread::~WorkerThread() {
  if (abandoned_) {
    thread_.detach();
    return;
  }
  if (!stop_sent_) send(encode(Stop{}));
  thread_.join();
}

void WorkerThread::send(Bytes message) {
  if (is_stop(message)) {
    stop_sent_ = std::chrono::steady_clock::now();
    mail_->stop_sent = true;
  }
  mail_->to_worker.put(std::move(message));
}

bool WorkerThread::has_work_waiting() const {
  return !mail_->to_worker.empty();
}

void WorkerThread::wait_at(const Bell& bell) {
  mail_->to_producer.wait_at(bell);
}

SharedWriter& WorkerThread::shared_memory() {
  return mail_->shared_memory;
}

std::optional<Bytes> WorkerThread::receive_within(std::chrono::microseconds patience) {
  auto message = mail_->to_producer.take_within(patience);
  if (said_goodbye_) return std::nullopt;
  if (!message && stop_sent_ && std::chrono::steady_clock::now() - *stop_sent_ > stop_patience) {
    abandoned_ = true;
    message = encode(Goodbye{});
  }
  said_goodbye_ = message && is_goodbye(*message);
  return message;
}

}  // namespace fibo
