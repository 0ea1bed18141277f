// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/codec/rlp/decode_error.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/types/block.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

namespace meta138::qbft {

/// A proposer's vote on one validator (Besu Vote).
struct Vote {
    Address recipient{};
    bool is_add = false;  ///< Otherwise: drop.

    friend bool operator==(const Vote&, const Vote&) = default;
};

/// Header.extra_data of a QBFT block: rlp([vanity, validators, vote, round, seals])
/// (Besu QbftExtraDataCodec).
struct ExtraData {
    Bytes vanity{};                     ///< 32 bytes in blocks that Besu builds.
    std::vector<Address> validators{};  ///< Ascending from block 1 on; empty in contract mode.
    std::optional<Vote> vote{};
    std::uint32_t round = 0;
    std::vector<crypto::Signature> seals{};  ///< Of the committed-seal hash, in any order.

    friend bool operator==(const ExtraData&, const ExtraData&) = default;
};

/// Which of its parts an encoding keeps; the others are blank, not absent.
enum class ExtraDataParts : std::uint8_t {
    all,
    without_seals,            ///< For the committed-seal hash.
    without_seals_and_round,  ///< For the on-chain hash.
};

/// Items after the fifth are tolerated, as Besu does.
std::expected<ExtraData, rlp::DecodeError> decode_extra_data(ByteView encoded);
Bytes encode_extra_data(const ExtraData& extra_data, ExtraDataParts parts = ExtraDataParts::all);

// The three hashes of a header. Of the genesis block all are that of its bytes. A header whose
// extra data cannot be decoded has the hash of its bytes: validation refuses it anyway.

/// The identity of a block: parent_hash, JSON-RPC's hash. Does not depend on round and seals.
Hash32 on_chain_hash(const Header& header);
/// What validators prepare, commit and seal: depends on the round, not on the seals.
Hash32 committed_seal_hash(const Header& header);
/// The committed-seal hash of the same block in another round.
Hash32 committed_seal_hash(const Header& header, std::uint32_t round);

/// The header with another round in its extra data, and those seals.
Header with_round(const Header& header, std::uint32_t round,
                  const std::vector<crypto::Signature>& seals = {});

}  // namespace meta138::qbft
