// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/types/genesis.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace meta138::qbft {

/// One object of a genesis file as Besu reads it: keys in any case, numbers also as text. The first
/// error sticks, and is shared by all who read the same file.
class ConfigSection {
public:
    /// `json` must be an object, or null for one without members. Both references outlive this.
    ConfigSection(const nlohmann::json& json, std::string path, std::optional<GenesisError>& error);

    /// The member, or null. A member that is null counts as absent.
    [[nodiscard]] const nlohmann::json* find(std::string_view key) const;
    [[nodiscard]] bool has(std::string_view key) const { return find(key) != nullptr; }

    /// A whole number from `low` to `high`.
    [[nodiscard]] std::optional<std::uint64_t> integer(std::string_view key, std::uint64_t low,
                                                       std::uint64_t high) const;
    /// A number of any size, in decimal or, after 0x, hexadecimal digits.
    [[nodiscard]] std::optional<uint256> quantity(std::string_view key) const;
    [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
    [[nodiscard]] std::optional<Address> address(std::string_view key) const;
    [[nodiscard]] std::optional<Address> to_address(std::string_view key,
                                                    const nlohmann::json& value) const;

    [[nodiscard]] std::string path_of(std::string_view key) const;
    void fail(std::string_view key, std::string reason) const;

private:
    const nlohmann::json* json_;
    std::string path_;
    std::optional<GenesisError>& error_;
};

}  // namespace meta138::qbft
