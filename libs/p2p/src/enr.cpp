// SPDX-License-Identifier: Apache-2.0
#include "meta138/p2p/enr.hpp"

#include "base64.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/try.hpp"
#include "meta138/codec/rlp/item.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"

#include <algorithm>
#include <utility>

namespace meta138::p2p {
namespace {

constexpr std::string_view prefix = "enr:";
constexpr std::string_view scheme = "v4";
constexpr std::size_t signature_bytes = 64;
// base64url of the longest record.
constexpr std::size_t max_text_bytes = prefix.size() + (max_record_bytes * 8 + 5) / 6;
constexpr std::size_t max_depth = 8;

std::string to_text(ByteView bytes) {
    return {bytes.begin(), bytes.end()};
}

/// The list's items after `signature`, in a list of their own: what is signed.
Hash32 content_hash(ByteView items) {
    Bytes header(rlp::header_size(items.size()));
    rlp::write_list_header(header.data(), items.size());
    return crypto::Keccak256{}.update(header).update(items).finish();
}

Hash32 content_hash_of(ByteView record) {
    auto in = rlp::Reader::list(record);
    static_cast<void>(in.raw_item());
    const auto signed_from = in.offset();
    while (!in.empty()) static_cast<void>(in.raw_item());
    return content_hash(record.subspan(signed_from));
}

template <typename Value>
std::optional<Value> parse_value(std::optional<ByteView> encoded, Value (*read)(rlp::Reader&)) {
    if (!encoded) return std::nullopt;
    auto in = rlp::Reader::item(*encoded);
    const auto value = in.finish(read(in));
    return value ? std::optional{*value} : std::nullopt;
}

std::optional<std::uint16_t> port_of(std::optional<ByteView> encoded) {
    const auto port = parse_value<std::uint16_t>(
        encoded, +[](rlp::Reader& in) { return in.integer<std::uint16_t>(); });
    return port && *port != 0 ? port : std::nullopt;
}

std::optional<IpAddress> address_of(std::optional<ByteView> encoded, std::size_t size) {
    if (!encoded) return std::nullopt;
    auto in = rlp::Reader::item(*encoded);
    const auto bytes = in.bytes();
    if (!in.finish() || bytes.size() != size) return std::nullopt;
    return IpAddress::from(bytes);
}

}  // namespace

std::string_view to_string(RecordError error) noexcept {
    switch (error) {
        case RecordError::missing_prefix: return "a node record begins with 'enr:'";
        case RecordError::bad_base64: return "not base64url without padding";
        case RecordError::too_large: return "larger than the 300 bytes that a record may have";
        case RecordError::malformed: return "not the RLP of a node record";
        case RecordError::unsorted_keys: return "its keys are not in order, or one is there twice";
        case RecordError::unknown_scheme: return "its identity scheme is not 'v4'";
        case RecordError::bad_public_key: return "no public key, or not one of secp256k1";
        case RecordError::wrong_signature: return "not signed by the key that it names";
    }
    return "unknown";
}

std::expected<NodeRecord, RecordError> NodeRecord::decode(ByteView encoded) {
    if (encoded.size() > max_record_bytes) return std::unexpected{RecordError::too_large};
    if (!rlp::validate_item(encoded, max_depth)) return std::unexpected{RecordError::malformed};
    auto in = rlp::Reader::list(encoded);
    const auto signature = in.bytes();
    const auto signed_from = in.offset();
    NodeRecord result;
    result.sequence_ = in.integer<std::uint64_t>();
    std::optional<std::string> last_key;
    while (!in.empty()) {
        auto key = to_text(in.bytes());
        if (in.empty()) return std::unexpected{RecordError::malformed};
        const auto value = in.raw_item();
        if (last_key && *last_key >= key) return std::unexpected{RecordError::unsorted_keys};
        last_key = key;
        result.entries_.emplace(std::move(key), to_bytes(value));
    }
    if (!in.finish()) return std::unexpected{RecordError::malformed};
    const auto id = result.find("id");
    if (!id || !equal(*id, rlp::encode_string(as_bytes(scheme))))
        return std::unexpected{RecordError::unknown_scheme};
    const auto compressed = parse_value<FixedBytes<33>>(
        result.find("secp256k1"), +[](rlp::Reader& item) { return item.fixed<FixedBytes<33>>(); });
    const auto key = compressed ? crypto::decompress(*compressed) : std::nullopt;
    if (!key) return std::unexpected{RecordError::bad_public_key};
    if (signature.size() != signature_bytes) return std::unexpected{RecordError::wrong_signature};
    const auto hash = content_hash(encoded.subspan(signed_from));
    if (!crypto::verify(hash, Hash32::from(signature.first<32>()),
                        Hash32::from(signature.last<32>()), *key))
        return std::unexpected{RecordError::wrong_signature};
    result.key_ = *key;
    result.encoded_ = to_bytes(encoded);
    return result;
}

std::expected<NodeRecord, RecordError> NodeRecord::parse(std::string_view text) {
    if (!text.starts_with(prefix)) return std::unexpected{RecordError::missing_prefix};
    if (text.size() > max_text_bytes) return std::unexpected{RecordError::too_large};
    const auto bytes = decode_base64url(text.substr(prefix.size()));
    if (!bytes) return std::unexpected{RecordError::bad_base64};
    return decode(*bytes);
}

std::string NodeRecord::text() const {
    return std::string{prefix} + encode_base64url(encoded_);
}

std::optional<ByteView> NodeRecord::find(std::string_view key) const {
    const auto entry = entries_.find(key);
    if (entry == entries_.end()) return std::nullopt;
    return entry->second;
}

std::optional<IpAddress> NodeRecord::ip() const {
    return address_of(find("ip"), 4);
}

std::optional<IpAddress> NodeRecord::ip6() const {
    return address_of(find("ip6"), 16);
}

std::optional<std::uint16_t> NodeRecord::tcp() const {
    return port_of(find("tcp"));
}

std::optional<std::uint16_t> NodeRecord::udp() const {
    return port_of(find("udp"));
}

std::optional<std::uint16_t> NodeRecord::tcp6() const {
    const auto own = port_of(find("tcp6"));
    return own ? own : tcp();
}

std::optional<std::uint16_t> NodeRecord::udp6() const {
    const auto own = port_of(find("udp6"));
    return own ? own : udp();
}

std::optional<ForkId> NodeRecord::fork_id() const {
    const auto value = find("eth");
    if (!value || value->empty() || value->front() < 0xc0) return std::nullopt;
    auto in = rlp::Reader::list(*value);
    const auto fork_id = read_fork_id(in);
    while (!in.empty()) static_cast<void>(in.raw_item());  // what later EIPs may add
    const auto result = in.finish(fork_id);
    return result ? std::optional{*result} : std::nullopt;
}

LocalRecord::LocalRecord(const crypto::SecretKey& key, const RecordContent& content,
                         const std::optional<NodeRecord>& stored, std::uint64_t first_sequence)
    : key_{&key}, content_{content} {
    const bool is_ours = stored && stored->key() == crypto::public_key(key);
    record_ = sign(is_ours ? stored->sequence() : first_sequence);
    // Signatures are deterministic (RFC 6979): the same content is the same record.
    if (is_ours && content_hash_of(record_.encoded()) != content_hash_of(stored->encoded()))
        record_ = sign(stored->sequence() + 1);
}

bool LocalRecord::update(const RecordContent& content) {
    if (content == content_) return false;
    content_ = content;
    record_ = sign(record_.sequence() + 1);
    return true;
}

NodeRecord LocalRecord::sign(std::uint64_t sequence) const {
    rlp::Writer items;
    items.integer(sequence);
    const auto key = [&items](std::string_view name) { items.string(as_bytes(name)); };
    const auto port = [&](std::string_view name, std::uint16_t number) {
        if (number == 0) return;
        key(name);
        items.integer(number);
    };
    // In the order of the keys.
    if (content_.fork_id) {
        key("eth");
        items.list([&] { write_fork_id(items, *content_.fork_id); });
    }
    key("id");
    items.string(as_bytes(scheme));
    if (content_.ip && content_.ip->is_v4()) {
        key("ip");
        items.string(content_.ip->bytes());
    }
    if (content_.ip6 && content_.ip6->is_v6()) {
        key("ip6");
        items.string(content_.ip6->bytes());
    }
    const auto compressed = crypto::compress(crypto::public_key(*key_));
    META138_ASSERT(compressed);
    key("secp256k1");
    items.fixed(*compressed);
    port("tcp", content_.tcp);
    port("tcp6", content_.tcp6 == content_.tcp ? std::uint16_t{0} : content_.tcp6);
    port("udp", content_.udp);
    port("udp6", content_.udp6 == content_.udp ? std::uint16_t{0} : content_.udp6);

    const auto signature = crypto::sign(content_hash(items.view()), *key_);
    Bytes both = to_bytes(signature.r.bytes);
    both.insert(both.end(), signature.s.begin(), signature.s.end());
    rlp::Writer record;
    record.list([&] { record.string(both).raw(items.view()); });
    auto result = NodeRecord::decode(record.view());
    META138_ASSERT(result);
    return *std::move(result);
}

}  // namespace meta138::p2p
