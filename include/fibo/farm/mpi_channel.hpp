// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/farm/bell.hpp"
#include "fibo/farm/channel.hpp"
#include "fibo/farm/message.hpp"
#include "fibo/farm/nap.hpp"
#include "fibo/farm/service_end.hpp"
#include "fibo/farm/shared_memory.hpp"
#include "fibo/farm/worker_thread.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <limits>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/request.hpp>
#include <mpi.h>

/// The farm over Boost.MPI. Only the first thread of a rank calls MPI (MPI_THREAD_FUNNELED); the
/// rank's worker computes on another. A rank waits by looking for messages between naps (Nap), or
/// for a bell, as a blocking receive would take a whole core from the arithmetic.
namespace fibo {

/// Messages under way between this rank and others. Local calls that never block; bytes are
/// MPI_CHAR arrays, each message one MPI message of less than 2 GiB.
class MpiMail {
 public:
  static constexpr auto most_countable_bytes =
      static_cast<std::size_t>(std::numeric_limits<int>::max());

  struct Letter {
    int from;
    Bytes message;
  };

  /// Collective: works on a duplicate of `world`, so that no one else's messages are met. Where
  /// ranks may die it is not, as the duplicate could not be made without one: `world` is then for
  /// this alone.
  /// @param max_message_bytes  what one MPI call can count; less in tests
  explicit MpiMail(const boost::mpi::communicator& world,
                   std::size_t max_message_bytes = most_countable_bytes);

  /// Starts sending, once what was to go there before is under way; the bytes are kept here until
  /// they are gone.
  /// @throws std::length_error  if there are more than max_message_bytes
  void send(int to, Bytes message);

  /// The next message that has arrived in full. Those of one sender come in the order in which it
  /// sent them; a long one that is still arriving does not hold up those of others.
  std::optional<Letter> poll();

  /// The ranks that have died since the last call, as far as polling, sending and flushing met
  /// them. What is sent to them is lost without a word.
  std::vector<int> take_dead() { return std::exchange(newly_dead_, {}); }

  /// Waits until everything has been sent.
  void flush();

  /// The same, but no longer than `patience`.
  void flush_within(std::chrono::microseconds patience);

  /// Whether a long message is under way in either direction, which calls for polling often: the
  /// transfer goes on only inside MPI calls.
  [[nodiscard]] bool transferring() const { return !sending_.empty() || !arriving_.empty(); }

 private:
  using Clock = std::chrono::steady_clock;

  struct Transfer {
    int peer;
    Bytes message;
    boost::mpi::request request;
  };
  struct Arrival {
    int peer;
    Bytes message;
    MPI_Request request;
    Clock::time_point begun;
  };
  /// What is to go to one rank.
  struct Outgoing {
    std::deque<Bytes> waiting;
    std::size_t sending = 0;  ///< how many more are under way
  };

  void begin_sending(int to);
  void reap_sent();
  void flush_until(Clock::time_point deadline);
  [[nodiscard]] bool has_room_for_arrivals() const;
  void begin_arrivals();
  bool begin_arrival();
  void note_dead();
  void look_for_dead();
  void bury(int rank);

  boost::mpi::communicator comm_;
  std::size_t max_message_bytes_;
  std::map<int, Outgoing> outgoing_;
  std::list<Transfer> sending_;
  std::list<Arrival> arriving_;  ///< in the order of their matching

  bool may_die_;
  Clock::time_point look_due_;
  std::set<int> dead_;
  std::vector<int> newly_dead_;
  std::list<Transfer> sent_in_vain_;  ///< to the dead; MPI may still use their bytes
  std::list<Arrival> never_arriving_;
};

/// The producer's end on rank 0: workers are rank 0's own and those of all other ranks.
class MpiProducerChannel final : public ProducerChannel {
 public:
  /// Collective, with run_worker_rank() on all other ranks.
  /// @param own_worker  outlives the channel
  MpiProducerChannel(const boost::mpi::communicator& world, WorkerThread& own_worker);
  MpiProducerChannel(const MpiProducerChannel&) = delete;
  MpiProducerChannel& operator=(const MpiProducerChannel&) = delete;
  /// Says farewell, as say_farewell() does, if that has not been done.
  ~MpiProducerChannel() override;

  [[nodiscard]] std::vector<Rank> workers() const override;
  void send(Rank worker, Bytes message) override;
  std::optional<Envelope> receive() override;

  /// Lets all other ranks go. Waits for no rank that has not said goodbye.
  /// @return whether all ranks are to finalize MPI together; otherwise one of them may not, and
  ///         this one, too, must leave without, by std::_Exit
  bool say_farewell();

  /// The ranks that have neither said goodbye nor died, as far as is known.
  [[nodiscard]] const std::set<int>& missing_ranks() const { return present_; }

 private:
  void post(int rank, Bytes message);
  [[nodiscard]] SharedAnswer answer(int rank, const SharedOffer& offer);
  bool answer_if_offer(const MpiMail::Letter& letter);
  [[nodiscard]] Bytes opened(MpiMail::Letter letter) const;

  int size_;
  MpiMail mail_;
  Nap nap_;
  WorkerThread& own_worker_;
  std::map<int, SharedReader> shared_;  ///< the memory of ranks on this machine
  std::map<int, Bell> bells_;           ///< theirs
  std::optional<Bell> bell_;            ///< that they ring
  std::set<int> present_;               ///< the other ranks that have neither said goodbye nor died
  std::vector<int> dead_;               ///< that the producer has not been told of
  bool own_turn_ = false;               ///< to look first whether its own worker has said something
  std::optional<bool> together_;
};

/// What a rank other than 0 does: carries messages between rank 0 and the worker on the other
/// thread, until rank 0 says farewell. Collective, with the construction of the MpiProducerChannel
/// on rank 0.
/// @param signal  the number of the signal that asks this rank to end the run; 0 while there is
/// none
ServiceEnd run_worker_rank(
    const boost::mpi::communicator& world, WorkerThread& worker,
    const std::function<int()>& signal = [] { return 0; });

}  // namespace fibo
