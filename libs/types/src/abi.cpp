// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/abi.hpp"

#include "meta138/base/try.hpp"
#include "meta138/crypto/keccak.hpp"

#include <algorithm>

namespace meta138 {
namespace {

using Kind = AbiType::Kind;
using Encoding = std::expected<void, AbiError>;

constexpr std::size_t word_size = 32;

constexpr std::size_t padded_size(std::size_t size) noexcept {
    return (size + word_size - 1) / word_size * word_size;
}

void append_word(Bytes& out, const uint256& word) {
    out.resize(out.size() + word_size);
    store_be32(out.data() + out.size() - word_size, word);
}

bool fits(const AbiType& type, const uint256& word) noexcept {
    switch (type.kind) {
        case Kind::uint: return word.bit_length() <= type.size;
        case Kind::integer: return signextend(type.size / 8 - 1, word) == word;
        case Kind::address: return word.bit_length() <= 160;
        case Kind::boolean: return word <= uint256{1};
        case Kind::fixed_bytes:
        case Kind::bytes:
        case Kind::string:
        case Kind::array:
        case Kind::tuple: break;
    }
    return false;
}

// The component of element `i` of an array or tuple.
const AbiType& component(const AbiType& type, std::size_t i) noexcept {
    return type.components[type.kind == Kind::array ? 0 : i];
}

// Writes what is_dynamic() keeps out of the head, or the value itself.
Encoding append(Bytes& out, const AbiType& type, const AbiValue& value);

// `type_at(i)` is the type of element i. Heads first; dynamic values follow, at the offsets that
// the heads hold.
template <typename TypeAt>
Encoding append_sequence(Bytes& out, TypeAt&& type_at, std::span<const AbiValue> values) {
    const auto begin = out.size();
    std::vector<std::size_t> offset_places(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        offset_places[i] = out.size();
        if (type_at(i).is_dynamic())
            append_word(out, 0);
        else
            TRY(append(out, type_at(i), values[i]));
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!type_at(i).is_dynamic()) continue;
        store_be32(out.data() + offset_places[i], uint256{out.size() - begin});
        TRY(append(out, type_at(i), values[i]));
    }
    return {};
}

Encoding append_bytes(Bytes& out, const AbiType& type, const Bytes& bytes) {
    if (type.kind == Kind::fixed_bytes) {
        if (bytes.size() != type.size) return std::unexpected{AbiError::type_mismatch};
    } else {
        append_word(out, bytes.size());
    }
    out.insert(out.end(), bytes.begin(), bytes.end());
    out.resize(out.size() + padded_size(bytes.size()) - bytes.size());
    return {};
}

Encoding append(Bytes& out, const AbiType& type, const AbiValue& value) {
    if (type.kind == Kind::array || type.kind == Kind::tuple) {
        const auto* list = std::get_if<std::vector<AbiValue>>(&value.value);
        if (list == nullptr) return std::unexpected{AbiError::type_mismatch};
        const bool any_length = type.kind == Kind::array && !type.length;
        const auto length =
            type.kind == Kind::tuple ? type.components.size() : type.length.value_or(list->size());
        if (list->size() != length) return std::unexpected{AbiError::type_mismatch};
        if (any_length) append_word(out, length);
        return append_sequence(
            out, [&](std::size_t i) -> const AbiType& { return component(type, i); }, *list);
    }
    if (type.kind == Kind::bytes || type.kind == Kind::string || type.kind == Kind::fixed_bytes) {
        const auto* bytes = std::get_if<Bytes>(&value.value);
        if (bytes == nullptr) return std::unexpected{AbiError::type_mismatch};
        return append_bytes(out, type, *bytes);
    }
    const auto* word = std::get_if<uint256>(&value.value);
    if (word == nullptr) return std::unexpected{AbiError::type_mismatch};
    if (!fits(type, *word)) return std::unexpected{AbiError::out_of_range};
    append_word(out, *word);
    return {};
}

// Reads values out of one buffer. What it hands out in total is bounded by the buffer's size:
// offsets that point to the same place again and again would let a small input grow.
class Decoder {
public:
    explicit Decoder(ByteView data) noexcept : data_{data}, budget_{data.size()} {}

    // A sequence whose heads start at `begin`, to which offsets relate.
    template <typename TypeAt>
    std::expected<std::vector<AbiValue>, AbiError> sequence(TypeAt&& type_at, std::size_t count,
                                                            std::size_t begin) {
        std::vector<AbiValue> values;
        auto head = begin;
        for (std::size_t i = 0; i < count; ++i) {
            const auto& type = type_at(i);
            auto place = head;
            if (type.is_dynamic()) {
                TRY_LET(const auto offset, size_at(head));
                place = begin + offset;
            }
            TRY_LET(auto value, value_at(type, place));
            values.push_back(std::move(value));
            head += type.head_size();
        }
        return values;
    }

private:
    std::expected<AbiValue, AbiError> value_at(const AbiType& type, std::size_t place) {
        switch (type.kind) {
            case Kind::array:
            case Kind::tuple: return list_at(type, place);
            case Kind::bytes:
            case Kind::string: {
                TRY_LET(const auto size, size_at(place));
                return bytes_at(place + word_size, size);
            }
            case Kind::fixed_bytes: return bytes_at(place, type.size);
            case Kind::uint:
            case Kind::integer:
            case Kind::address:
            case Kind::boolean: break;
        }
        TRY_LET(const auto word, word_at(place));
        if (!fits(type, word)) return std::unexpected{AbiError::out_of_range};
        return AbiValue{word};
    }

    std::expected<AbiValue, AbiError> list_at(const AbiType& type, std::size_t place) {
        auto count = type.kind == Kind::tuple ? type.components.size() : type.length.value_or(0);
        if (type.kind == Kind::array && !type.length) {
            TRY_LET(const auto length, size_at(place));
            count = length;
            place += word_size;
            if (count > data_.size() / type.components[0].head_size())
                return std::unexpected{AbiError::truncated};
        }
        TRY_LET(auto values,
                sequence([&](std::size_t i) -> const AbiType& { return component(type, i); }, count,
                         place));
        return AbiValue{std::move(values)};
    }

    std::expected<AbiValue, AbiError> bytes_at(std::size_t place, std::size_t size) {
        TRY_LET(const auto bytes, take(place, padded_size(size)));
        const auto padding = bytes.subspan(size);
        if (std::ranges::any_of(padding, [](std::uint8_t byte) { return byte != 0; }))
            return std::unexpected{AbiError::not_padded};
        return AbiValue{to_bytes(bytes.first(size))};
    }

    std::expected<uint256, AbiError> word_at(std::size_t place) {
        TRY_LET(const auto bytes, take(place, word_size));
        return load_be32(bytes.data());
    }

    // An offset or a length; larger ones than the data are errors in any case.
    std::expected<std::size_t, AbiError> size_at(std::size_t place) {
        TRY_LET(const auto word, word_at(place));
        if (word > uint256{data_.size()}) return std::unexpected{AbiError::truncated};
        return static_cast<std::size_t>(word.low64());
    }

    std::expected<ByteView, AbiError> take(std::size_t place, std::size_t size) {
        if (place > data_.size() || size > data_.size() - place)
            return std::unexpected{AbiError::truncated};
        if (size > budget_) return std::unexpected{AbiError::too_large};
        budget_ -= size;
        return data_.subspan(place, size);
    }

    ByteView data_;
    std::size_t budget_;  // bytes that may still be handed out
};

}  // namespace

std::string_view to_string(AbiError error) noexcept {
    switch (error) {
        case AbiError::type_mismatch: return "a value of another type";
        case AbiError::out_of_range: return "a number out of its type's range";
        case AbiError::truncated: return "the data ends too early";
        case AbiError::not_padded: return "bytes that are not padded with zeros";
        case AbiError::too_large: return "values larger than the data";
    }
    return "unknown error";
}

std::expected<Bytes, AbiError> encode_abi(std::span<const AbiType> types,
                                          std::span<const AbiValue> values) {
    if (types.size() != values.size()) return std::unexpected{AbiError::type_mismatch};
    Bytes out;
    TRY(append_sequence(out, [&](std::size_t i) -> const AbiType& { return types[i]; }, values));
    return out;
}

std::expected<std::vector<AbiValue>, AbiError> decode_abi(std::span<const AbiType> types,
                                                          ByteView data) {
    Decoder decoder{data};
    return decoder.sequence([&](std::size_t i) -> const AbiType& { return types[i]; }, types.size(),
                            0);
}

FixedBytes<4> function_selector(std::string_view signature) {
    const auto hash = crypto::keccak256(as_bytes(signature));
    return FixedBytes<4>::from(ByteView{hash.bytes}.first<4>());
}

}  // namespace meta138
