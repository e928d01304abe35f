// SPDX-License-Identifier: MIT
#include "fibo/farm/mpi_channel.hpp"

#include "fibo/farm/affinity.hpp"
#include "fibo/farm/mpi_failure.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <thread>
#include <utility>

#include <boost/mpi/exception.hpp>

namespace fibo {
namespace {

namespace mpi = boost::mpi;
using std::chrono::microseconds;

// All tags of the farm; the kind of a message is in its bytes.
enum Tag : int { farm_tag = 1 };

// At most this many messages arrive at once; the rest wait at their senders, which bounds the
// memory they take here. One that has been arriving for so long does not count: its sender may have
// stalled, and others are not to wait for it.
constexpr std::ptrdiff_t max_arriving = 16;
constexpr std::chrono::milliseconds stalled_after{500};

// Messages that one rank has under way to another, so that one that stalls holds few places there.
// The second is there when the first has arrived.
constexpr std::size_t max_sending_to_one = 2;

// A rank looks at its clock, and for signals, at least so often.
constexpr microseconds longest_wait{20'000};

// How often a rank says that it is alive: often beside the time after which it would be given up,
// and seldom enough for rank 0 to hear a hundred thousand.
constexpr std::chrono::milliseconds shortest_heartbeat{1000};
constexpr std::chrono::milliseconds heartbeat_per_rank{1};
constexpr std::chrono::milliseconds longest_heartbeat{5000};

// MPI tells of dead ranks when it is asked; to look for messages from any rank does not fail.
constexpr std::chrono::milliseconds look_for_dead_every{10};

// What a worker may take to say hello, which is the first that it does.
constexpr microseconds greeting_patience{1'000'000};

// What farewells may take to be sent where a rank is not there to receive its own.
constexpr microseconds farewell_patience{100'000};

// mpirun that tells all ranks to end kills those of a host as soon as the first of them is gone:
// rank 0, whose exit code counts, goes first.
constexpr microseconds head_start_of_producer{200'000};

void check(const char* routine, int code) {
  if (code != MPI_SUCCESS) throw mpi::exception(routine, code);
}

}  // namespace

MpiMail::MpiMail(const mpi::communicator& world, std::size_t max_message_bytes)
    : comm_(outlives_dead_ranks() ? world : mpi::communicator(world, mpi::comm_duplicate)),
      max_message_bytes_(max_message_bytes),
      may_die_(outlives_dead_ranks()) {}

void MpiMail::send(int to, Bytes message) {
  if (message.size() > max_message_bytes_)
    throw std::length_error("a message is too long for MPI to count");
  if (dead_.contains(to)) return;
  outgoing_[to].waiting.push_back(std::move(message));
  begin_sending(to);
  reap_sent();
}

void MpiMail::begin_sending(int to) {
  Outgoing& outgoing = outgoing_[to];
  while (!outgoing.waiting.empty() && outgoing.sending < max_sending_to_one) {
    Transfer& transfer =
        sending_.emplace_back(Transfer{to, std::move(outgoing.waiting.front()), {}});
    outgoing.waiting.pop_front();
    const bool begun = unless_dead([&] {
      transfer.request = comm_.isend(to, farm_tag, transfer.message.data(),
                                     static_cast<int>(transfer.message.size()));
    });
    if (begun)
      ++outgoing.sending;
    else
      sending_.pop_back();
  }
}

void MpiMail::reap_sent() {
  // What is begun here goes to the end, and is looked at as well.
  for (auto transfer = sending_.begin(); transfer != sending_.end();) {
    bool done = false;
    const bool alive = unless_dead([&] { done = transfer->request.test().has_value(); });
    if (alive && !done) {
      ++transfer;
      continue;
    }
    const int to = transfer->peer;
    transfer = sending_.erase(transfer);
    --outgoing_[to].sending;
    begin_sending(to);
  }
  look_for_dead();
}

// A message that is matched is received whatever becomes of its sender, and is met only once.
bool MpiMail::begin_arrival() {
  int found = 0;
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status status;
  check("MPI_Improbe", MPI_Improbe(MPI_ANY_SOURCE, farm_tag, comm_, &found, &message, &status));
  if (found == 0) return false;
  int size = 0;
  MPI_Get_count(&status, MPI_CHAR, &size);
  Arrival& arrival = arriving_.emplace_back(Arrival{status.MPI_SOURCE,
                                                    Bytes::unset(static_cast<std::size_t>(size)),
                                                    MPI_REQUEST_NULL, Clock::now()});
  const bool begun = unless_dead([&] {
    check("MPI_Imrecv",
          MPI_Imrecv(arrival.message.data(), size, MPI_CHAR, &message, &arrival.request));
  });
  // Where earlier ones of a dead rank have been dropped, this one would come out of turn.
  if (!begun || dead_.contains(status.MPI_SOURCE)) bury(status.MPI_SOURCE);
  return true;
}

bool MpiMail::has_room_for_arrivals() const {
  if (std::ssize(arriving_) < max_arriving) return true;
  const Clock::time_point stalled = Clock::now() - stalled_after;
  return std::ranges::count_if(arriving_, [&](const Arrival& arrival) {
           return arrival.begun > stalled;
         }) < max_arriving;
}

void MpiMail::begin_arrivals() {
  while (has_room_for_arrivals()) {
    bool found = false;
    // Open MPI looks first, and then for what has arrived since: the second look sees that.
    if (!unless_dead([&] { found = begin_arrival() || begin_arrival(); })) {
      note_dead();
      return;
    }
    if (!found) return;
  }
}

void MpiMail::note_dead() {
  for (const int rank : acknowledge_dead_ranks(comm_)) bury(rank);
}

void MpiMail::look_for_dead() {
  if (!may_die_) return;
  const auto now = Clock::now();
  if (now < look_due_) return;
  look_due_ = now + look_for_dead_every;
  note_dead();
}

// What has come of a message that was cut off, and of those after it, is of no use.
void MpiMail::bury(int rank) {
  if (dead_.insert(rank).second) newly_dead_.push_back(rank);
  const auto move = [rank](auto& from, auto& to) {
    for (auto at = from.begin(); at != from.end();) {
      const auto transfer = at++;
      if (transfer->peer == rank) to.splice(to.end(), from, transfer);
    }
  };
  outgoing_.erase(rank);
  move(sending_, sent_in_vain_);
  move(arriving_, never_arriving_);
}

std::optional<MpiMail::Letter> MpiMail::poll() {
  reap_sent();
  begin_arrivals();
  std::set<int> still_arriving;
  for (auto arrival = arriving_.begin(); arrival != arriving_.end(); ++arrival) {
    if (still_arriving.contains(arrival->peer)) continue;
    int done = 0;
    const bool alive = unless_dead(
        [&] { check("MPI_Test", MPI_Test(&arrival->request, &done, MPI_STATUS_IGNORE)); });
    if (!alive) {
      bury(arrival->peer);
      return std::nullopt;
    }
    if (done != 0) {
      Letter letter{arrival->peer, std::move(arrival->message)};
      arriving_.erase(arrival);
      return letter;
    }
    still_arriving.insert(arrival->peer);
  }
  return std::nullopt;
}

void MpiMail::flush() {
  flush_until(Clock::time_point::max());
}

void MpiMail::flush_within(microseconds patience) {
  flush_until(Clock::now() + patience);
}

void MpiMail::flush_until(Clock::time_point deadline) {
  for (Nap nap; !sending_.empty() && Clock::now() < deadline; reap_sent())
    std::this_thread::sleep_for(nap.next(true));
}

MpiProducerChannel::MpiProducerChannel(const mpi::communicator& world, WorkerThread& own_worker)
    : size_(world.size()), mail_(world), own_worker_(own_worker) {
  for (int rank = 1; rank < size_; ++rank) present_.insert(rank);
  wake_promptly();
}

MpiProducerChannel::~MpiProducerChannel() {
  try {
    say_farewell();
  } catch (const std::exception&) {
    return;
  }
}

bool MpiProducerChannel::say_farewell() {
  if (together_) return *together_;
  // To finalize MPI beside a rank that has died, or dies meanwhile, hangs now and then.
  together_ = present_.empty() && !outlives_dead_ranks();
  for (int rank = 1; rank < size_; ++rank) post(rank, encode(Farewell{*together_}));
  // A short message to a rank that listens is on its way by then; one that does not would be waited
  // for in vain.
  if (*together_)
    mail_.flush();
  else
    mail_.flush_within(farewell_patience);
  return *together_;
}

std::vector<Rank> MpiProducerChannel::workers() const {
  std::vector<Rank> ranks;
  // Rank 0's own worker comes last: its thread shares the core with the producer's.
  for (int rank = 1; rank < size_; ++rank) ranks.push_back(Rank{rank});
  ranks.push_back(producer_rank);
  return ranks;
}

void MpiProducerChannel::send(Rank worker, Bytes message) {
  if (worker == producer_rank)
    own_worker_.send(std::move(message));
  else
    post(to_int(worker), std::move(message));
}

void MpiProducerChannel::post(int rank, Bytes message) {
  mail_.send(rank, std::move(message));
  if (const auto bell = bells_.find(rank); bell != bells_.end()) bell->second.ring();
}

// Opens what the rank offers.
SharedAnswer MpiProducerChannel::answer(int rank, const SharedOffer& offer) {
  const SharedReader& reader = shared_[rank] = SharedReader(offer);
  SharedAnswer answer{.accepted = reader.is_open(), .bell = {}};
  const std::optional<Bell> its_bell = Bell::open(offer.bell);
  if (!its_bell) return answer;
  if (!bell_) {
    bell_ = Bell::make();
    if (!bell_) return answer;
    own_worker_.wait_at(*bell_);
  }
  bells_.insert_or_assign(rank, *its_bell);
  answer.bell = bell_->place();
  return answer;
}

// Answers a letter that offers shared memory; returns false for any other.
bool MpiProducerChannel::answer_if_offer(const MpiMail::Letter& letter) {
  try {
    const auto offer = as_shared_offer(letter.message);
    if (!offer) return false;
    mail_.send(letter.from, encode(answer(letter.from, *offer)));
    return true;
  } catch (const MalformedMessage&) {
    return false;
  }
}

// The message itself where the letter only says where it is.
Bytes MpiProducerChannel::opened(MpiMail::Letter letter) const {
  try {
    const auto place = as_shared_message(letter.message);
    const auto memory = shared_.find(letter.from);
    if (place && memory != shared_.end()) return memory->second.take(*place);
  } catch (const MalformedMessage&) {
    // The producer decodes it as well, and says who sent it.
  }
  return std::move(letter.message);
}

std::optional<ProducerChannel::Envelope> MpiProducerChannel::receive() {
  const auto deadline = std::chrono::steady_clock::now() + longest_wait;
  while (std::chrono::steady_clock::now() < deadline) {
    if (!dead_.empty()) {
      const int rank = dead_.back();
      dead_.pop_back();
      present_.erase(rank);
      return Envelope{Rank{rank}, encode(Lost{"its process died"})};
    }
    // In turns: where letters come without end, rank 0's own worker would not be heard.
    if (std::exchange(own_turn_, !own_turn_))
      if (auto message = own_worker_.receive_within(microseconds::zero()))
        return Envelope{producer_rank, *std::move(message)};
    auto letter = mail_.poll();
    dead_ = mail_.take_dead();
    if (letter) {
      nap_.reset();
      if (is_goodbye(letter->message)) present_.erase(letter->from);
      if (answer_if_offer(*letter)) continue;
      const Rank from{letter->from};
      return Envelope{from, opened(*std::move(letter))};
    }
    // Alone, or where all others ring, there is nothing to look for.
    const bool all_ring = bells_.size() + 1 == static_cast<std::size_t>(size_);
    const microseconds patience = all_ring ? nap_.next_rung(mail_.transferring(), longest_wait)
                                           : nap_.next_usual(mail_.transferring());
    if (auto message = own_worker_.receive_within(patience))
      return Envelope{producer_rank, *std::move(message)};
  }
  return std::nullopt;
}

namespace {

/// A rank other than 0: what lies between rank 0 and the worker on the other thread.
class WorkerRank {
 public:
  WorkerRank(const mpi::communicator& world, WorkerThread& worker, std::function<int()> signal)
      : mail_(world),
        worker_(worker),
        signal_(std::move(signal)),
        heartbeat_every_(
            std::clamp(world.size() * heartbeat_per_rank, shortest_heartbeat, longest_heartbeat)) {}

  ServiceEnd serve();

 private:
  using Clock = std::chrono::steady_clock;

  void post(Bytes message);
  std::optional<Farewell> deliver_letters();
  ServiceEnd leave(const Farewell& farewell);
  [[nodiscard]] microseconds patience();
  void offer_shared_memory(bool waited_in_vain);
  void pass_on(Bytes message);
  void give_signs_of_life();

  MpiMail mail_;
  WorkerThread& worker_;
  std::function<int()> signal_;
  Nap nap_;
  std::optional<Bell> producer_bell_;
  bool signal_told_ = false;
  Clock::duration heartbeat_every_;
  Clock::time_point heartbeat_due_ = Clock::now() + heartbeat_every_;
};

ServiceEnd WorkerRank::serve() {
  // The greeting goes out before work comes in: a rank that dies of its first key is known by name.
  if (auto hello = worker_.receive_within(greeting_patience)) post(*std::move(hello));
  nap_ = {};
  while (true) {
    if (const auto farewell = deliver_letters()) return leave(*farewell);
    if (std::ranges::count(mail_.take_dead(), to_int(producer_rank)) > 0)
      return ServiceEnd::producer_died;
    auto message = worker_.receive_within(patience());
    offer_shared_memory(!message);
    if (message) pass_on(*std::move(message));
    give_signs_of_life();
  }
}

void WorkerRank::post(Bytes message) {
  mail_.send(to_int(producer_rank), std::move(message));
  if (producer_bell_) producer_bell_->ring();
}

// To the worker, until there are no more, or one is a farewell.
std::optional<Farewell> WorkerRank::deliver_letters() {
  while (auto letter = mail_.poll()) {
    if (const auto farewell = as_farewell(letter->message)) return farewell;
    if (const auto answer = as_shared_answer(letter->message)) {
      worker_.shared_memory().answered(*answer);
      producer_bell_ = Bell::open(answer->bell);
    } else {
      worker_.send(std::move(letter->message));
    }
    nap_.reset();
  }
  return std::nullopt;
}

ServiceEnd WorkerRank::leave(const Farewell& farewell) {
  mail_.flush_within(farewell_patience);
  if (!farewell.together && signal_() != 0) std::this_thread::sleep_for(head_start_of_producer);
  return farewell.together ? ServiceEnd::together : ServiceEnd::alone;
}

// How long to wait for the worker until letters are looked for again.
microseconds WorkerRank::patience() {
  const bool transferring = mail_.transferring();
  // Where both have the other's bell, what comes is heard.
  if (producer_bell_) return nap_.next_rung(transferring, longest_wait);
  // A worker that has just sent results may be about to take what waits.
  if (!nap_.is_first() && worker_.has_work_waiting()) return nap_.next_unhurried(transferring);
  return nap_.next(transferring);
}

void WorkerRank::offer_shared_memory(bool waited_in_vain) {
  SharedWriter& memory = worker_.shared_memory();
  // A wait for nothing is the time to arrange for a shorter one.
  if (waited_in_vain && !worker_.said_goodbye()) memory.offer_early();
  auto offer = memory.take_offer();
  if (!offer) return;
  if (const auto bell = Bell::make()) {
    offer->bell = bell->place();
    worker_.wait_at(*bell);
  }
  post(encode(*offer));
}

// What the worker says; values that lie in shared memory stay there.
void WorkerRank::pass_on(Bytes message) {
  if (const auto place = worker_.shared_memory().hand_over(message)) message = encode(*place);
  post(std::move(message));
  nap_.reset();
}

void WorkerRank::give_signs_of_life() {
  if (const int number = signal_(); number != 0 && !std::exchange(signal_told_, true))
    post(encode(Interrupted{number}));
  if (const auto now = Clock::now(); now >= heartbeat_due_) {
    post(encode(Heartbeat{}));
    heartbeat_due_ = now + heartbeat_every_;
  }
}

}  // namespace

ServiceEnd run_worker_rank(const mpi::communicator& world, WorkerThread& worker,
                           const std::function<int()>& signal) {
  wake_promptly();
  return WorkerRank(world, worker, signal).serve();
}

}  // namespace fibo
