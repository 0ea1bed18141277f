// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::op {

/// Why a local network cannot be made, run or changed. For people: it says what to do.
struct NetworkError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What a process is, in the order in which they end: who depends on others before them.
enum class Tier : std::uint8_t { oracle, prices, signer, rpc, archive, sentry, validator };

[[nodiscard]] std::string_view to_string(Tier tier) noexcept;
[[nodiscard]] std::optional<Tier> parse_tier(std::string_view name) noexcept;
/// It runs meta138-node.
[[nodiscard]] constexpr bool is_node(Tier tier) noexcept {
    return tier >= Tier::rpc;
}
/// Of Supervisor::add().
[[nodiscard]] unsigned stop_stage(Tier tier) noexcept;

/// TCP ports of a process on 127.0.0.1; 0: it has none of that kind.
struct ProcessPorts {
    std::uint16_t http = 0;
    std::uint16_t websocket = 0;
    std::uint16_t p2p = 0;
    std::uint16_t metrics = 0;
    friend bool operator==(const ProcessPorts&, const ProcessPorts&) = default;
};

/// One [[process]] of network.toml.
struct NetworkProcess {
    std::string name;  ///< validator-1, ... signer, oracle-1, ...: also its folder
    Tier tier = Tier::validator;
    std::vector<std::string> command;  ///< Program and arguments; runs in the network's folder.
    std::string log;                   ///< Relative to the network's folder.
    ProcessPorts ports;
    friend bool operator==(const NetworkProcess&, const NetworkProcess&) = default;
};

/// What network.toml says.
struct NetworkFile {
    std::uint64_t chain_id = 138;
    std::chrono::milliseconds block_period{2000};
    std::vector<NetworkProcess> processes;

    [[nodiscard]] const NetworkProcess* find(std::string_view name) const;
    [[nodiscard]] std::vector<NetworkProcess> of(Tier tier) const;
    [[nodiscard]] std::vector<NetworkProcess> nodes() const;
};

/// At most this many processes in a network.
inline constexpr std::size_t max_network_processes = 256;
inline constexpr std::string_view network_file_name = "network.toml";

/// Reads FOLDER/network.toml. Throws NetworkError with the file and the line.
[[nodiscard]] NetworkFile read_network_file(const std::filesystem::path& folder);
[[nodiscard]] NetworkFile parse_network_file(std::string_view text, std::string_view file_name);

/// The whole file, with comments for who edits it.
[[nodiscard]] std::string print_network_file(const NetworkFile& network);
[[nodiscard]] std::string print_network_process(const NetworkProcess& process);
/// The text without the [[process]] of that name; the rest stays as people have written it.
[[nodiscard]] std::string without_process(std::string_view text, std::string_view name);
/// The text of a network file with the ports and commands of `network`; whatever people have
/// written around them stays.
[[nodiscard]] std::string with_processes_of(std::string_view text, const NetworkFile& network);

/// Writes a file so that it is there whole or not at all. Throws NetworkError.
void write_file(const std::filesystem::path& file, std::string_view text, bool is_secret = false);
[[nodiscard]] std::string read_file(const std::filesystem::path& file);

}  // namespace meta138::op
