// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/codec/rlp/decode_error.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/types/block.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace meta138::qbft {

/// Codes of istanbul/100, relative to the capability; also the first item of what is signed.
enum class MessageCode : std::uint8_t {
    proposal = 0x12,
    prepare = 0x13,
    commit = 0x14,
    round_change = 0x15,
};

/// A payload with its signature. `author` is recovered from the bytes as they came, so that it does
/// not depend on how an item would be encoded again; absent: nobody can have signed it.
template <typename Payload>
struct Signed {
    Payload payload{};
    crypto::Signature signature{};
    std::optional<Address> author{};
    Bytes encoded{};  ///< rlp([payload, signature]) as received or sent.

    friend bool operator==(const Signed&, const Signed&) = default;
};

/// Four items since Besu 26.1, three before (the block access list's).
enum class MessageForm : std::uint8_t { current, legacy };

struct PreparePayload {
    std::uint64_t sequence = 0;
    std::uint32_t round = 0;
    Hash32 digest{};  ///< The committed-seal hash of the proposed header as it was carried.

    friend bool operator==(const PreparePayload&, const PreparePayload&) = default;
};

struct CommitPayload {
    std::uint64_t sequence = 0;
    std::uint32_t round = 0;
    Hash32 digest{};
    crypto::Signature
        commit_seal{};  ///< Of the committed-seal hash with this round; may be high-s.

    friend bool operator==(const CommitPayload&, const CommitPayload&) = default;
};

struct ProposalPayload {
    std::uint64_t sequence = 0;
    std::uint32_t round = 0;
    std::shared_ptr<const Block> block{};  ///< Not null.
    /// EIP-7928, as it came; absent before Amsterdam.
    std::optional<Bytes> block_access_list{};
    MessageForm form = MessageForm::current;  ///< As it came.
};

struct PreparedMetadata {
    std::uint32_t prepared_round = 0;
    Hash32 prepared_block_hash{};  ///< The digest of the prepared block.

    friend bool operator==(const PreparedMetadata&, const PreparedMetadata&) = default;
};

struct RoundChangePayload {
    std::uint64_t sequence = 0;
    std::uint32_t round = 0;  ///< The round to change to.
    std::optional<PreparedMetadata> prepared{};

    friend bool operator==(const RoundChangePayload&, const RoundChangePayload&) = default;
};

using SignedPrepare = Signed<PreparePayload>;
using SignedCommit = Signed<CommitPayload>;
using SignedProposal = Signed<ProposalPayload>;
using SignedRoundChange = Signed<RoundChangePayload>;

using Prepare = SignedPrepare;
using Commit = SignedCommit;

struct Proposal {
    SignedProposal proposal{};
    std::vector<SignedRoundChange> round_changes{};
    std::vector<SignedPrepare> prepares{};
};

struct RoundChange {
    SignedRoundChange round_change{};
    std::shared_ptr<const Block> block{};  ///< Null: not prepared.
    std::optional<Bytes> block_access_list{};
    std::vector<SignedPrepare> prepares{};
    MessageForm form = MessageForm::current;  ///< As it came.
};

/// A block that a quorum prepared: what a RoundChange carries and a validator must remember.
struct PreparedCertificate {
    std::uint32_t round = 0;
    std::shared_ptr<const Block> block{};  ///< With that round in its header.
    std::vector<SignedPrepare> prepares{};

    /// Compares what the block says, not where it lies.
    friend bool operator==(const PreparedCertificate& a, const PreparedCertificate& b) {
        return a.round == b.round && a.prepares == b.prepares &&
               (a.block == b.block || (a.block && b.block && *a.block == *b.block));
    }
};

/// More signed items in one list are refused: no network has so many validators.
inline constexpr std::size_t max_justifications = 1024;

/// Sequences are positive 64-bit and rounds positive 32-bit numbers of Java: Besu refuses higher.
inline constexpr std::uint64_t max_wire_sequence = (std::uint64_t{1} << 63) - 1;
inline constexpr std::uint32_t max_wire_round = (std::uint32_t{1} << 31) - 1;

// Decoders check form and signatures' form (v 0 or 1; low s, but for commit seals) and recover the
// author; nothing that depends on a chain. Both forms are understood.

std::expected<Proposal, rlp::DecodeError> decode_proposal(ByteView encoded);
std::expected<Prepare, rlp::DecodeError> decode_prepare(ByteView encoded);
std::expected<Commit, rlp::DecodeError> decode_commit(ByteView encoded);
std::expected<RoundChange, rlp::DecodeError> decode_round_change(ByteView encoded);

Bytes encode_proposal(const Proposal& proposal);
Bytes encode_prepare(const Prepare& prepare);
Bytes encode_commit(const Commit& commit);
Bytes encode_round_change(const RoundChange& message, MessageForm form = MessageForm::current);

/// Signs hashes with the node key.
using Sign = std::function<crypto::Signature(const Hash32&)>;

// keccak256(rlp([code, payload])), signed by `sign`; `author` is the signer's address.
SignedProposal sign_proposal(ProposalPayload payload, const Sign& sign, const Address& author,
                             MessageForm form = MessageForm::current);
SignedPrepare sign_prepare(const PreparePayload& payload, const Sign& sign, const Address& author);
SignedCommit sign_commit(const CommitPayload& payload, const Sign& sign, const Address& author);
SignedRoundChange sign_round_change(const RoundChangePayload& payload, const Sign& sign,
                                    const Address& author);

/// Which height and round a message speaks of, without decoding the rest: for buffers. Absent: not
/// a message.
struct MessageView {
    std::uint64_t sequence = 0;
    std::uint32_t round = 0;
};
std::optional<MessageView> peek(MessageCode code, ByteView encoded);
/// The author without decoding a block: for relays. Absent: not a message, or nobody signed it.
std::optional<Address> recover_author(MessageCode code, ByteView encoded);

}  // namespace meta138::qbft
