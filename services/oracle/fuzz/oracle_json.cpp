// SPDX-License-Identifier: Apache-2.0
// A path, a line's end, and a document: whatever is found stands in the document. Where both
// readers of JSON take a document, they see the same kind of value.
#include "json_text.hpp"
#include "simulator/price_model.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/codec/json/reader.hpp"

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace meta138;
    using oracle::JsonValue;
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const auto end = input.find('\n');
    const auto path = oracle::parse_json_path(input.substr(0, end));
    const auto text = end == std::string_view::npos ? input : input.substr(end + 1);
    const auto document = oracle::JsonText::parse(text);
    static json::Parser parser;
    const auto other = parser.parse(text);
    // The other reader is stricter: about integers beyond 64 bits and UTF-8.
    META138_ASSERT(!other || document || document.error() != oracle::JsonError::malformed);
    if (document) {
        const auto root = document->root();
        if (other) {
            META138_ASSERT(other->is_object() == (root.type() == JsonValue::Type::object));
            if (root.type() == JsonValue::Type::string)
                META138_ASSERT(root.text() == other->string());
            META138_ASSERT(root.elements().size() == (other->is_array() ? other->size() : 0));
        }
        if (path) {
            const auto raw = root.at(*path).raw();
            META138_ASSERT(raw.empty() || text.find(raw) != std::string_view::npos);
            static_cast<void>(root.at(*path).text());
        }
    }
    static_cast<void>(oracle::parse_series(text, "price"));
    return 0;
}
