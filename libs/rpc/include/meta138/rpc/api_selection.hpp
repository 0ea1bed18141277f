// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::rpc {

/// What --rpc-http-api enables together, by the prefix of its methods' names.
enum class Group : std::uint8_t {
    rpc,  ///< rpc_modules: always on.
    eth,
    net,
    web3,
    txpool,
    admin,
    debug,
    trace,
    miner,
    perm,
    qbft,
    ots,
    engine,
    testing,
    plugins,
    dev,  ///< evm_, hardhat_, anvil_: of development chains.
};
inline constexpr std::size_t group_count = static_cast<std::size_t>(Group::dev) + 1;

/// The option's word in capitals ("ETH"); absent: no such group. IBFT is QBFT's other name.
[[nodiscard]] std::optional<Group> find_group(std::string_view name) noexcept;
/// "eth"
[[nodiscard]] std::string_view to_string(Group group) noexcept;

/// Which methods an endpoint answers: whole groups, and single methods by name.
class ApiSelection {
public:
    /// ETH, NET and WEB3: what Besu enables by default.
    ApiSelection();
    static ApiSelection none();
    static ApiSelection all();

    ApiSelection& enable(Group group) noexcept;
    /// A method by its name ("trace_replayTransaction"), whatever its group.
    ApiSelection& enable_method(std::string_view name);
    /// A method of an enabled group that is not to be answered.
    ApiSelection& disable_method(std::string_view name);

    [[nodiscard]] bool allows(Group group, std::string_view method) const noexcept;
    [[nodiscard]] bool has(Group group) const noexcept {
        return groups_[static_cast<std::size_t>(group)];
    }

private:
    struct Nothing {};
    explicit ApiSelection(Nothing) noexcept;

    std::array<bool, group_count> groups_{};
    std::vector<std::string> enabled_;
    std::vector<std::string> disabled_;
};

}  // namespace meta138::rpc
