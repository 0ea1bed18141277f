// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/p2p/snap.hpp"

using namespace meta138;
using namespace meta138::p2p;

namespace {

// Whoever reads a message can write it, and reads the same again.
template <typename Decode, typename Encode>
void check(ByteView payload, Decode decode, Encode encode) {
    const auto message = decode(payload);
    if (!message) return;
    META138_ASSERT(decode(encode(*message)) == *message);
}

void check_accounts(ByteView payload) {
    const auto answer = snap::decode_account_range(payload);
    if (!answer) return;
    META138_ASSERT(equal(snap::encode_account_range(*answer), payload));
    META138_ASSERT(answer->proof.size() <= snap::max_proof_nodes);
    for (const auto& leaf : answer->accounts)
        if (const auto account = snap::decode_slim_account(leaf.body))
            META138_ASSERT(snap::encode_slim_account(*account) == leaf.body);
}

}  // namespace

// First byte: the code; the rest is the payload.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto payload = ByteView{data, size}.subspan(1);
    switch (static_cast<snap::Code>(data[0] & 0x07)) {
        case snap::Code::get_account_range:
            check(payload, snap::decode_get_account_range, snap::encode_get_account_range);
            break;
        case snap::Code::account_range: check_accounts(payload); break;
        case snap::Code::get_storage_ranges:
            check(payload, snap::decode_get_storage_ranges, snap::encode_get_storage_ranges);
            break;
        case snap::Code::storage_ranges:
            check(payload, snap::decode_storage_ranges, snap::encode_storage_ranges);
            break;
        case snap::Code::get_byte_codes:
            check(payload, snap::decode_get_byte_codes, snap::encode_get_byte_codes);
            break;
        case snap::Code::byte_codes:
        case snap::Code::trie_nodes: check(payload, snap::decode_blobs, snap::encode_blobs); break;
        case snap::Code::get_trie_nodes:
            check(payload, snap::decode_get_trie_nodes, snap::encode_get_trie_nodes);
            break;
    }
    return 0;
}
