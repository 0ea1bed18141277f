// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/eip712.hpp"

#include "json_value.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/types/abi.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace meta138 {
namespace {

constexpr std::string_view domain_type = "EIP712Domain";

struct Member {
    std::string name;
    std::string type;
};
using Types = std::map<std::string, std::vector<Member>, std::less<>>;

template <typename T>
using Result = std::expected<T, TypedDataError>;

std::unexpected<TypedDataError> fail(std::string where, std::string reason) {
    return std::unexpected{TypedDataError{std::move(where), std::move(reason)}};
}

std::string_view without_arrays(std::string_view type) {
    return type.substr(0, type.find('['));
}

bool is_identifier(std::string_view name) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
    };
    const auto is_part = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
    return !name.empty() && is_letter(name[0]) && std::ranges::all_of(name, is_part);
}

// T, T[] or T[n] with T a struct of `types` or an elementary type of the ABI.
bool is_known_type(const Types& types, std::string_view type) {
    const auto base = without_arrays(type);
    if (!types.contains(base)) return !type.starts_with('(') && parse_abi_type(type).has_value();
    // The brackets' form does not depend on what is in front of them.
    return parse_abi_type("bool" + std::string{type.substr(base.size())}).has_value();
}

Result<std::vector<Member>> read_members(const JsonValue& list, const std::string& where) {
    if (list.array() == nullptr) return fail(where, "not a list of members");
    std::vector<Member> members;
    for (const auto& entry : *list.array()) {
        const auto* name = entry.find("name");
        const auto* type = entry.find("type");
        if (name == nullptr || name->string() == nullptr || !is_identifier(*name->string()))
            return fail(where, "a member without a name");
        if (type == nullptr || type->string() == nullptr)
            return fail(where + "." + *name->string(), "a member without a type");
        const auto same = [&](const Member& other) { return other.name == *name->string(); };
        if (std::ranges::any_of(members, same))
            return fail(where + "." + *name->string(), "given twice");
        members.push_back({*name->string(), *type->string()});
    }
    return members;
}

Result<Types> read_types(const JsonValue* value) {
    if (value == nullptr || value->object() == nullptr) return fail("types", "not an object");
    Types types;
    for (const auto& [name, list] : *value->object()) {
        const auto where = "types." + name;
        if (!is_identifier(name) || parse_abi_type(name)) return fail(where, "not a type's name");
        TRY_LET(auto members, read_members(list, where));
        if (!types.emplace(name, std::move(members)).second) return fail(where, "given twice");
    }
    for (const auto& [name, members] : types) {
        for (const auto& member : members) {
            if (!is_known_type(types, member.type))
                return fail("types." + name + "." + member.name, "an unknown type: " + member.type);
        }
    }
    return types;
}

// EIP-712 encodeType: the struct itself, then those it refers to by name.
std::string encode_type(const Types& types, std::string_view primary) {
    std::set<std::string_view> referenced;
    std::vector<std::string_view> pending{primary};
    while (!pending.empty()) {
        const auto name = pending.back();
        pending.pop_back();
        const auto type = types.find(name);
        if (type == types.end() || !referenced.insert(type->first).second) continue;
        for (const auto& member : type->second) pending.push_back(without_arrays(member.type));
    }
    std::string result;
    const auto append = [&](std::string_view name) {
        result.append(name).append("(");
        const auto& members = types.find(name)->second;
        for (std::size_t i = 0; i < members.size(); ++i) {
            if (i != 0) result += ',';
            result.append(members[i].type).append(" ").append(members[i].name);
        }
        result += ')';
    };
    append(primary);
    for (const auto name : referenced) {
        if (name != primary) append(name);
    }
    return result;
}

// A JSON integer, or a string with one; negative numbers in two's complement.
std::optional<uint256> parse_integer(const JsonValue& value, bool& is_negative) {
    const auto* number = value.number();
    const auto* string = value.string();
    if (number == nullptr && string == nullptr) return std::nullopt;
    std::string_view text = number != nullptr ? number->text : *string;
    is_negative = text.starts_with('-');
    if (is_negative) text.remove_prefix(1);
    const auto magnitude = parse_uint256(text);
    if (!magnitude) return std::nullopt;
    return is_negative ? -*magnitude : *magnitude;
}

// The word of a value that is no struct, array, string or bytes.
Result<uint256> encode_word(const AbiType& type, const JsonValue& value, const std::string& where) {
    if (type.kind == AbiType::Kind::boolean) {
        if (value.boolean() == nullptr) return fail(where, "neither true nor false");
        return uint256{*value.boolean() ? 1U : 0U};
    }
    if (type.kind == AbiType::Kind::address) {
        const auto* text = value.string();
        const auto address = text == nullptr ? std::unexpected{HexError::missing_prefix}
                                             : decode_fixed_hex<Address>(*text);
        if (!address) return fail(where, "not an address");
        return to_uint256(*address);
    }
    bool is_negative = false;
    const auto word = parse_integer(value, is_negative);
    if (!word) return fail(where, "not an integer");
    const bool is_unsigned = type.kind == AbiType::Kind::uint;
    const bool fits = is_unsigned ? !is_negative && word->bit_length() <= type.size
                                  : signextend(type.size / 8 - 1, *word) == *word &&
                                        (word->is_zero() || word->is_negative() == is_negative);
    if (!fits) return fail(where, "out of range");
    return *word;
}

Result<Hash32> encode_elementary(const AbiType& type, const JsonValue& value,
                                 const std::string& where) {
    using Kind = AbiType::Kind;
    if (type.kind == Kind::string) {
        if (value.string() == nullptr) return fail(where, "not a string");
        return crypto::keccak256(as_bytes(*value.string()));
    }
    if (type.kind != Kind::bytes && type.kind != Kind::fixed_bytes) {
        TRY_LET(const auto word, encode_word(type, value, where));
        return to_hash32(word);
    }
    if (value.string() == nullptr) return fail(where, "not a string");
    const auto bytes = decode_hex(*value.string());
    if (!bytes) return fail(where, std::string{to_string(bytes.error())});
    if (type.kind == Kind::bytes) return crypto::keccak256(*bytes);
    if (bytes->size() != type.size)
        return fail(where, std::to_string(bytes->size()) + " bytes instead of " +
                               std::to_string(type.size));
    Hash32 word;
    std::ranges::copy(*bytes, word.begin());
    return word;
}

class Encoder {
public:
    explicit Encoder(const Types& types) : types_{types} {}

    // typeHash and encodeData.
    Result<Bytes> encode_struct(std::string_view type, const JsonValue& value,
                                const std::string& where) {
        if (value.object() == nullptr) return fail(where, "not an object");
        const auto& members = types_.find(type)->second;
        const auto& type_hash = type_hash_of(type);
        Bytes out{type_hash.begin(), type_hash.end()};
        for (const auto& member : members) {
            const auto place = where + "." + member.name;
            const auto* content = value.find(member.name);
            if (content == nullptr) return fail(place, "missing");
            TRY_LET(const auto word, encode_value(member.type, *content, place));
            out.insert(out.end(), word.begin(), word.end());
        }
        // As many names as members, all of them found: nothing else is there, nothing twice.
        if (value.object()->size() != members.size())
            return fail(where, "has members that its type " + std::string{type} + " lacks");
        return out;
    }

private:
    Result<Hash32> encode_value(std::string_view type, const JsonValue& value,
                                const std::string& where) {
        if (type.ends_with(']')) return encode_array(type, value, where);
        if (types_.contains(type)) {
            TRY_LET(const auto encoded, encode_struct(type, value, where));
            return crypto::keccak256(encoded);
        }
        return encode_elementary(*parse_abi_type(type), value, where);
    }

    Result<Hash32> encode_array(std::string_view type, const JsonValue& value,
                                const std::string& where) {
        const auto bracket = type.rfind('[');
        const auto length = type.substr(bracket + 1, type.size() - bracket - 2);
        if (value.array() == nullptr) return fail(where, "not a list");
        if (!length.empty() && std::to_string(value.array()->size()) != length)
            return fail(where, "not of " + std::string{length} + " elements");
        crypto::Keccak256 hash;
        std::size_t i = 0;
        for (const auto& element : *value.array()) {
            const auto place = where + "[" + std::to_string(i++) + "]";
            TRY_LET(const auto word, encode_value(type.substr(0, bracket), element, place));
            hash.update(word.bytes);
        }
        return hash.finish();
    }

    const Hash32& type_hash_of(std::string_view type) {
        const auto known = type_hashes_.find(type);
        if (known != type_hashes_.end()) return known->second;
        const auto hash = crypto::keccak256(as_bytes(encode_type(types_, type)));
        return type_hashes_.emplace(type, hash).first->second;
    }

    const Types& types_;
    std::map<std::string, Hash32, std::less<>> type_hashes_;
};

Result<TypedDataHashes> hash_tree(const JsonValue& tree) {
    if (tree.object() == nullptr) return fail("$", "not an object");
    TRY_LET(const auto types, read_types(tree.find("types")));
    const auto* primary = tree.find("primaryType");
    if (primary == nullptr || primary->string() == nullptr)
        return fail("primaryType", "not a string");
    if (!types.contains(*primary->string())) return fail("primaryType", "not one of types");
    if (!types.contains(domain_type)) return fail("types.EIP712Domain", "missing");
    const auto* domain = tree.find("domain");
    if (domain == nullptr) return fail("domain", "missing");
    const auto* message = tree.find("message");
    if (message == nullptr) return fail("message", "missing");

    Encoder encoder{types};
    TRY_LET(const auto encoded_domain, encoder.encode_struct(domain_type, *domain, "domain"));
    TypedDataHashes result;
    TRY_LET(result.encoded_message, encoder.encode_struct(*primary->string(), *message, "message"));
    result.encoded_type = encode_type(types, *primary->string());
    result.domain_separator = crypto::keccak256(encoded_domain);
    result.message_hash = crypto::keccak256(result.encoded_message);
    constexpr std::array<std::uint8_t, 2> prefix{0x19, 0x01};
    result.digest = crypto::Keccak256{}
                        .update(prefix)
                        .update(result.domain_separator.bytes)
                        .update(result.message_hash.bytes)
                        .finish();
    return result;
}

}  // namespace

std::string to_string(const TypedDataError& error) {
    return error.where + ": " + error.reason;
}

std::expected<TypedDataHashes, TypedDataError> hash_typed_data(std::string_view json) {
    if (json.size() > max_typed_data_size) return fail("$", "the text is too large");
    const auto tree = parse_json(json);
    if (!tree) {
        return fail("line " + std::to_string(tree.error().line) + ", column " +
                        std::to_string(tree.error().column),
                    tree.error().reason);
    }
    return hash_tree(*tree);
}

}  // namespace meta138
