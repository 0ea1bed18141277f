// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/pooled_transaction.hpp"

#include "opaque.hpp"

#include <utility>

namespace meta138 {
namespace {

using rlp::DecodeErrorKind;
using rlp::Reader;
using rlp::Writer;

constexpr std::uint8_t blob_type = std::to_underlying(TransactionType::blob);
constexpr std::uint8_t cell_proofs_version = 1;

Bytes read_blob(Reader& in) {
    const auto blob = in.bytes();
    if (!in.failed() && blob.size() != BYTES_PER_BLOB) in.fail(DecodeErrorKind::wrong_length);
    return in.failed() ? Bytes{} : to_bytes(blob);
}

BlobSidecar read_sidecar(Reader& in) {
    BlobSidecar sidecar;
    // A version stands where version 0 has the list of blobs.
    if (in.is_string()) {
        sidecar.version = in.integer<std::uint8_t>();
        if (sidecar.version != cell_proofs_version) in.fail(DecodeErrorKind::invalid_value);
    }
    sidecar.blobs = in.items(read_blob);
    sidecar.commitments = in.items(&Reader::fixed<FixedBytes<48>>);
    sidecar.proofs = in.items(&Reader::fixed<FixedBytes<48>>);
    return sidecar;
}

bool is_consistent(const BlobSidecar& sidecar, const Transaction& transaction) noexcept {
    const auto blobs = sidecar.blobs.size();
    const auto proofs_per_blob = sidecar.version == cell_proofs_version ? CELLS_PER_EXT_BLOB : 1;
    return sidecar.commitments.size() == blobs &&
           sidecar.proofs.size() == blobs * proofs_per_blob &&
           transaction.blob_versioned_hashes.size() == blobs;
}

std::expected<PooledTransaction, rlp::DecodeError> decode_blob_payload(ByteView payload) {
    auto in = Reader::list(payload);
    PooledTransaction pooled;
    {
        auto fields = in.list();
        pooled.transaction = read_transaction_fields(fields, TransactionType::blob);
    }
    pooled.sidecar = read_sidecar(in);
    if (!in.failed() && !is_consistent(*pooled.sidecar, pooled.transaction))
        in.fail(DecodeErrorKind::invalid_value);
    return in.finish(std::move(pooled));
}

void write_opaque_pooled_transaction(Writer& out, const PooledTransaction& pooled) {
    if (!pooled.sidecar) return write_opaque_transaction(out, pooled.transaction);
    const auto& sidecar = *pooled.sidecar;
    const auto write_fixed = [](Writer& items, const FixedBytes<48>& item) { items.fixed(item); };
    // The blobs' bytes decide the sizes of the headers.
    const auto hint = sidecar.blobs.size() * (BYTES_PER_BLOB + 4);
    out.raw(blob_type);
    const auto write_parts = [&] {
        write_transaction_payload(out, pooled.transaction);
        if (sidecar.version != 0) out.integer(sidecar.version);
        out.items(
            sidecar.blobs, [](Writer& items, const Bytes& blob) { items.string(blob); }, hint);
        out.items(sidecar.commitments, write_fixed);
        out.items(sidecar.proofs, write_fixed);
    };
    out.list(write_parts, hint);
}

}  // namespace

std::expected<PooledTransaction, TransactionDecodeError> decode_pooled_transaction(
    ByteView opaque) {
    if (opaque.empty() || opaque.front() != blob_type) {
        auto transaction = decode_transaction(opaque);
        if (!transaction) return std::unexpected{transaction.error()};
        return PooledTransaction{*std::move(transaction), {}};
    }
    auto pooled = decode_blob_payload(opaque.subspan(1));
    if (!pooled) {
        auto error = pooled.error();
        error.offset += 1;
        return std::unexpected{
            TransactionDecodeError{TransactionDecodeError::Kind::malformed, error}};
    }
    return *std::move(pooled);
}

Bytes encode_pooled_transaction(const PooledTransaction& pooled) {
    Writer out;
    write_opaque_pooled_transaction(out, pooled);
    return out.take();
}

PooledTransaction read_pooled_transaction(Reader& in) {
    if (!in.is_string()) return {read_transaction(in), {}};
    const auto opaque = in.bytes();
    if (in.failed()) return {};
    if (opaque.empty() || opaque.front() >= 0xc0) {
        in.fail(DecodeErrorKind::invalid_value);
        return {};
    }
    auto pooled = decode_pooled_transaction(opaque);
    if (!pooled) {
        in.fail(pooled.error().kind == TransactionDecodeError::Kind::malformed
                    ? pooled.error().rlp.kind
                    : DecodeErrorKind::invalid_value);
        return {};
    }
    return *std::move(pooled);
}

void write_pooled_transaction(Writer& out, const PooledTransaction& pooled) {
    if (pooled.transaction.type == TransactionType::legacy)
        write_transaction_payload(out, pooled.transaction);
    else
        out.string(encode_pooled_transaction(pooled));
}

}  // namespace meta138
