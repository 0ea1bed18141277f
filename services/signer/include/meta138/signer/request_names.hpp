// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace meta138::signer {

/// A caller's name for a request (idempotencyKey), and what the request asks for, both as hashes.
struct RequestName {
    Hash32 name;
    Hash32 content;

    friend bool operator==(const RequestName&, const RequestName&) = default;
};

inline constexpr std::size_t max_request_name_size = 128;

[[nodiscard]] Hash32 hash_of_request_name(std::string_view text);

/// Which transaction a named request of one account became, so that its repetition makes no second
/// one. The newest max_request_names; older ones are forgotten.
class RequestNames {
public:
    static constexpr std::size_t max_request_names = 10'000;

    struct Known {
        Hash32 content;
        Hash32 transaction;
        bool is_signed = false;  ///< Else it may never have come to that.
    };

    /// In place of what was known by that name.
    void add(const RequestName& request, const Hash32& transaction, bool is_signed);
    void mark_signed(const Hash32& transaction);
    /// It was not sent, and will not be: the name is free.
    void forget(const Hash32& transaction);
    /// What was announced and never signed.
    void forget_unsigned();

    [[nodiscard]] const Known* find(const Hash32& name) const;
    [[nodiscard]] std::size_t size() const noexcept { return by_name_.size(); }
    /// Calls `use(RequestName, Known)` for each, oldest first.
    template <typename Use>
    void for_each(Use use) const {
        for (const auto& [order, name] : by_order_) {
            const auto& known = by_name_.at(name).known;
            use(RequestName{.name = name, .content = known.content}, known);
        }
    }

private:
    struct Entry {
        Known known;
        std::uint64_t order = 0;
    };
    void erase(const Hash32& name);

    std::unordered_map<Hash32, Entry> by_name_;
    std::unordered_map<Hash32, Hash32> by_transaction_;
    std::map<std::uint64_t, Hash32> by_order_;
    std::uint64_t last_order_ = 0;
};

}  // namespace meta138::signer
