// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/codec/json/reader.hpp"
#include "meta138/codec/json/writer.hpp"

#include <string>

using namespace meta138;

namespace {

void copy(json::Value value, json::Writer& out) {
    switch (value.type()) {
        case json::Type::absent: META138_ASSERT(false);
        case json::Type::null: return out.null();
        case json::Type::boolean: return out.boolean(*value.boolean());
        case json::Type::integer:
            if (const auto number = value.unsigned_integer()) return out.number(*number);
            return out.number(*value.signed_integer());
        case json::Type::number: return out.number(*value.number());
        case json::Type::string: return out.string(*value.string());
        case json::Type::array: {
            std::size_t count = 0;
            out.open_array();
            for (const auto element : value.elements()) {
                ++count;
                copy(element, out);
            }
            out.close_array();
            META138_ASSERT(count == value.size() && value.at(count).is_absent());
            return;
        }
        case json::Type::object: {
            out.open_array();  // names may need escapes, which Writer::key does not make
            for (const auto [name, member] : value.members()) {
                META138_ASSERT(!value.find(name).is_absent());
                out.string(name);
                copy(member, out);
            }
            out.close_array();
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static json::Parser parser;
    static json::Parser second_parser;
    const auto root = parser.parse({reinterpret_cast<const char*>(data), size});
    if (!root) return 0;
    std::string text;
    json::Writer out{text};
    copy(*root, out);
    const auto again = second_parser.parse(text);
    META138_ASSERT(again.has_value());
    std::string second_text;
    json::Writer second_out{second_text};
    copy(*again, second_out);
    META138_ASSERT(text == second_text);
    return 0;
}
