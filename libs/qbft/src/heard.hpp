// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace meta138::qbft {

/// The highest number that each validator has named in a message it signed: of a round (at one
/// height), or of a height. A validator speaks of none that it has not reached, so a number that
/// f+1 have reached was reached by an honest one.
class Heard {
public:
    void hear(const Address& validator, std::uint64_t number);

    [[nodiscard]] std::optional<std::uint64_t> from(const Address& validator) const;
    /// How many have reached it.
    [[nodiscard]] std::size_t count_from(std::uint64_t number) const;
    /// The highest that `count` (not 0) of them have reached; absent: so many were not heard.
    [[nodiscard]] std::optional<std::uint64_t> reached_by(std::size_t count) const;
    template <typename Predicate>
    void erase_if(const Predicate& predicate) {
        std::erase_if(numbers_, [&](const auto& entry) { return predicate(entry.first); });
    }

private:
    std::map<Address, std::uint64_t> numbers_;
};

}  // namespace meta138::qbft
