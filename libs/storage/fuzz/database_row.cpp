// SPDX-License-Identifier: Apache-2.0
// The input is a row that the disk has changed. Its first byte chooses what it is a row of: it is
// refused, or it is what an encoder makes of the value that is read.
#include "schema.hpp"

#include "meta138/base/assert.hpp"

namespace {

using namespace meta138;
using namespace meta138::storage;

void decode(std::uint8_t kind, ByteView row) {
    switch (kind % 10) {
        case 0:
            if (const auto number = schema::decode_number(row))
                META138_ASSERT(equal(schema::encode_number(*number), row));
            return;
        case 1:
            if (const auto at = schema::decode_location(row))
                META138_ASSERT(equal(schema::encode_location(*at), row));
            return;
        case 2:
            if (const auto header = schema::decode_header_row(row)) {
                META138_ASSERT(equal(schema::encode_header_row(*header), row));
                META138_ASSERT(schema::decode_header_hash(row) == header->hash);
            }
            return;
        case 3:
            if (const auto stored = schema::decode_transaction_row(row))
                META138_ASSERT(equal(schema::encode_transaction_row(
                                         stored->sender, encode_transaction(stored->transaction)),
                                     row));
            return;
        case 4:
            if (const auto stored = schema::decode_receipt_row(row))
                META138_ASSERT(equal(
                    schema::encode_receipt_row(stored->receipt, stored->gas_used,
                                               stored->first_log_index, stored->revert_reason),
                    row));
            return;
        case 5: static_cast<void>(schema::decode_body_row(row)); return;
        case 6:
            if (const auto block = schema::decode_side_block(row))
                META138_ASSERT(equal(schema::encode_side_block(block->header.number, *block), row));
            return;
        case 7:
            if (const auto account = schema::decode_account(row))
                META138_ASSERT(equal(schema::encode_account(*account), row));
            return;
        case 8:
            if (const auto slot = schema::decode_slot(row))
                META138_ASSERT(equal(schema::encode_slot(*slot), row));
            return;
        case 9:
            // The same keys may be written with less shared than they share.
            if (const auto keys = schema::decode_changes(row))
                META138_ASSERT(schema::decode_changes(schema::encode_changes(*keys)) == *keys);
            return;
        default: __builtin_unreachable();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size != 0) decode(data[0], ByteView{data, size}.subspan(1));
    return 0;
}
