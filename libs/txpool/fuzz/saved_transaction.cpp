// SPDX-License-Identifier: Apache-2.0
// A file of saved transactions: what decodes encodes to what decodes to the same, and the text as a
// whole is a journal whose lines are counted.
#include "meta138/txpool/saved_transaction.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/txpool/journal.hpp"

#include <string_view>

using namespace meta138;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto content = txpool::decode_journal(text);
    META138_ASSERT(content.is_torn == (!text.empty() && text.back() != '\n'));
    const auto saved = txpool::decode_saved_transaction(text);
    if (!saved) return 0;
    const auto again = txpool::decode_saved_transaction(txpool::encode_saved_transaction(*saved));
    META138_ASSERT(again && *again == *saved);
    return 0;
}
