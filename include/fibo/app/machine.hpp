// SPDX-License-Identifier: MIT
#pragma once

#include "fibo/app/doctor.hpp"
#include "fibo/farm/placement.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace fibo {

/// Where this process runs, as the system says.
Placement this_placement(const std::string& host);

/// What there is to be known of this launch, on rank 0.
/// @param ranks  where all ranks are, by rank
/// @param store  the file that would keep results; the folder that it is in is tried with a file
///               that is gone at once
LaunchFacts launch_facts(std::vector<Placement> ranks, const Launch& launch,
                         const std::filesystem::path& store);

}  // namespace fibo
