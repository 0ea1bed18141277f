// SPDX-License-Identifier: Apache-2.0
// What decodes must encode to the same bytes: every transaction has one encoding.
#include "meta138/types/transaction.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/types/intrinsic_gas.hpp"
#include "meta138/types/pooled_transaction.hpp"
#include "meta138/types/transaction_signature.hpp"
#include "meta138/types/validate_transaction_form.hpp"

using namespace meta138;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input{data, size};
    if (const auto pooled = decode_pooled_transaction(input))
        META138_ASSERT(encode_pooled_transaction(*pooled) == to_bytes(input));
    const auto transaction = decode_transaction(input);
    if (!transaction) {
        META138_ASSERT(!to_string(transaction.error()).empty());
        return 0;
    }
    META138_ASSERT(encode_transaction(*transaction) == to_bytes(input));
    for (const auto fork : {Fork::frontier, Fork::london, Fork::osaka}) {
        const TransactionRules rules{
            .fork = fork, .chain_id = transaction->chain_id.value_or(1), .max_blobs_per_block = 9};
        if (validate_transaction_form(*transaction, rules))
            META138_ASSERT(intrinsic_gas(*transaction, fork) <= transaction->gas_limit);
    }
    static_cast<void>(recover_sender(*transaction, Fork::frontier));
    for (const auto& authorization : transaction->authorization_list)
        static_cast<void>(recover_authority(authorization));
    return 0;
}
