// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/p2p/eth.hpp"

using namespace meta138;
using namespace meta138::p2p;

namespace {

void check_messages(std::uint8_t code, std::uint64_t version, ByteView payload) {
    const auto same = [payload](const Bytes& encoded) { return equal(encoded, payload); };
    switch (static_cast<eth::Code>(code)) {
        case eth::Code::status:
            if (const auto decoded = eth::decode_status(payload, version))
                META138_ASSERT(same(eth::encode_status(*decoded)));
            break;
        case eth::Code::new_block_hashes:
            if (const auto decoded = eth::decode_new_block_hashes(payload))
                META138_ASSERT(same(eth::encode_new_block_hashes(*decoded)));
            break;
        case eth::Code::transactions:
            if (const auto decoded = eth::decode_transactions(payload)) {
                std::vector<Bytes> opaque;
                for (const auto& one : *decoded) opaque.push_back(encode_transaction(one));
                const std::vector<ByteView> views(opaque.begin(), opaque.end());
                META138_ASSERT(same(eth::encode_transactions(views)));
            }
            break;
        case eth::Code::new_block:
            if (const auto decoded = eth::decode_new_block(payload))
                META138_ASSERT(same(eth::encode_new_block(encode_block(decoded->block),
                                                          decoded->total_difficulty)));
            break;
        case eth::Code::new_pooled_transaction_hashes:
            if (const auto decoded = eth::decode_new_pooled_transaction_hashes(payload, version))
                META138_ASSERT(same(eth::encode_new_pooled_transaction_hashes(*decoded, version)));
            break;
        case eth::Code::block_range_update:
            if (const auto decoded = eth::decode_block_range_update(payload))
                META138_ASSERT(same(eth::encode_block_range_update(*decoded)));
            break;
        default: break;
    }
}

void check_requests(std::uint8_t code, ByteView payload) {
    switch (static_cast<eth::Code>(code)) {
        case eth::Code::get_block_headers:
            if (const auto decoded = eth::decode_get_block_headers(payload))
                META138_ASSERT(equal(eth::encode_get_block_headers(*decoded), payload));
            break;
        case eth::Code::get_block_bodies:
        case eth::Code::get_receipts:
        case eth::Code::get_pooled_transactions:
            if (const auto decoded = eth::decode_hashes_request(payload))
                META138_ASSERT(equal(
                    eth::encode_hashes_request(decoded->request_id, decoded->hashes), payload));
            break;
        default: break;
    }
}

void check_answers(std::uint8_t code, std::uint64_t version, ByteView payload) {
    std::ignore = eth::peek_request_id(payload);
    if (const auto parts = eth::split_answer(payload)) {
        eth::AnswerWriter writer{parts->request_id};
        for (const auto item : parts->items) writer.add(item);
        META138_ASSERT(equal(writer.finish(), payload));
    }
    switch (static_cast<eth::Code>(code)) {
        case eth::Code::block_headers:
            if (const auto decoded = eth::decode_block_headers(payload)) {
                eth::AnswerWriter writer{decoded->request_id};
                for (const auto& header : decoded->items) writer.add(encode_header(header));
                META138_ASSERT(equal(writer.finish(), payload));
            }
            break;
        case eth::Code::block_bodies:
            if (const auto decoded = eth::decode_block_bodies(payload)) {
                eth::AnswerWriter writer{decoded->request_id};
                for (const auto& body : decoded->items) writer.add(encode_block_body(body));
                META138_ASSERT(equal(writer.finish(), payload));
            }
            break;
        case eth::Code::receipts:
            if (const auto decoded = eth::decode_receipts(payload, version)) {
                eth::AnswerWriter writer{decoded->request_id};
                for (const auto& receipts : decoded->items)
                    writer.add(eth::encode_block_receipts(receipts, version));
                META138_ASSERT(equal(writer.finish(), payload));
            }
            break;
        case eth::Code::pooled_transactions:
            if (const auto decoded = eth::decode_pooled_transactions(payload)) {
                eth::AnswerWriter writer{decoded->request_id};
                for (const auto& pooled : decoded->items)
                    writer.add_transaction(encode_pooled_transaction(pooled));
                META138_ASSERT(equal(writer.finish(), payload));
            }
            break;
        default: break;
    }
}

}  // namespace

// First byte: the version in the two highest bits, then the code; the rest is the payload.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::uint64_t version = eth::lowest_version + (data[0] >> 6);
    const auto code = static_cast<std::uint8_t>(data[0] & 0x1f);
    const auto payload = ByteView{data, size}.subspan(1);
    check_messages(code, version, payload);
    check_requests(code, payload);
    check_answers(code, version, payload);
    return 0;
}
