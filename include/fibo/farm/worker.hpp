// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/clock.hpp"
#include "fibo/farm/key.hpp"
#include "fibo/farm/message.hpp"
#include "fibo/fibonacci/evaluator.hpp"
#include "fibo/fibonacci/quantity.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fibo {

/// Makes what computes the values of a job; make_evaluator() in the program.
using EvaluatorMaker = std::function<Evaluator(const Quantity&)>;

/// The same for keys that may use several threads each; make_wide_evaluator() in the program.
using WideEvaluatorMaker = std::function<Evaluator(const Quantity&, unsigned threads)>;

/// What a worker is made of.
struct WorkerParts {
  std::string host;  ///< the name of the machine, for the producer's reports
  EvaluatorMaker make_evaluator;
  Clock now_s;
  /// Makes what computes keys that may use several threads; without it, they use one.
  WideEvaluatorMaker make_wide_evaluator = {};
  /// The CPUs that the worker's thread may use, and how to let it, and the threads that it then
  /// starts, use others; WorkerThread knows both.
  CpuList cpus = {};
  std::function<void(const CpuList&)> run_on = [](const CpuList&) {};
  /// A value's digits go in one message up to this many bytes, in parts of it beyond. MPI counts in
  /// ints, so it must stay under 2 GiB; 1 MiB keeps both ends' buffers small and within a cache,
  /// and a part's latency does not matter.
  std::size_t part_bytes = std::size_t{1} << 20;
  /// An empty message with room for so many bytes, for values.
  std::function<Bytes(std::size_t)> new_message = Bytes::with_capacity;
  /// Whether a Stop has been sent: what is left of the chunk at hand is then not computed. Asked
  /// between keys, from the worker's thread; empty for a worker that cannot know.
  std::function<bool()> stop_sent = {};
};

/// The worker's side of the farm, one message at a time: answers each of the producer's messages.
class Worker {
 public:
  using Send = std::function<void(Bytes)>;

  Worker(WorkerParts parts, Send send);

  /// The first message: says that this worker is there.
  void greet();

  /// Does what the message asks and sends the answers. CheckFailed becomes a CheckFailure, another
  /// exception of the evaluator a Failure, and a message that makes no sense is answered by Broken.
  /// @return false after Stop, when the last message has been sent
  bool process(const Bytes& message);

 private:
  bool answer(const Bytes& message, double begin_s, double waited_s);
  [[nodiscard]] bool stop_sent() const;
  void evaluate(std::span<const Key> keys, const ValueSink& sink);
  void compute(const Chunk& chunk, double begin_s, double waited_s);

  WorkerParts parts_;
  Send send_;
  std::optional<Quantity> quantity_;
  Widen widen_;         ///< for the next chunk
  Evaluator evaluate_;  ///< made for the first chunk, so that its failure has a key
  Goodbye goodbye_;
  double idle_since_s_;
};

}  // namespace fibo
