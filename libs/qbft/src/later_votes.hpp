// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/qbft/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace meta138::qbft {

/// Prepares and Commits for rounds of this height that have not begun here. A validator fills only
/// its own share: a few rounds, the highest it has sent for.
class LaterVotes {
public:
    static constexpr std::size_t max_rounds_by_author = 8;
    static constexpr std::size_t max_of_kind = 2;  ///< A round and author: see Votes.

    void add(const Prepare& prepare);
    void add(const Commit& commit);

    struct Votes {
        std::vector<Prepare> prepares;
        std::vector<Commit> commits;
    };
    /// Those of that round; what is for it or for a lower one is forgotten.
    [[nodiscard]] Votes take(std::uint32_t round);
    [[nodiscard]] std::size_t size() const noexcept;

private:
    /// Where an author's votes of that round go; null: it has sent for enough higher ones.
    Votes* share(const Address& author, std::uint32_t round);

    std::map<Address, std::map<std::uint32_t, Votes>> by_author_;
};

}  // namespace meta138::qbft
