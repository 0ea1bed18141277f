// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/codec/rlp/decode_error.hpp"
#include "meta138/qbft/extra_data.hpp"
#include "meta138/types/block.hpp"

#include <expected>
#include <optional>
#include <vector>

/// IBFT 2.0: what a chain may have been before it moved to QBFT (Besu IbftExtraDataCodec).
namespace meta138::qbft::ibft2 {

/// rlp([vanity, validators, vote, round, seals]) with a round of four bytes and the empty string
/// for no vote.
std::expected<ExtraData, rlp::DecodeError> decode_extra_data(ByteView encoded);
/// Parts that are left out are absent, not blank.
Bytes encode_extra_data(const ExtraData& extra_data, ExtraDataParts parts = ExtraDataParts::all);

/// Of the genesis block, and of undecodable extra data: the hash of the header's bytes.
Hash32 on_chain_hash(const Header& header);
Hash32 committed_seal_hash(const Header& header);

}  // namespace meta138::qbft::ibft2

/// IBFT of Quorum ("istanbul", EIP-650), which Besu reads but does not run.
namespace meta138::qbft::ibft1 {

/// 32 bytes of vanity, then rlp([validators, proposer seal, committed seals]).
struct LegacyExtraData {
    Hash32 vanity{};
    std::vector<Address> validators{};
    Bytes proposer_seal{};  ///< 65 bytes; empty in the genesis block.
    std::vector<crypto::Signature> seals{};

    friend bool operator==(const LegacyExtraData&, const LegacyExtraData&) = default;
};

std::expected<LegacyExtraData, rlp::DecodeError> decode_extra_data(ByteView encoded);

/// Of the genesis block, and of undecodable extra data: the hash of the header's bytes.
Hash32 on_chain_hash(const Header& header);
/// What validators seal: keccak256 of the on-chain hash and the code of Commit, 2.
Hash32 committed_seal_hash(const Header& header);
/// Who signed the proposal; the header's coinbase says nothing. Absent: nobody.
std::optional<Address> recover_proposer(const Header& header);

}  // namespace meta138::qbft::ibft1
