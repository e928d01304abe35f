// SPDX-License-Identifier: MIT
//
// fibo_mpi on ranks that go wrong. FIBO_FAULTS names what happens, where, and at which key, as in
//
//     FIBO_FAULTS="flip 1 *, stop 2 30000"
//
//     flip   a bit of the digits flips before they are checked
//     die    the process gets SIGKILL
//     stop   the process gets SIGSTOP
//     mpi    MPI receives no more, and the key takes 40 s
//
// with a rank, or * for each of them, and a key, or * for each of them. Keys below 187 are
// constants of the engine and do not flip. FIBO_SILENCE_S is how long a rank may be silent, in
// seconds.
#include "fibo/app/process.hpp"
#include "fibo/fibonacci/engine.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <mpi.h>
#include <unistd.h>

namespace {

using namespace fibo;

std::atomic<bool> mpi_fails = false;

struct Fault {
  enum class Kind { flip, die, stop, mpi };

  Kind kind;
  std::string key;  ///< a number, or *

  [[nodiscard]] bool strikes(std::uint64_t n) const { return key == "*" || std::stoull(key) == n; }
};

std::string variable(const char* name, const char* otherwise) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

Fault::Kind kind_of(const std::string& word) {
  if (word == "flip") return Fault::Kind::flip;
  if (word == "die") return Fault::Kind::die;
  if (word == "stop") return Fault::Kind::stop;
  if (word == "mpi") return Fault::Kind::mpi;
  throw std::invalid_argument("FIBO_FAULTS: " + word);
}

// Those of this rank, which mpirun tells; alone it is rank 0.
std::vector<Fault> faults_here() {
  const std::string own_rank = variable("OMPI_COMM_WORLD_RANK", "0");
  std::vector<Fault> faults;
  std::istringstream all(variable("FIBO_FAULTS", ""));
  for (std::string one; std::getline(all, one, ',');) {
    std::istringstream words(one);
    std::string kind;
    std::string rank;
    std::string key;
    words >> kind >> rank >> key;
    if (rank == "*" || rank == own_rank) faults.push_back({kind_of(kind), key});
  }
  return faults;
}

// An engine whose values come one by one, so that a fault strikes at its key.
class FaultyEvaluator {
 public:
  void operator()(std::span<const std::uint64_t> keys, const ValueSink& sink) {
    for (const std::uint64_t n : keys) {
      for (const Fault& fault : faults_)
        if (fault.strikes(n)) arm(fault.kind);
      const std::string_view digits = engine_.digits(n);
      sink(n, digits);
    }
  }

 private:
  void arm(Fault::Kind kind) {
    switch (kind) {
      case Fault::Kind::flip:
        flips_ = true;
        return;
      case Fault::Kind::die:
        ::kill(::getpid(), SIGKILL);
        return;
      case Fault::Kind::stop:
        ::kill(::getpid(), SIGSTOP);
        return;
      case Fault::Kind::mpi:
        mpi_fails = true;
        std::this_thread::sleep_for(std::chrono::seconds(40));
        return;
    }
  }

  void spoil(EngineStage stage, std::span<std::byte> data) {
    if (stage != EngineStage::text || !flips_) return;
    flips_ = false;
    data[data.size() / 2] ^= std::byte{1};
  }

  std::vector<Fault> faults_ = faults_here();
  bool flips_ = false;
  Engine engine_{
      {.probe = [this](EngineStage stage, std::span<std::byte> data) { spoil(stage, data); }}};
};

Evaluator make_faulty_evaluator(const Quantity& quantity) {
  if (!std::holds_alternative<FullDigits>(quantity)) return make_evaluator(quantity);
  return
      [evaluator = std::make_shared<FaultyEvaluator>()](
          std::span<const std::uint64_t> keys, const ValueSink& sink) { (*evaluator)(keys, sink); };
}

}  // namespace

// In the place of the library's own, which has a second name for this.
extern "C" int MPI_Improbe(int source, int tag, MPI_Comm comm, int* flag, MPI_Message* message,
                           MPI_Status* status) {
  if (mpi_fails) return MPI_ERR_OTHER;
  return PMPI_Improbe(source, tag, comm, flag, message, status);
}

int main(int argc, char** argv) {
  return fibo::run_process(argc, argv,
                           {.make_evaluator = make_faulty_evaluator,
                            .make_wide_evaluator = {},
                            .silence_s = std::stod(variable("FIBO_SILENCE_S", "30"))});
}
