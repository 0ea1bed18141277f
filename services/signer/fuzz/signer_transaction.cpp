// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/codec/json/reader.hpp"
#include "meta138/signer/transaction_request.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <string_view>

using namespace meta138;

// Whatever object is taken, the transaction that comes of it encodes to one that decodes to itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static json::Parser parser;
    const auto root = parser.parse({reinterpret_cast<const char*>(data), size});
    if (!root) return 0;
    const auto request = signer::decode_transaction_request(*root);
    if (!request) {
        META138_ASSERT(!request.error().reason.empty());
        return 0;
    }
    auto transaction = signer::build_transaction(*request, request->chain_id.value_or(138),
                                                 request->nonce.value_or(0));
    if (!transaction) return 0;
    META138_ASSERT(transaction->data == request->data);
    META138_ASSERT(transaction->to == request->to);
    META138_ASSERT(transaction->value == request->value);
    transaction->r = 1;
    transaction->s = 1;
    const auto decoded = decode_transaction(encode_transaction(*transaction));
    // EIP-155: the v of a legacy transaction holds twice the chain id.
    if (!decoded) {
        META138_ASSERT(transaction->type == TransactionType::legacy);
        META138_ASSERT(*transaction->chain_id > (~std::uint64_t{0} - 36) / 2);
        return 0;
    }
    META138_ASSERT(*decoded == *transaction);
    META138_ASSERT(signing_hash(*decoded) == signing_hash(*transaction));
    return 0;
}
