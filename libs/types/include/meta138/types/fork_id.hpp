// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/types/fork_schedule.hpp"

#include <cstdint>
#include <vector>

namespace meta138 {

/// EIP-2124: what two nodes compare before they talk.
struct ForkId {
    FixedBytes<4> hash;      ///< CRC-32 of the genesis hash and the forks that have passed.
    std::uint64_t next = 0;  ///< Block number or timestamp of the next known fork; 0 for none.

    friend bool operator==(const ForkId&, const ForkId&) = default;
};

/// rlp([hash, next])
ForkId read_fork_id(rlp::Reader& in);
void write_fork_id(rlp::Writer& out, const ForkId& fork_id);

enum class ForkIdVerdict : std::uint8_t {
    accept,
    remote_stale,        ///< The remote node lacks an upgrade that has passed here.
    local_incompatible,  ///< This node lacks an upgrade, or follows another chain.
};

/// Computes and checks fork ids of one chain (EIP-2124, EIP-6122).
class ForkFilter {
public:
    ForkFilter(const Hash32& genesis_hash, std::uint64_t genesis_time,
               const ForkSchedule& schedule);

    /// The fork id of a node whose head is that block.
    [[nodiscard]] ForkId fork_id(std::uint64_t number, std::uint64_t timestamp) const noexcept;

    /// EIP-2124's validation rules, at a node whose head is that block.
    [[nodiscard]] ForkIdVerdict validate(const ForkId& remote, std::uint64_t number,
                                         std::uint64_t timestamp) const noexcept;

private:
    [[nodiscard]] std::size_t passed_forks(std::uint64_t number,
                                           std::uint64_t timestamp) const noexcept;

    std::vector<std::uint64_t> forks_;   // by block number, then by time; without those at genesis
    std::size_t block_forks_ = 0;        // how many of forks_ are block numbers
    std::vector<FixedBytes<4>> hashes_;  // one more than forks_: the hash before each, and at last
};

}  // namespace meta138
