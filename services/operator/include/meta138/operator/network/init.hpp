// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/operator/network/network_file.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace meta138::op {

/// A local network that is to be made.
struct InitOptions {
    std::filesystem::path folder = "network";  ///< Made; must be absent or empty.
    unsigned validators = 4;
    unsigned sentries = 3;  ///< 0: validators see each other.
    unsigned rpc = 2;
    unsigned archive = 1;
    unsigned oracles = 2;  ///< 0: no signer and no prices either.
    std::uint64_t chain_id = 138;
    std::chrono::milliseconds block_period{2000};
    /// Of a consensus round, whole seconds; 0: twice the block period, 2 s at least.
    std::chrono::seconds round_timeout{0};
    std::uint64_t gas_limit = 30'000'000;
    std::uint16_t port_base = 8545;  ///< rpc-1 has it; the other ports follow.
    /// A folder that Besu's or our `operator generate-blockchain-config` has written, which says
    /// what the genesis file and the validators' keys are; empty: new ones.
    std::filesystem::path from_besu;
};

/// A port that was not free, and what a process got in its place.
struct MovedPort {
    std::string process;
    std::uint16_t from = 0;
    std::uint16_t to = 0;
    std::string taken_by;
};

struct InitReport {
    NetworkFile network;
    std::vector<MovedPort> moved;
};

/// Writes a network's folder: all of it, or nothing. Throws NetworkError.
InitReport init_network(const InitOptions& options);

/// Gives other ports to processes whose ports somebody else uses, in network.toml and in their
/// configurations. For a network that has never run.
std::vector<MovedPort> move_taken_ports(const std::filesystem::path& folder);

}  // namespace meta138::op
