// SPDX-License-Identifier: MIT
#include "fibo/app/machine.hpp"

#include "fibo/app/cgroup.hpp"
#include "fibo/app/memory.hpp"
#include "fibo/app/version.hpp"
#include "fibo/arithmetic/instruction_set.hpp"
#include "fibo/farm/affinity.hpp"
#include "fibo/farm/mpi_facts.hpp"
#include "fibo/results/real_name.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace fibo {
namespace {

namespace fs = std::filesystem;

// What is left of all CPUs when a thread asks for them: those of the machine or of its cpuset.
CpuSet available_cpus() {
  CpuSet available;
  std::thread([&available] {
    run_this_thread_on(CpuSet().set());
    available = cpus_of_this_thread();
  }).join();
  return available;
}

// The first CPU of the core that `cpu` is of.
std::size_t first_of_core(std::size_t cpu) {
  std::size_t first = cpu;
  std::ifstream(fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu)) >>
      first;
  return first < CpuSet().size() ? first : cpu;
}

// The CPUs that a group may use; 0 for all. Of cgroup v2 a file holds "QUOTA PERIOD", in
// microseconds, of v1 one each.
double cpu_quota_of(const fs::path& group) {
  double quota_us = 0;
  double period_us = 0;
  if (!(std::ifstream(group / "cpu.max") >> quota_us >> period_us) &&
      !(std::ifstream(group / "cpu.cfs_quota_us") >> quota_us &&
        std::ifstream(group / "cpu.cfs_period_us") >> period_us))
    return 0;
  return quota_us > 0 && period_us > 0 ? quota_us / period_us : 0;
}

double cpu_quota() {
  double least = 0;
  for (const fs::path& group : cgroups_of("cpu"))
    if (const double quota = cpu_quota_of(group); quota > 0 && (least == 0 || quota < least))
      least = quota;
  return least;
}

std::uint64_t free_bytes(const fs::path& folder) {
  struct statvfs info {};
  if (::statvfs(folder.c_str(), &info) != 0) return 0;
  return std::uint64_t{info.f_bavail} * info.f_frsize;
}

bool in_container() {
  std::error_code ignored;
  return fs::exists("/.dockerenv", ignored) || fs::exists("/run/.containerenv", ignored) ||
         is_set("APPTAINER_CONTAINER") || is_set("SINGULARITY_CONTAINER") || is_set("container") ||
         is_set("KUBERNETES_SERVICE_HOST");
}

// The numbers are those of statfs(2).
std::string file_system_name(const fs::path& folder) {
  struct statfs info {};
  if (::statfs(folder.c_str(), &info) != 0) return "unknown";
  constexpr std::array<std::pair<std::uint32_t, std::string_view>, 15> known{{
      {0xEF53, "ext4"},
      {0x58465342, "xfs"},
      {0x9123683E, "btrfs"},
      {0x2FC12FC1, "zfs"},
      {0x01021994, "tmpfs"},
      {0x794C7630, "overlay"},
      {0x6969, "nfs"},
      {0x0BD00BD0, "lustre"},
      {0x47504653, "gpfs"},
      {0x19830326, "beegfs"},
      {0x00C36400, "ceph"},
      {0xFF534D42, "cifs"},
      {0xFE534D42, "smb"},
      {0x65735546, "fuse"},
      {0x01021997, "9p"},
  }};
  for (const auto& [number, name] : known)
    if (static_cast<std::uint32_t>(info.f_type) == number) return std::string(name);
  return fmt::format("0x{:x}", static_cast<std::uint32_t>(info.f_type));
}

StoreFacts store_facts(const fs::path& store) {
  StoreFacts facts;
  std::error_code ignored;
  facts.folder = real_name(store).parent_path().string();
  facts.is_there = fs::is_directory(facts.folder, ignored);
  facts.file_system = file_system_name(facts.folder);
  facts.free_bytes = free_bytes(facts.folder);
  std::string trial = facts.folder + "/.fibo_mpi-doctor-XXXXXX";
  const int file = ::mkstemp(trial.data());
  if (file < 0) return facts;
  facts.writable = true;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  facts.has_locks = ::fcntl(file, F_SETLK, &lock) == 0;
  ::close(file);
  ::unlink(trial.c_str());
  return facts;
}

}  // namespace

Placement this_placement(const std::string& host) {
  Placement here;
  here.host = ShortText<64>(host);
  here.mpi_library = ShortText<64>(mpi_library_version());
  here.commit = ShortText<48>(program_commit);
  here.cpus = cpus_of_this_thread();
  here.available_cpus = available_cpus() | here.cpus;
  CpuSet available_cores;
  for (std::size_t cpu = 0; cpu < here.cpus.size(); ++cpu) {
    if (!here.available_cpus[cpu]) continue;
    const std::size_t core = first_of_core(cpu);
    available_cores.set(core);
    if (here.cpus[cpu]) here.cores.set(core);
  }
  here.available_cores = static_cast<std::uint32_t>(available_cores.count());
  here.cpu_quota = cpu_quota();
  here.process = this_process();
  here.memory_bytes = memory_limit_bytes();
  here.machine_bytes = machine_memory_bytes();
  here.shared_memory_bytes = free_bytes("/dev/shm");
  here.address_space_bytes = free_address_space_bytes();
  return here;
}

LaunchFacts launch_facts(std::vector<Placement> ranks, const Launch& launch,
                         const fs::path& store) {
  LaunchFacts facts;
  facts.ranks = std::move(ranks);
  facts.launch = launch;
  if (facts.launch.launcher == Launcher::none && facts.ranks.size() > 1)
    facts.launch.launcher = Launcher::other;
  facts.slots = universe_size();
  facts.root = ::geteuid() == 0;
  facts.root_allowed = is_set("OMPI_ALLOW_RUN_AS_ROOT") && is_set("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM");
  facts.container = in_container();
  facts.mpi = mpi_facts();
  facts.instruction_set = name_of(best_instruction_set());
  facts.store = store_facts(store);
  return facts;
}

}  // namespace fibo
