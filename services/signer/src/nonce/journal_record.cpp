// SPDX-License-Identifier: Apache-2.0
#include "nonce/journal_record.hpp"

#include "meta138/crypto/sha256.hpp"

#include <algorithm>
#include <concepts>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::signer {
namespace {

constexpr std::string_view magic{"M138NONC"};
constexpr std::uint32_t format_version = 1;
constexpr std::size_t checksum_size = 8;

template <std::unsigned_integral Number>
void put(Bytes& out, Number number) {
    for (auto shift = static_cast<int>(8 * sizeof(Number)) - 8; shift >= 0; shift -= 8)
        out.push_back(static_cast<std::uint8_t>(number >> shift));
}

void put(Bytes& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

template <std::unsigned_integral Number>
Number take(ByteView& in) {
    Number number = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i)
        number = static_cast<Number>((number << 8) | in[i]);
    in = in.subspan(sizeof(Number));
    return number;
}

template <typename Fixed>
Fixed take_fixed(ByteView& in) {
    Fixed fixed;
    std::copy_n(in.begin(), fixed.size(), fixed.begin());
    in = in.subspan(fixed.size());
    return fixed;
}

Bytes begin_body(RecordType type, const NonceAccount& account, std::size_t rest) {
    Bytes body;
    body.reserve(record_body_head_size + rest);
    body.push_back(std::to_underlying(type));
    put(body, account.chain_id);
    put(body, account.address.bytes);
    return body;
}

Bytes finish(const Bytes& body) {
    Bytes record;
    record.reserve(record_head_size + body.size());
    put(record, static_cast<std::uint32_t>(body.size()));
    const auto hash = crypto::sha256(body);
    put(record, ByteView{hash.bytes}.first(checksum_size));
    put(record, body);
    return record;
}

/// Whether `body` is one that this program writes; it is applied then.
bool apply(JournalContent& content, ByteView body) {
    if (body.size() < record_body_head_size) return false;
    const auto type = take<std::uint8_t>(body);
    NonceAccount account;
    account.chain_id = take<std::uint64_t>(body);
    account.address = take_fixed<Address>(body);
    switch (type) {
        case std::to_underlying(RecordType::signed_): {
            if (body.size() <= 8 + Hash32::size()) return false;
            const auto nonce = take<std::uint64_t>(body);
            const auto hash = take_fixed<Hash32>(body);
            content.add_signed(account, nonce, hash, std::make_shared<const Bytes>(to_bytes(body)));
            return true;
        }
        case std::to_underlying(RecordType::accepted):
            if (body.size() != Hash32::size()) return false;
            content.mark_accepted(account, take_fixed<Hash32>(body));
            return true;
        case std::to_underlying(RecordType::released):
            if (body.size() != Hash32::size()) return false;
            content.release(account, take_fixed<Hash32>(body));
            return true;
        case std::to_underlying(RecordType::settled):
            if (body.size() != 8) return false;
            content.settle(account, take<std::uint64_t>(body));
            return true;
        case std::to_underlying(RecordType::named): {
            if (body.size() != 1 + 3 * Hash32::size() || body[0] > 1) return false;
            const bool is_signed = take<std::uint8_t>(body) == 1;
            const auto hash = take_fixed<Hash32>(body);
            RequestName request;
            request.name = take_fixed<Hash32>(body);
            request.content = take_fixed<Hash32>(body);
            content.add_name(account, request, hash, is_signed);
            return true;
        }
        default: return false;
    }
}

/// The body of the record that begins here, if one does.
std::optional<ByteView> find_body(ByteView in) {
    if (in.size() < record_head_size) return std::nullopt;
    const auto size = take<std::uint32_t>(in);
    const auto checksum = in.first(checksum_size);
    in = in.subspan(checksum_size);
    if (size < record_body_head_size || size > max_record_body || size > in.size())
        return std::nullopt;
    // Before the hash, because a search through damage comes here at every byte.
    if (in[0] < std::to_underlying(RecordType::signed_) ||
        in[0] > std::to_underlying(RecordType::named))
        return std::nullopt;
    const auto hash = crypto::sha256(in.first(size));
    if (!std::equal(checksum.begin(), checksum.end(), hash.begin())) return std::nullopt;
    return in.first(size);
}

}  // namespace

Bytes journal_header() {
    Bytes header = to_bytes(as_bytes(magic));
    put(header, format_version);
    return header;
}

Bytes encode_signed(const NonceAccount& account, std::uint64_t nonce, const Hash32& hash,
                    ByteView raw) {
    auto body = begin_body(RecordType::signed_, account, 8 + Hash32::size() + raw.size());
    put(body, nonce);
    put(body, hash.bytes);
    put(body, raw);
    return finish(body);
}

Bytes encode_accepted(const NonceAccount& account, const Hash32& hash) {
    auto body = begin_body(RecordType::accepted, account, Hash32::size());
    put(body, hash.bytes);
    return finish(body);
}

Bytes encode_released(const NonceAccount& account, const Hash32& hash) {
    auto body = begin_body(RecordType::released, account, Hash32::size());
    put(body, hash.bytes);
    return finish(body);
}

Bytes encode_settled(const NonceAccount& account, std::uint64_t below) {
    auto body = begin_body(RecordType::settled, account, 8);
    put(body, below);
    return finish(body);
}

Bytes encode_named(const NonceAccount& account, const RequestName& request, const Hash32& hash,
                   bool is_signed) {
    auto body = begin_body(RecordType::named, account, 1 + 3 * Hash32::size());
    body.push_back(is_signed ? 1 : 0);
    put(body, hash.bytes);
    put(body, request.name.bytes);
    put(body, request.content.bytes);
    return finish(body);
}

Bytes encode_journal(const JournalContent& content) {
    auto out = journal_header();
    for (const auto& [name, account] : content.accounts()) {
        if (account.settled_below != 0) put(out, encode_settled(name, account.settled_below));
        account.names.for_each([&](const RequestName& request, const RequestNames::Known& known) {
            put(out, encode_named(name, request, known.transaction, known.is_signed));
        });
        // In the order in which it happened: that decides between several with one nonce.
        std::vector<std::pair<std::uint64_t, Hash32>> order;
        order.reserve(account.entries.size());
        for (const auto& [hash, entry] : account.entries) order.emplace_back(entry.order, hash);
        std::ranges::sort(order);
        for (const auto& [at, hash] : order) {
            const auto& entry = account.entries.at(hash);
            put(out, encode_signed(name, entry.nonce, hash, *entry.raw));
            if (entry.was_accepted) put(out, encode_accepted(name, hash));
        }
    }
    return out;
}

std::expected<DecodedJournal, std::string> decode_journal(ByteView file) {
    const auto header = journal_header();
    const auto shared = std::min(file.size(), header.size());
    if (!equal(file.first(shared), ByteView{header}.first(shared))) {
        const bool is_ours =
            shared >= magic.size() && equal(file.first(magic.size()), as_bytes(magic));
        return std::unexpected{is_ours ? "is of another version of this program"
                                       : "is no journal of nonces"};
    }
    DecodedJournal decoded;
    std::size_t skipped = 0;
    for (auto rest = file.subspan(shared); !rest.empty();) {
        const auto body = find_body(rest);
        if (body && apply(decoded.content, *body)) {
            decoded.damaged_bytes += std::exchange(skipped, 0);
            rest = rest.subspan(record_head_size + body->size());
        } else {
            ++skipped;
            rest = rest.subspan(1);
        }
    }
    decoded.torn_bytes = skipped;
    decoded.content.forget_unsigned_names();
    return decoded;
}

}  // namespace meta138::signer
