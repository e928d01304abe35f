// SPDX-License-Identifier: MIT
#include "fibo/app/doctor.hpp"

#include "fibo/app/host_map.hpp"
#include "fibo/app/memory.hpp"
#include "fibo/app/version.hpp"
#include "fibo/farm/shown_text.hpp"
#include "fibo/fibonacci/quantity.hpp"
#include "fibo/results/text.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace fibo {
namespace {

using Level = Finding::Level;
using Findings = std::vector<Finding>;

// Facts about the ranks of one host, from the first of them.
const Placement& first_of(const HostRanks& host, const LaunchFacts& facts) {
  return facts.ranks[host.ranks.front()];
}

// How many ranks of this program the host has room for: one for each CPU that the job may use.
std::size_t room_for_ranks(const HostRanks& host, const LaunchFacts& facts) {
  const std::size_t cpus = host.available_cpus.count();
  const double quota = first_of(host, facts).cpu_quota;
  if (quota <= 0) return cpus;
  return std::clamp<std::size_t>(static_cast<std::size_t>(std::lround(quota)), 1, cpus);
}

void examine_launch(const LaunchFacts& facts, const std::vector<HostRanks>& hosts,
                    Findings& found) {
  constexpr auto subject = "launch";
  if (const auto lone_ranks = lone_ranks_text(facts.launch, facts.ranks.size())) {
    const bool by_srun = facts.launch.launcher == Launcher::srun;
    found.push_back({Level::problem, subject, *lone_ranks,
                     by_srun ? "srun --mpi=pmix ... fibo_mpi, or mpirun in the allocation"
                             : fmt::format("start it with the mpirun of {}, or build it with that "
                                           "launcher's MPI",
                                           facts.mpi.running_with)});
    return;
  }
  found.push_back({Level::good, subject,
                   fmt::format("{} on {}, started by {}", counted(facts.ranks.size(), "rank"),
                               counted(hosts.size(), "host"), name_of(facts.launch.launcher))});
}

// Slots against what the machine has, host by host.
void examine_slots(const LaunchFacts& facts, const std::vector<HostRanks>& hosts, Findings& found) {
  constexpr auto subject = "slots";
  const std::size_t good_before = found.size();
  const bool no_more_slots = facts.launch.launcher == Launcher::mpirun && facts.slots != 0 &&
                             facts.slots <= facts.ranks.size();
  for (const HostRanks& host : hosts) {
    const std::size_t ranks = host.ranks.size();
    const std::size_t cpus = host.available_cpus.count();
    const std::size_t cores = first_of(host, facts).available_cores;
    const std::size_t room = room_for_ranks(host, facts);
    const std::string has =
        room < cpus     ? fmt::format("its cgroup may use {} of {} hardware threads", room, cpus)
        : cpus == cores ? fmt::format("there {} {}", is_or_are(cores), counted(cores, "core"))
                        : fmt::format("there {} {}, {} hardware threads", is_or_are(cores),
                                      counted(cores, "core"), cpus);
    const std::string says = fmt::format("{}: {}, and {}", host.host, counted(ranks, "rank"), has);
    const std::string more =
        hosts.size() == 1
            ? fmt::format("mpirun -np {}{}", room, room > cores ? " --use-hwthread-cpus" : "")
            : fmt::format(
                  "start {} ranks on each such host, with slots={} in "
                  "the hostfile or --ntasks-per-node={}",
                  room, room, room);
    if (ranks > room)
      found.push_back({Level::problem, subject, says + ": ranks take turns", more});
    else if (ranks < std::min(cores, room) && no_more_slots)
      found.push_back({Level::note, subject, says + ", of which mpirun was given no more",
                       "ask the scheduler, or the hostfile, for more if the host is yours"});
    else if (ranks < std::min(cores, room))
      found.push_back({Level::problem, subject, says + ": the others are idle", more});
    else if (hosts.size() == 1)
      found.push_back({Level::good, subject, says});
  }
  if (found.size() == good_before)
    found.push_back(
        {Level::good, subject, "on every host as many ranks as cores, or as hardware threads"});
}

void examine_binding(const LaunchFacts& facts, const std::vector<HostRanks>& hosts,
                     Findings& found) {
  constexpr auto subject = "binding";
  const std::size_t good_before = found.size();
  bool shared_cores = false;
  for (const HostRanks& host : hosts) {
    const bool too_many = host.ranks.size() > host.available_cpus.count();
    if (!too_many && !host.surplus(facts.ranks).empty())
      found.push_back(
          {Level::problem, subject,
           fmt::format("{}: ranks share a core while others have none; {} may run on CPUs {} of {}",
                       host.host, counted(host.ranks.size(), "rank"), list_of(host.cpus),
                       list_of(host.available_cpus)),
           facts.launch.launcher == Launcher::srun
               ? "srun --cpu-bind=cores, and --exclusive or --exact where jobs share the node"
               : "mpirun --bind-to core, without --cpu-set, a rankfile or taskset; --bind-to none "
                 "where other jobs share the machine"});
    shared_cores = shared_cores || host.ranks.size() > host.cores.count();
  }
  if (found.size() > good_before) return;
  if (std::ranges::any_of(hosts, [](const HostRanks& host) {
        return host.ranks.size() > host.available_cpus.count();
      }))
    found.push_back({Level::note, subject, "more ranks than hardware threads: no binding helps"});
  else if (shared_cores)
    found.push_back({Level::note, subject,
                     "ranks share cores, each on a hardware thread of its own: usual, and a "
                     "little faster than half as many"});
  else
    found.push_back({Level::good, subject, "each rank can have a core of its own"});
}

void examine_root(const LaunchFacts& facts, Findings& found) {
  constexpr auto subject = "user";
  if (!facts.root) {
    found.push_back({Level::good, subject, "not root"});
    return;
  }
  const bool started = facts.launch.launcher != Launcher::none;
  if (!started && !facts.root_allowed)
    found.push_back({Level::problem, subject, "root, whom Open MPI's mpirun refuses",
                     "run as another user; in a container: export OMPI_ALLOW_RUN_AS_ROOT=1 "
                     "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"});
  else if (facts.container)
    found.push_back({Level::good, subject, "root, in a container"});
  else
    found.push_back({Level::note, subject, "root, which a run has no need of"});
}

// What Open MPI wants of /dev/shm for a rank: its segment, and room for what is under way.
constexpr std::uint64_t shared_bytes_per_rank = std::uint64_t{16} << 20;

void examine_shared_memory(const LaunchFacts& facts, const std::vector<HostRanks>& hosts,
                           Findings& found) {
  constexpr auto subject = "shared memory";
  const std::size_t good_before = found.size();
  std::uint64_t least = ~std::uint64_t{0};
  for (const HostRanks& host : hosts) {
    const std::uint64_t free = first_of(host, facts).shared_memory_bytes;
    least = std::min(least, free);
    if (host.ranks.size() < 2) continue;
    const std::uint64_t needed = shared_bytes_per_rank * host.ranks.size();
    if (free >= needed) continue;
    found.push_back(
        {Level::problem, subject,
         fmt::format("{}: /dev/shm has {} free, and {} take up to {}", host.host, size_text(free),
                     counted(host.ranks.size(), "rank"), size_text(needed)),
         facts.container
             ? fmt::format("start the container with --shm-size={}m (Docker, Podman), or with a "
                           "tmpfs of that size on /dev/shm",
                           2 * (needed >> 20))
             : fmt::format("free some of it (ls -l /dev/shm), or, as root: mount -o "
                           "remount,size={}m /dev/shm",
                           2 * (needed >> 20))});
  }
  if (found.size() == good_before)
    found.push_back({Level::good, subject, fmt::format("/dev/shm has {} free", size_text(least))});
}

// "4" of "Open MPI v4.1.4", or the whole name.
std::string major_of(const std::string& library) {
  return library.substr(0, library.find('.'));
}

void examine_mpi(const LaunchFacts& facts, Findings& found) {
  constexpr auto subject = "MPI";
  std::set<std::string> libraries;
  std::set<std::string> commits;
  for (const Placement& rank : facts.ranks) {
    libraries.insert(rank.mpi_library.text());
    commits.insert(rank.commit.text());
  }
  if (libraries.size() > 1)
    found.push_back({Level::problem, subject,
                     fmt::format("hosts differ: {}", fmt::join(libraries, ", ")),
                     "load the same MPI module on all hosts, and pass PATH and LD_LIBRARY_PATH on "
                     "(mpirun -x)"});
  if (commits.size() > 1)
    found.push_back(
        {Level::problem, subject,
         fmt::format("hosts run different builds of fibo_mpi: {}", fmt::join(commits, ", ")),
         "install one build where all hosts see it"});
  const auto& [built, running, has_ulfm, uses_ulfm] = facts.mpi;
  if (major_of(built) != major_of(running))
    found.push_back(
        {Level::problem, subject, fmt::format("built with {}, and runs with {}", built, running),
         fmt::format("load the module of {}, or build fibo_mpi again with {}", built, running)});
  else if (built != running)
    found.push_back(
        {Level::note, subject, fmt::format("built with {}, and runs with {}", built, running)});
  else
    found.push_back({Level::good, subject, fmt::format("{}, at build and now", running)});

  if (facts.launch.mixes_streams)
    found.push_back(
        {Level::note, subject,
         "this mpirun may pass the beginning of a long line of stdout on to stderr, when "
         "both are written to at once",
         "-o FILE for the results of long values"});

  constexpr auto lost_ranks = "lost ranks";
  if (!has_ulfm)
    found.push_back({Level::note, lost_ranks,
                     "this MPI has no ULFM: a rank that dies ends the run, and --store keeps what "
                     "is done"});
  else if (!uses_ulfm)
    found.push_back({Level::note, lost_ranks,
                     "ULFM is there, but not on: a rank that dies ends the run",
                     "mpirun --with-ft ulfm lets the others go on"});
  else
    found.push_back({Level::good, lost_ranks, "ULFM is on: the other ranks go on"});
}

// The largest key whose value in full can be computed in so many bytes.
std::uint64_t largest_key(std::uint64_t bytes) {
  const Quantity full = FullDigits{};
  std::uint64_t possible = 0;
  std::uint64_t impossible = max_key(full) + 1;
  while (possible + 1 < impossible) {
    const std::uint64_t key = possible + (impossible - possible) / 2;
    (working_bytes(full, key) <= bytes ? possible : impossible) = key;
  }
  return possible;
}

// "3.1e9", cut and not rounded up.
std::string key_text(std::uint64_t key) {
  if (key < 1000) return std::to_string(key);
  std::uint64_t unit = 1;
  int exponent = 0;
  for (; key / unit >= 10; unit *= 10) ++exponent;
  const std::uint64_t tenths = key / (unit / 10);
  return fmt::format("{}.{} * 10^{}", tenths / 10, tenths % 10, exponent);
}

void examine_memory(const LaunchFacts& facts, const std::vector<HostRanks>& hosts,
                    Findings& found) {
  constexpr auto subject = "memory";
  // A rank with its libraries, the tables of the arithmetic, and short values.
  constexpr std::uint64_t least_per_rank = std::uint64_t{128} << 20;
  const std::size_t good_before = found.size();
  std::optional<std::uint64_t> least;
  for (const HostRanks& host : hosts) {
    const Placement& there = first_of(host, facts);
    const std::uint64_t share = there.memory_bytes / host.ranks.size();
    const std::uint64_t each = std::min(share, there.address_space_bytes);
    if (!least || each < *least) least = each;
    const bool limited = there.memory_bytes < there.machine_bytes;
    if (each < share) {
      const std::string says =
          fmt::format("{}: {} for each rank, by ulimit -v, enough for keys up to {}", host.host,
                      size_text(each), key_text(largest_key(each)));
      if (each < least_per_rank)
        found.push_back({Level::problem, subject, says,
                         "ulimit -v unlimited; Grid Engine sets it by h_vmem, PBS by pvmem"});
      else
        found.push_back({Level::note, subject, says});
    } else if (each < least_per_rank) {
      found.push_back(
          {Level::problem, subject,
           fmt::format("{}: {} for {}{}", host.host, size_text(there.memory_bytes),
                       counted(host.ranks.size(), "rank"), limited ? ", by a cgroup" : ""),
           limited ? "ask for more memory (sbatch --mem=0, docker run --memory), or "
                     "start fewer ranks"
                   : "start fewer ranks on this host"});
    } else if (limited) {
      found.push_back({Level::note, subject,
                       fmt::format("{}: {} of the machine's {}, by a cgroup", host.host,
                                   size_text(there.memory_bytes), size_text(there.machine_bytes))});
    }
  }
  if (found.size() == good_before)
    found.push_back(
        {Level::good, subject,
         fmt::format("{} a rank: enough for keys up to {} at once on every one",
                     size_text(least.value_or(0)), key_text(largest_key(least.value_or(0))))});
}

void examine_processor(const LaunchFacts& facts, Findings& found) {
  constexpr auto subject = "processor";
  if (facts.instruction_set == "portable")
    found.push_back({Level::note, subject,
                     "no AVX2, in the processor or in this build: a tenth of the speed, or so"});
  else
    found.push_back(
        {Level::good, subject, fmt::format("the arithmetic uses {}", facts.instruction_set)});
}

void examine_store(const LaunchFacts& facts, Findings& found) {
  constexpr auto subject = "store";
  constexpr std::uint64_t little = std::uint64_t{1} << 30;
  const StoreFacts& store = facts.store;
  if (!store.is_there) {
    found.push_back({Level::problem, subject,
                     fmt::format("{}: there is no such folder", printable(store.folder)),
                     fmt::format("mkdir -p {}, or give --store FILE elsewhere",
                                 printable(shell_quoted(store.folder)))});
    return;
  }
  const std::string place = fmt::format("{} ({}, {} free)", printable(store.folder),
                                        store.file_system, size_text(store.free_bytes));
  if (!store.writable) {
    found.push_back({Level::problem, subject, place + " cannot be written to",
                     "give --store FILE and -o FILE in a folder that can"});
    return;
  }
  if (!store.has_locks) {
    found.push_back({Level::problem, subject,
                     place + " has no locks, without which no store is kept",
                     store.file_system == "lustre"
                         ? "have it mounted with -o flock, or give --store FILE elsewhere"
                         : "give --store FILE on another file system"});
    return;
  }
  if (store.free_bytes < little)
    found.push_back({Level::problem, subject, place + " is nearly full",
                     "make room, or give --store FILE elsewhere"});
  else if (store.file_system == "tmpfs")
    found.push_back({Level::note, subject,
                     place + " is in memory: it takes from the ranks', and is lost with the "
                             "machine"});
  else if (store.file_system == "overlay")
    found.push_back(
        {Level::note, subject, place + " goes with the container; a volume would stay"});
  else
    found.push_back({Level::good, subject, place + " has locks"});
}

}  // namespace

std::vector<Finding> examine(const LaunchFacts& facts) {
  const std::vector<HostRanks> hosts = hosts_of(facts.ranks);
  Findings found;
  examine_launch(facts, hosts, found);
  examine_slots(facts, hosts, found);
  examine_binding(facts, hosts, found);
  examine_root(facts, found);
  examine_shared_memory(facts, hosts, found);
  examine_mpi(facts, found);
  examine_memory(facts, hosts, found);
  examine_processor(facts, found);
  examine_store(facts, found);
  return found;
}

std::string doctor_page(const LaunchFacts& facts, const std::vector<Finding>& findings) {
  std::string page = fmt::format("fibo_mpi {}, commit {}\n\n", program_version, program_commit);
  for (const Finding& finding : findings) {
    const std::string_view level = finding.level == Level::good   ? "ok"
                                   : finding.level == Level::note ? "note"
                                                                  : "PROBLEM";
    page += fmt::format("{:<8} {:<14} {}\n", level, finding.subject, finding.says);
    if (!finding.fix.empty()) page += fmt::format("{:<23} -> {}\n", "", finding.fix);
  }
  page += "\nRanks by host:\n";
  for (const std::string& line : host_map(facts.ranks)) page += fmt::format("  {}\n", line);
  const auto problems = std::ranges::count(findings, Level::problem, &Finding::level);
  page += problems == 0 ? "\nNothing here would slow or stop a run.\n"
                        : fmt::format("\n{} that would slow or stop a run.\n",
                                      counted(static_cast<std::uint64_t>(problems), "problem"));
  return page;
}

}  // namespace fibo
