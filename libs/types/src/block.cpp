// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/block.hpp"

#include <utility>

namespace meta138 {
namespace {

using rlp::Reader;
using rlp::Writer;

BlockBody read_body_fields(Reader& in) {
    return {
        .transactions = in.items(read_transaction),
        .ommers = in.items(read_header),
        .withdrawals = in.trailing([](Reader& rest) { return rest.items(read_withdrawal); }),
    };
}

// Of a Block or a BlockBody.
template <typename Body>
void write_body_fields(Writer& out, const Body& body) {
    out.items(body.transactions, write_transaction);
    out.items(body.ommers, write_header);
    if (body.withdrawals) out.items(*body.withdrawals, write_withdrawal);
}

}  // namespace

Block read_block(Reader& in) {
    auto fields = in.list();
    auto header = read_header(fields);
    auto body = read_body_fields(fields);
    return {
        .header = std::move(header),
        .transactions = std::move(body.transactions),
        .ommers = std::move(body.ommers),
        .withdrawals = std::move(body.withdrawals),
    };
}

void write_block(Writer& out, const Block& block) {
    out.list([&] {
        write_header(out, block.header);
        write_body_fields(out, block);
    });
}

std::expected<Block, rlp::DecodeError> decode_block(ByteView encoded) {
    auto in = Reader::sequence(encoded);
    return in.finish(read_block(in));
}

Bytes encode_block(const Block& block) {
    Writer out;
    write_block(out, block);
    return out.take();
}

BlockBody read_block_body(Reader& in) {
    auto fields = in.list();
    return read_body_fields(fields);
}

void write_block_body(Writer& out, const BlockBody& body) {
    out.list([&] { write_body_fields(out, body); });
}

std::expected<BlockBody, rlp::DecodeError> decode_block_body(ByteView encoded) {
    auto in = Reader::sequence(encoded);
    return in.finish(read_block_body(in));
}

Bytes encode_block_body(const BlockBody& body) {
    Writer out;
    write_block_body(out, body);
    return out.take();
}

}  // namespace meta138
