// SPDX-License-Identifier: Apache-2.0
#include "meta138/qbft/messages.hpp"

#include "signed_rlp.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"

#include <array>
#include <utility>

namespace meta138::qbft {
namespace {

using rlp::DecodeErrorKind;
using rlp::Reader;
using rlp::Writer;

constexpr std::uint8_t empty_list = 0xc0;

bool is_empty_list(ByteView item) noexcept {
    return item.size() == 1 && item[0] == empty_list;
}

// The empty string for none; an empty list is present, and empty.
std::optional<Bytes> read_block_access_list(Reader& in) {
    if (in.is_list()) return to_bytes(in.raw_item());
    if (!in.bytes().empty()) in.fail(DecodeErrorKind::expected_list);
    return std::nullopt;
}

void write_block_access_list(Writer& out, const std::optional<Bytes>& block_access_list) {
    if (block_access_list)
        out.raw(*block_access_list);
    else
        out.string({});
}

PreparePayload read_prepare_payload(Reader& in) {
    return {
        .sequence = read_sequence(in),
        .round = read_round(in),
        .digest = in.fixed<Hash32>(),
    };
}

CommitPayload read_commit_payload(Reader& in) {
    return {
        .sequence = read_sequence(in),
        .round = read_round(in),
        .digest = in.fixed<Hash32>(),
        .commit_seal = read_signature(in),
    };
}

ProposalPayload read_proposal_payload(Reader& in) {
    ProposalPayload payload{
        .sequence = read_sequence(in),
        .round = read_round(in),
        .block = std::make_shared<const Block>(read_block(in)),
        .block_access_list = {},
    };
    if (in.empty())
        payload.form = MessageForm::legacy;
    else
        payload.block_access_list = read_block_access_list(in);
    return payload;
}

std::optional<PreparedMetadata> read_prepared_metadata(Reader& in) {
    auto fields = in.list();
    if (fields.empty()) return std::nullopt;
    return PreparedMetadata{
        .prepared_round = read_round(fields),
        .prepared_block_hash = fields.fixed<Hash32>(),
    };
}

RoundChangePayload read_round_change_payload(Reader& in) {
    return {
        .sequence = read_sequence(in),
        .round = read_round(in),
        .prepared = read_prepared_metadata(in),
    };
}

std::vector<SignedPrepare> read_prepares(Reader& in, Signatures& signatures) {
    const auto read = [&](Reader& item) {
        return read_signed<PreparePayload>(item, MessageCode::prepare, signatures,
                                           read_prepare_payload);
    };
    return in.items(read, max_justifications);
}

std::vector<SignedRoundChange> read_round_changes(Reader& in, Signatures& signatures) {
    const auto read = [&](Reader& item) {
        return read_signed<RoundChangePayload>(item, MessageCode::round_change, signatures,
                                               read_round_change_payload);
    };
    return in.items(read, max_justifications);
}

// An empty list for none.
std::shared_ptr<const Block> read_optional_block(Reader& in) {
    const auto item = in.raw_item();
    if (in.failed() || is_empty_list(item)) return nullptr;
    auto block = decode_block(item);
    if (!block) {
        in.fail(block.error().kind);
        return nullptr;
    }
    return std::make_shared<const Block>(*std::move(block));
}

// Messages that are one signed payload and nothing else.
template <typename Payload, typename ReadPayload>
std::expected<Signed<Payload>, rlp::DecodeError> decode_signed(MessageCode code, ByteView encoded,
                                                               ReadPayload&& read_payload) {
    auto in = Reader::item(encoded);
    Signatures signatures;
    auto message = in.finish(read_signed<Payload>(in, code, signatures, read_payload));
    if (!message) return message;
    signatures.recover();
    message->author = signatures.next_author();
    return message;
}

template <typename Payload>
Signed<Payload> sign_payload(MessageCode code, Payload payload, ByteView encoded_payload,
                             const Sign& sign, const Address& author) {
    const auto signature = sign(signing_hash(code, encoded_payload));
    Writer out;
    out.reserve(encoded_payload.size() + 2 * signature_size);
    out.list(
        [&] {
            out.raw(encoded_payload);
            write_signature(out, signature);
        },
        encoded_payload.size() + signature_size + 2);
    return {
        .payload = std::move(payload),
        .signature = signature,
        .author = author,
        .encoded = out.take(),
    };
}

void write_encoded(Writer& out, const auto& message) {
    out.raw(message.encoded);
}

// The part of a message that its author signed, with the signature.
std::optional<ByteView> find_signed_part(MessageCode code, ByteView encoded) {
    switch (code) {
        case MessageCode::prepare:
        case MessageCode::commit: return encoded;
        case MessageCode::proposal:
        case MessageCode::round_change: {
            auto in = Reader::list(encoded);
            const auto signed_part = in.raw_item();
            if (in.failed()) return std::nullopt;
            return signed_part;
        }
    }
    return std::nullopt;
}

}  // namespace

Hash32 signing_hash(MessageCode code, ByteView payload) {
    const auto code_byte = std::to_underlying(code);
    std::array<std::uint8_t, 10> header{};
    const auto* end = rlp::write_list_header(header.data(), 1 + payload.size());
    return crypto::Keccak256{}
        .update({header.data(), end})
        .update({&code_byte, 1})
        .update(payload)
        .finish();
}

std::expected<Proposal, rlp::DecodeError> decode_proposal(ByteView encoded) {
    auto in = Reader::list(encoded);
    Signatures signatures;
    Proposal message;
    message.proposal =
        read_signed<ProposalPayload>(in, MessageCode::proposal, signatures, read_proposal_payload);
    {
        auto justification = in.list();
        message.round_changes = read_round_changes(justification, signatures);
        message.prepares = read_prepares(justification, signatures);
    }
    if (const auto end = in.finish(); !end) return std::unexpected{end.error()};

    signatures.recover();
    message.proposal.author = signatures.next_author();
    for (auto& round_change : message.round_changes) round_change.author = signatures.next_author();
    for (auto& prepare : message.prepares) prepare.author = signatures.next_author();
    return message;
}

std::expected<Prepare, rlp::DecodeError> decode_prepare(ByteView encoded) {
    return decode_signed<PreparePayload>(MessageCode::prepare, encoded, read_prepare_payload);
}

std::expected<Commit, rlp::DecodeError> decode_commit(ByteView encoded) {
    return decode_signed<CommitPayload>(MessageCode::commit, encoded, read_commit_payload);
}

std::expected<RoundChange, rlp::DecodeError> decode_round_change(ByteView encoded) {
    auto in = Reader::list(encoded);
    Signatures signatures;
    RoundChange message;
    message.round_change = read_signed<RoundChangePayload>(in, MessageCode::round_change,
                                                           signatures, read_round_change_payload);
    message.block = read_optional_block(in);

    // The third of three items is the list of prepares, the third of four the block access list.
    const auto third = in.raw_item();
    if (in.empty()) {
        message.form = MessageForm::legacy;
        auto legacy = Reader::item(third);
        message.prepares = read_prepares(legacy, signatures);
        if (const auto end = legacy.finish(); !end) in.fail(end.error().kind);
    } else {
        auto item = Reader::item(third);
        message.block_access_list = read_block_access_list(item);
        if (const auto end = item.finish(); !end) in.fail(end.error().kind);
        message.prepares = read_prepares(in, signatures);
    }
    if (const auto end = in.finish(); !end) return std::unexpected{end.error()};

    signatures.recover();
    message.round_change.author = signatures.next_author();
    for (auto& prepare : message.prepares) prepare.author = signatures.next_author();
    return message;
}

Bytes encode_proposal(const Proposal& message) {
    Writer out;
    const auto& proposal = message.proposal.encoded;
    out.reserve(proposal.size() + 256);
    out.list(
        [&] {
            out.raw(proposal);
            out.list([&] {
                out.items(message.round_changes, write_encoded<SignedRoundChange>);
                out.items(message.prepares, write_encoded<SignedPrepare>);
            });
        },
        proposal.size());
    return out.take();
}

Bytes encode_prepare(const Prepare& prepare) {
    return prepare.encoded;
}

Bytes encode_commit(const Commit& commit) {
    return commit.encoded;
}

Bytes encode_round_change(const RoundChange& message, MessageForm form) {
    Writer out;
    out.list([&] {
        out.raw(message.round_change.encoded);
        if (message.block)
            write_block(out, *message.block);
        else
            out.raw(empty_list);
        if (form == MessageForm::current) write_block_access_list(out, message.block_access_list);
        out.items(message.prepares, write_encoded<SignedPrepare>);
    });
    return out.take();
}

SignedProposal sign_proposal(ProposalPayload payload, const Sign& sign, const Address& author,
                             MessageForm form) {
    META138_ASSERT(payload.block != nullptr);
    Writer out;
    out.list([&] {
        out.integer(payload.sequence).integer(payload.round);
        write_block(out, *payload.block);
        if (form == MessageForm::current) write_block_access_list(out, payload.block_access_list);
    });
    return sign_payload(MessageCode::proposal, std::move(payload), out.view(), sign, author);
}

SignedPrepare sign_prepare(const PreparePayload& payload, const Sign& sign, const Address& author) {
    const auto encoded =
        rlp::encode_list(payload.sequence, std::uint64_t{payload.round}, payload.digest);
    return sign_payload(MessageCode::prepare, payload, encoded, sign, author);
}

SignedCommit sign_commit(const CommitPayload& payload, const Sign& sign, const Address& author) {
    Writer out;
    out.list([&] {
        out.integer(payload.sequence).integer(payload.round).fixed(payload.digest);
        write_signature(out, payload.commit_seal);
    });
    return sign_payload(MessageCode::commit, payload, out.view(), sign, author);
}

SignedRoundChange sign_round_change(const RoundChangePayload& payload, const Sign& sign,
                                    const Address& author) {
    Writer out;
    out.list([&] {
        out.integer(payload.sequence).integer(payload.round);
        out.list([&] {
            if (!payload.prepared) return;
            out.integer(payload.prepared->prepared_round)
                .fixed(payload.prepared->prepared_block_hash);
        });
    });
    return sign_payload(MessageCode::round_change, payload, out.view(), sign, author);
}

std::optional<MessageView> peek(MessageCode code, ByteView encoded) {
    const auto signed_part = find_signed_part(code, encoded);
    if (!signed_part) return std::nullopt;
    auto parts = Reader::list(*signed_part);
    const auto payload = parts.raw_item();
    if (parts.failed()) return std::nullopt;
    auto fields = Reader::list(payload);
    const MessageView view{.sequence = read_sequence(fields), .round = read_round(fields)};
    if (fields.failed()) return std::nullopt;
    return view;
}

std::optional<Address> recover_author(MessageCode code, ByteView encoded) {
    const auto signed_part = find_signed_part(code, encoded);
    if (!signed_part) return std::nullopt;
    auto parts = Reader::list(*signed_part);
    const auto payload = parts.raw_item();
    const auto signature = read_low_signature(parts);
    if (!parts.finish()) return std::nullopt;
    return crypto::recover_address(signing_hash(code, payload), signature);
}

}  // namespace meta138::qbft
