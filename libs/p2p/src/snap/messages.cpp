// SPDX-License-Identifier: Apache-2.0
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/p2p/snap.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace meta138::p2p::snap {
namespace {

constexpr std::size_t hash_item_size = 1 + Hash32::size();

Bytes read_blob(rlp::Reader& in) {
    return to_bytes(in.bytes());
}

Bytes read_path(rlp::Reader& in) {
    const auto path = in.bytes();
    if (path.size() > max_path_bytes) {
        in.fail(rlp::DecodeErrorKind::invalid_value);
        return {};
    }
    return to_bytes(path);
}

/// A hash of which zeros at the front, or all of it, may be left out.
Hash32 read_bound(rlp::Reader& in, const Hash32& otherwise) {
    const auto content = in.bytes();
    if (content.empty()) return otherwise;
    Hash32 hash;
    if (content.size() > Hash32::size())
        in.fail(rlp::DecodeErrorKind::wrong_length);
    else
        std::ranges::copy(content, hash.end() - static_cast<std::ptrdiff_t>(content.size()));
    return hash;
}

std::vector<Hash32> read_hashes(rlp::Reader& in) {
    return in.items(&rlp::Reader::fixed<Hash32>, max_requested_hashes);
}

Leaf read_account(rlp::Reader& in) {
    auto item = in.list();
    const auto hash = item.fixed<Hash32>();
    if (!item.is_list()) item.fail(rlp::DecodeErrorKind::invalid_value);
    return {.hash = hash, .body = to_bytes(item.raw_item())};
}

Leaf read_slot(rlp::Reader& in) {
    auto item = in.list();
    const auto hash = item.fixed<Hash32>();
    return {.hash = hash, .body = read_blob(item)};
}

void write_hashes(rlp::Writer& out, std::span<const Hash32> hashes) {
    out.items(
        hashes, [](rlp::Writer& to, const Hash32& hash) { to.fixed(hash); },
        hashes.size() * hash_item_size);
}

void write_blobs(rlp::Writer& out, std::span<const Bytes> blobs) {
    std::size_t size = 0;
    for (const auto& blob : blobs) size += rlp::encoded_size(ByteView{blob});
    out.items(blobs, [](rlp::Writer& to, const Bytes& blob) { to.string(blob); }, size);
}

void write_account(rlp::Writer& out, const Leaf& account) {
    out.list([&] { out.fixed(account.hash).raw(account.body); },
             hash_item_size + account.body.size());
}

void write_slot(rlp::Writer& out, const Leaf& slot) {
    out.list([&] { out.fixed(slot.hash).string(slot.body); });
}

std::size_t size_hint(std::span<const Leaf> leaves) {
    std::size_t size = 0;
    for (const auto& leaf : leaves) size += hash_item_size + leaf.body.size() + 4;
    return size;
}

}  // namespace

OfferedCapability capability() {
    return {.capability = {.name = std::string{name}, .version = version},
            .message_count = message_count};
}

Decoded<GetAccountRange> decode_get_account_range(ByteView payload) {
    auto in = rlp::Reader::list(payload);
    const GetAccountRange request{
        .request_id = in.integer<std::uint64_t>(),
        .root = in.fixed<Hash32>(),
        .origin = in.fixed<Hash32>(),
        .limit = in.fixed<Hash32>(),
        .max_bytes = in.integer<std::uint64_t>(),
    };
    return in.finish(request);
}

Bytes encode_get_account_range(const GetAccountRange& request) {
    return rlp::encode_list(request.request_id, request.root, request.origin, request.limit,
                            request.max_bytes);
}

Decoded<GetStorageRanges> decode_get_storage_ranges(ByteView payload) {
    auto in = rlp::Reader::list(payload);
    GetStorageRanges request{
        .request_id = in.integer<std::uint64_t>(),
        .root = in.fixed<Hash32>(),
        .accounts = read_hashes(in),
        .origin = read_bound(in, Hash32{}),
        .limit = read_bound(in, GetStorageRanges::highest),
        .max_bytes = in.integer<std::uint64_t>(),
    };
    return in.finish(std::move(request));
}

Bytes encode_get_storage_ranges(const GetStorageRanges& request) {
    rlp::Writer out;
    out.list([&] {
        out.integer(request.request_id).fixed(request.root);
        write_hashes(out, request.accounts);
        out.fixed(request.origin).fixed(request.limit).integer(request.max_bytes);
    });
    return out.take();
}

Decoded<GetByteCodes> decode_get_byte_codes(ByteView payload) {
    auto in = rlp::Reader::list(payload);
    GetByteCodes request{
        .request_id = in.integer<std::uint64_t>(),
        .hashes = read_hashes(in),
        .max_bytes = in.integer<std::uint64_t>(),
    };
    return in.finish(std::move(request));
}

Bytes encode_get_byte_codes(const GetByteCodes& request) {
    rlp::Writer out;
    out.list([&] {
        out.integer(request.request_id);
        write_hashes(out, request.hashes);
        out.integer(request.max_bytes);
    });
    return out.take();
}

Decoded<GetTrieNodes> decode_get_trie_nodes(ByteView payload) {
    auto in = rlp::Reader::list(payload);
    GetTrieNodes request{
        .request_id = in.integer<std::uint64_t>(), .root = in.fixed<Hash32>(), .paths = {}};
    std::size_t left = max_requested_paths;
    request.paths = in.items(
        [&left](rlp::Reader& sets) {
            auto set = sets.items(read_path, left);
            if (set.empty()) sets.fail(rlp::DecodeErrorKind::invalid_value);
            left -= set.size();
            return set;
        },
        max_requested_paths);
    request.max_bytes = in.integer<std::uint64_t>();
    return in.finish(std::move(request));
}

Bytes encode_get_trie_nodes(const GetTrieNodes& request) {
    rlp::Writer out;
    out.list([&] {
        out.integer(request.request_id).fixed(request.root);
        out.items(request.paths,
                  [](rlp::Writer& to, const GetTrieNodes::PathSet& set) { write_blobs(to, set); });
        out.integer(request.max_bytes);
    });
    return out.take();
}

Decoded<AccountRange> decode_account_range(ByteView payload) {
    auto in = rlp::Reader::list(payload);
    AccountRange answer{
        .request_id = in.integer<std::uint64_t>(),
        .accounts = in.items(read_account, max_answer_items),
        .proof = in.items(read_blob, max_proof_nodes),
    };
    return in.finish(std::move(answer));
}

Bytes encode_account_range(const AccountRange& answer) {
    const auto size = size_hint(answer.accounts);
    rlp::Writer out;
    out.list(
        [&] {
            out.integer(answer.request_id);
            out.items(answer.accounts, write_account, size);
            write_blobs(out, answer.proof);
        },
        size);
    return out.take();
}

Decoded<StorageRanges> decode_storage_ranges(ByteView payload) {
    auto in = rlp::Reader::list(payload);
    StorageRanges answer{.request_id = in.integer<std::uint64_t>()};
    std::size_t left = max_answer_items;
    answer.slots = in.items(
        [&left](rlp::Reader& lists) {
            auto slots = lists.items(read_slot, left);
            left -= slots.size();
            return slots;
        },
        max_requested_hashes);
    answer.proof = in.items(read_blob, max_proof_nodes);
    return in.finish(std::move(answer));
}

Bytes encode_storage_ranges(const StorageRanges& answer) {
    std::size_t size = 0;
    for (const auto& slots : answer.slots) size += size_hint(slots);
    rlp::Writer out;
    out.list(
        [&] {
            out.integer(answer.request_id);
            out.items(
                answer.slots,
                [](rlp::Writer& to, const std::vector<Leaf>& slots) {
                    to.items(slots, write_slot, size_hint(slots));
                },
                size);
            write_blobs(out, answer.proof);
        },
        size);
    return out.take();
}

Decoded<Blobs> decode_blobs(ByteView payload) {
    auto in = rlp::Reader::list(payload);
    Blobs answer{
        .request_id = in.integer<std::uint64_t>(),
        .items = in.items(read_blob, max_answer_items),
    };
    return in.finish(std::move(answer));
}

Bytes encode_blobs(const Blobs& answer) {
    rlp::Writer out;
    out.list([&] {
        out.integer(answer.request_id);
        write_blobs(out, answer.items);
    });
    return out.take();
}

Bytes encode_slim_account(const SlimAccount& slim) {
    const auto or_empty = [](const Hash32& hash, const Hash32& empty) {
        return hash == empty ? ByteView{} : ByteView{hash.bytes};
    };
    return rlp::encode_list(slim.account.nonce, slim.account.balance,
                            or_empty(slim.storage_root, EMPTY_TRIE_ROOT),
                            or_empty(slim.account.code_hash, EMPTY_CODE_HASH));
}

Decoded<SlimAccount> decode_slim_account(ByteView encoded) {
    auto in = rlp::Reader::list(encoded);
    SlimAccount slim;
    slim.account.nonce = in.integer<std::uint64_t>();
    slim.account.balance = in.integer<uint256>();
    const auto read_hash = [&in](const Hash32& empty) {
        const auto hash = in.optional_fixed<Hash32>();
        if (hash == empty) in.fail(rlp::DecodeErrorKind::invalid_value);
        return hash.value_or(empty);
    };
    slim.storage_root = read_hash(EMPTY_TRIE_ROOT);
    slim.account.code_hash = read_hash(EMPTY_CODE_HASH);
    return in.finish(slim);
}

}  // namespace meta138::p2p::snap
