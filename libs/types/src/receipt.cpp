// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/receipt.hpp"

#include "opaque.hpp"

#include "meta138/crypto/keccak.hpp"

#include <utility>

namespace meta138 {
namespace {

using rlp::DecodeErrorKind;
using rlp::Reader;
using rlp::Writer;

constexpr std::size_t max_topics = 4;  // LOG4

bool is_type(std::uint8_t byte) noexcept {
    return byte > 0 && byte <= std::to_underlying(TransactionType::set_code);
}

// EIP-658: 0x01 and the empty string are success and failure; before, the state root stands here.
void read_outcome(Reader& in, Receipt& receipt) {
    const auto outcome = in.bytes();
    if (outcome.size() == Hash32::size())
        receipt.post_state_root = Hash32::from(outcome.first<Hash32::size()>());
    else if (outcome.size() == 1 && outcome[0] == 1)
        receipt.succeeded = true;
    else if (!outcome.empty())
        in.fail(DecodeErrorKind::invalid_value);
}

void write_outcome(Writer& out, const Receipt& receipt) {
    if (receipt.post_state_root)
        out.fixed(*receipt.post_state_root);
    else
        out.integer(receipt.succeeded ? 1 : 0);
}

// The fields of a list that `in` has entered.
Receipt read_receipt_fields(Reader& in, std::uint8_t type) {
    Receipt receipt;
    receipt.type = static_cast<TransactionType>(type);
    read_outcome(in, receipt);
    receipt.cumulative_gas_used = in.integer<std::uint64_t>();
    receipt.bloom = in.fixed<Bloom>();
    receipt.logs = in.items(read_log);
    return receipt;
}

std::size_t payload_hint(const Receipt& receipt) noexcept {
    constexpr std::size_t fixed_part = 310;
    constexpr std::size_t log_without_data = 170;
    auto size = fixed_part + receipt.logs.size() * log_without_data;
    for (const auto& log : receipt.logs) size += log.data.size();
    return size;
}

void write_receipt_payload(Writer& out, const Receipt& receipt) {
    const auto write_fields = [&] {
        write_outcome(out, receipt);
        out.integer(receipt.cumulative_gas_used);
        out.fixed(receipt.bloom);
        out.items(receipt.logs, write_log);
    };
    // The bloom alone makes the payload need a header of three bytes.
    out.list(write_fields, Bloom::size());
}

}  // namespace

Log read_log(Reader& in) {
    auto fields = in.list();
    return {
        .address = fields.fixed<Address>(),
        .topics = fields.items(&Reader::fixed<Hash32>, max_topics),
        .data = to_bytes(fields.bytes()),
    };
}

void write_log(Writer& out, const Log& log) {
    out.list([&] {
        out.fixed(log.address);
        out.items(log.topics, [](Writer& topics, const Hash32& topic) { topics.fixed(topic); });
        out.string(log.data);
    });
}

Hash32 logs_hash(std::span<const Log> logs) {
    Writer out;
    out.items(logs, write_log);
    return crypto::keccak256(out.view());
}

std::expected<Receipt, rlp::DecodeError> decode_receipt(ByteView opaque) {
    const bool is_legacy = opaque.empty() || opaque.front() >= 0xc0;
    if (!is_legacy && !is_type(opaque.front()))
        return std::unexpected{rlp::DecodeError{DecodeErrorKind::invalid_value, 0}};
    const std::size_t type_size = is_legacy ? 0 : 1;
    auto in = Reader::list(opaque.subspan(type_size));
    auto receipt = in.finish(read_receipt_fields(in, is_legacy ? std::uint8_t{0} : opaque.front()));
    if (!receipt) receipt.error().offset += type_size;
    return receipt;
}

void write_opaque_receipt(Writer& out, const Receipt& receipt) {
    if (receipt.type != TransactionType::legacy) out.raw(std::to_underlying(receipt.type));
    write_receipt_payload(out, receipt);
}

Bytes encode_receipt(const Receipt& receipt) {
    Writer out;
    out.reserve(payload_hint(receipt));
    write_opaque_receipt(out, receipt);
    return out.take();
}

Receipt read_receipt(Reader& in) {
    if (!in.is_string()) {
        auto fields = in.list();
        return read_receipt_fields(fields, 0);
    }
    const auto opaque = in.bytes();
    if (in.failed()) return {};
    if (opaque.empty() || !is_type(opaque.front())) {
        in.fail(DecodeErrorKind::invalid_value);
        return {};
    }
    auto receipt = decode_receipt(opaque);
    if (!receipt) {
        in.fail(receipt.error().kind);
        return {};
    }
    return *std::move(receipt);
}

void write_receipt(Writer& out, const Receipt& receipt) {
    if (receipt.type == TransactionType::legacy)
        write_receipt_payload(out, receipt);
    else
        out.string(encode_receipt(receipt));
}

Receipt read_receipt_without_bloom(Reader& in) {
    Receipt receipt;
    auto fields = in.list();
    const auto type = fields.integer<std::uint8_t>();
    if (type != 0 && !is_type(type)) fields.fail(DecodeErrorKind::invalid_value);
    receipt.type = static_cast<TransactionType>(type);
    read_outcome(fields, receipt);
    receipt.cumulative_gas_used = fields.integer<std::uint64_t>();
    receipt.logs = fields.items(read_log);
    receipt.bloom = bloom_of(receipt.logs);
    return receipt;
}

void write_receipt_without_bloom(Writer& out, const Receipt& receipt) {
    out.list([&] {
        out.integer(std::to_underlying(receipt.type));
        write_outcome(out, receipt);
        out.integer(receipt.cumulative_gas_used);
        out.items(receipt.logs, write_log);
    });
}

}  // namespace meta138
