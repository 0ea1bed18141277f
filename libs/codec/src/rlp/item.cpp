// SPDX-License-Identifier: Apache-2.0
#include "meta138/codec/rlp/item.hpp"

#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"

#include <utility>

namespace meta138::rlp {
namespace {

Item read_item(Reader& in, std::size_t depth_left) {
    if (!in.is_list()) return {to_bytes(in.bytes())};
    Item::List items;
    auto inner = in.list();
    if (depth_left == 0) inner.fail(DecodeErrorKind::too_deep);
    while (!inner.empty()) items.push_back(read_item(inner, depth_left - 1));
    return {std::move(items)};
}

void check_item(Reader& in, std::size_t depth_left) noexcept {
    if (!in.is_list()) {
        in.bytes();
        return;
    }
    auto inner = in.list();
    if (depth_left == 0) inner.fail(DecodeErrorKind::too_deep);
    while (!inner.empty()) check_item(inner, depth_left - 1);
}

void write_item(Writer& out, const Item& item) {
    if (item.is_list())
        out.items(item.list(), write_item);
    else
        out.string(item.string());
}

}  // namespace

std::expected<Item, DecodeError> decode_item(ByteView encoded, std::size_t max_depth) {
    auto in = Reader::item(encoded);
    auto item = read_item(in, max_depth);
    return in.finish(std::move(item));
}

std::expected<void, DecodeError> validate_item(ByteView encoded, std::size_t max_depth) {
    auto in = Reader::item(encoded);
    check_item(in, max_depth);
    return in.finish();
}

Bytes encode_item(const Item& item) {
    Writer out;
    write_item(out, item);
    return out.take();
}

}  // namespace meta138::rlp
