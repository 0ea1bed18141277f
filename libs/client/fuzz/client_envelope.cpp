// SPDX-License-Identifier: Apache-2.0
// What a node answers: the texts that are cut out of it are JSON themselves, and read the same.
#include "envelope.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/client/calls.hpp"

#include <cstdint>
#include <string_view>

namespace {

using namespace meta138;

void check(json::Value document, std::string_view text) {
    const auto envelope = client::open_envelope(document, text);
    if (!envelope || !envelope->result) return;
    json::Parser parser;
    const auto again = parser.parse(envelope->result->text);
    META138_ASSERT(again.has_value());
    META138_ASSERT(again->type() == envelope->result->value.type());
    META138_ASSERT(again->size() == envelope->result->value.size());
    META138_ASSERT(again->string() == envelope->result->value.string());
    const client::RawResult result{.value = *again, .text = envelope->result->text};
    static_cast<void>(client::decode_head(*again));
    static_cast<void>(client::head().decode(result));
    static_cast<void>(client::transaction_receipt({}).decode(result));
    static_cast<void>(client::fee_history(1, client::BlockId::latest()).decode(result));
    static_cast<void>(client::logs({}).decode(result));
    static_cast<void>(client::syncing().decode(result));
    static_cast<void>(client::balance({}).decode(result));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    json::Parser parser;
    const auto document = parser.parse(text);
    if (!document) return 0;
    check(*document, text);
    if (!document->is_array()) return 0;
    const auto parts = client::split_array(text);
    META138_ASSERT(parts.size() == document->size());
    std::size_t i = 0;
    for (const auto element : document->elements()) check(element, parts[i++]);
    return 0;
}
