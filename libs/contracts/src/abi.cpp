// SPDX-License-Identifier: Apache-2.0
#include "meta138/contracts/abi.hpp"

#include "meta138/crypto/keccak.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace meta138::contracts::abi {
namespace {

constexpr std::size_t word_size = 32;

void append(Bytes& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_word(Bytes& out, const uint256& value) {
    append(out, to_hash32(value).bytes);
}

Hash32 left_padded(const Address& address) {
    Hash32 word;
    std::ranges::copy(address, word.begin() + (word_size - Address::size()));
    return word;
}

}  // namespace

Selector selector(std::string_view signature) {
    const Hash32 digest = crypto::keccak256(as_bytes(signature));
    return Selector::from(std::span{digest.bytes}.first<4>());
}

Arguments& Arguments::fixed(const Hash32& value) {
    items_.push_back({.word = value, .tail = {}, .is_dynamic = false});
    return *this;
}

Arguments& Arguments::integer(const uint256& value) {
    return fixed(to_hash32(value));
}

Arguments& Arguments::boolean(bool value) {
    return integer(std::uint64_t{value});
}

Arguments& Arguments::address(const Address& value) {
    return fixed(left_padded(value));
}

Arguments& Arguments::bytes(ByteView value) {
    Bytes tail;
    append_word(tail, value.size());
    append(tail, value);
    tail.resize((tail.size() + word_size - 1) / word_size * word_size);
    items_.push_back({.word = {}, .tail = std::move(tail), .is_dynamic = true});
    return *this;
}

Arguments& Arguments::text(std::string_view value) {
    return bytes(as_bytes(value));
}

Arguments& Arguments::addresses(std::span<const Address> values) {
    Bytes tail;
    append_word(tail, values.size());
    for (const Address& value : values) append(tail, left_padded(value).bytes);
    items_.push_back({.word = {}, .tail = std::move(tail), .is_dynamic = true});
    return *this;
}

Arguments& Arguments::integers(std::span<const uint256> values) {
    Bytes tail;
    append_word(tail, values.size());
    for (const uint256& value : values) append_word(tail, value);
    items_.push_back({.word = {}, .tail = std::move(tail), .is_dynamic = true});
    return *this;
}

Bytes Arguments::encode() const {
    Bytes heads;
    Bytes tails;
    for (const Item& item : items_) {
        if (item.is_dynamic) {
            append_word(heads, items_.size() * word_size + tails.size());
            append(tails, item.tail);
        } else {
            append(heads, item.word.bytes);
        }
    }
    append(heads, tails);
    return heads;
}

Bytes Arguments::call(const Selector& function) const {
    return creation(function.bytes);
}

Bytes Arguments::call(std::string_view signature) const {
    return call(selector(signature));
}

Bytes Arguments::creation(ByteView creation_code) const {
    Bytes result = meta138::to_bytes(creation_code);
    append(result, encode());
    return result;
}

ByteView Results::word() noexcept {
    if (!ok_ || data_.size() - at_ < word_size) {
        ok_ = false;
        static constexpr std::array<std::uint8_t, word_size> zero{};
        return zero;
    }
    at_ += word_size;
    return data_.subspan(at_ - word_size, word_size);
}

uint256 Results::integer() noexcept {
    return load_be32(word().data());
}

std::uint64_t Results::small_integer(std::uint64_t highest) noexcept {
    const uint256 value = integer();
    if (value > uint256{highest}) ok_ = false;
    return ok_ ? value.low64() : 0;
}

bool Results::boolean() noexcept {
    return small_integer(1) == 1;
}

Address Results::address() noexcept {
    const uint256 value = integer();
    if (value.bit_length() > 8 * Address::size()) ok_ = false;
    return ok_ ? to_address(value) : Address{};
}

Hash32 Results::fixed() noexcept {
    return to_hash32(integer());
}

std::optional<ByteView> Results::tail(std::size_t limit, std::size_t item_size) noexcept {
    const std::uint64_t offset = small_integer();
    if (!ok_ || offset > data_.size()) return std::nullopt;
    Results at_tail{data_.subspan(offset)};
    const std::uint64_t count = at_tail.small_integer();
    if (!at_tail.ok_ || count > limit) return std::nullopt;
    const ByteView rest = at_tail.data_.subspan(word_size);
    if (count > rest.size() / item_size) return std::nullopt;
    return rest.first(count * item_size);
}

std::string Results::text(std::size_t limit) {
    const auto bytes = tail(limit, 1);
    if (!bytes) {
        ok_ = false;
        return {};
    }
    return {bytes->begin(), bytes->end()};
}

std::vector<Address> Results::addresses(std::size_t limit) {
    const auto words = tail(limit, word_size);
    std::vector<Address> result;
    if (words) {
        Results items{*words};
        while (items.ok_ && items.at_ < words->size()) result.push_back(items.address());
        if (items.ok_) return result;
    }
    ok_ = false;
    return {};
}

}  // namespace meta138::contracts::abi
