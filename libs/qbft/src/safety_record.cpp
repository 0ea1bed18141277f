// SPDX-License-Identifier: Apache-2.0
#include "meta138/qbft/safety_record.hpp"

#include "round_rlp.hpp"

#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"

#include <utility>

namespace meta138::qbft {
namespace {

using rlp::Reader;
using rlp::Writer;

constexpr std::uint64_t version = 1;

SignedPrepare read_prepare(Reader& in) {
    auto prepare = decode_prepare(in.raw_item());
    if (!prepare) {
        in.fail(prepare.error().kind);
        return {};
    }
    return *std::move(prepare);
}

// An empty list for none.
std::optional<PreparedCertificate> read_certificate(Reader& in) {
    auto fields = in.list();
    if (fields.empty()) return std::nullopt;
    PreparedCertificate certificate;
    certificate.round = read_round(fields);
    certificate.block = std::make_shared<const Block>(read_block(fields));
    certificate.prepares = fields.items(read_prepare, max_justifications);
    return certificate;
}

void write_certificate(Writer& out, const std::optional<PreparedCertificate>& certificate) {
    out.list([&] {
        if (!certificate) return;
        out.integer(certificate->round);
        write_block(out, *certificate->block);
        out.items(certificate->prepares,
                  [](Writer& items, const SignedPrepare& prepare) { items.raw(prepare.encoded); });
    });
}

}  // namespace

Bytes encode_safety_record(const SafetyRecord& record) {
    Writer out;
    out.list([&] {
        out.integer(version);
        out.integer(record.number);
        out.integer(record.round);
        out.optional_fixed(record.proposed);
        out.optional_fixed(record.prepared);
        out.optional_fixed(record.committed);
        write_certificate(out, record.certificate);
        out.string(record.round_change);
    });
    return out.take();
}

std::expected<SafetyRecord, rlp::DecodeError> decode_safety_record(ByteView encoded) {
    auto in = Reader::list(encoded);
    if (in.integer<std::uint64_t>() != version) in.fail(rlp::DecodeErrorKind::invalid_value);
    SafetyRecord record;
    record.number = read_sequence(in);
    record.round = read_round(in);
    record.proposed = in.optional_fixed<Hash32>();
    record.prepared = in.optional_fixed<Hash32>();
    record.committed = in.optional_fixed<Hash32>();
    record.certificate = read_certificate(in);
    record.round_change = to_bytes(in.bytes());
    return in.finish(std::move(record));
}

}  // namespace meta138::qbft
