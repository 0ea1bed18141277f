// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/keccak.hpp"
#include "meta138/types/receipt.hpp"

#include <array>
#include <cstring>

namespace meta138 {
namespace {

// Yellow Paper 4.3.1: the low 11 bits of the first three pairs of bytes of the entry's hash are the
// numbers of the bits to set, counted from the end of the filter.
template <typename OnBit>
void for_each_bit(const Hash32& hash, OnBit&& on_bit) noexcept {
    for (std::size_t pair = 0; pair < 6; pair += 2) {
        const auto bit = (hash[pair] << 8 | hash[pair + 1]) & 0x7ff;
        const auto byte = Bloom::size() - 1 - static_cast<std::size_t>(bit) / 8;
        on_bit(byte, static_cast<std::uint8_t>(1 << (bit % 8)));
    }
}

void add_hash(Bloom& bloom, const Hash32& hash) noexcept {
    for_each_bit(hash, [&](std::size_t byte, std::uint8_t mask) { bloom[byte] |= mask; });
}

// Collects entries so that they are hashed several at once.
class BloomBuilder {
public:
    void add(ByteView entry) noexcept {
        entries_[size_++] = entry;
        if (size_ == entries_.size()) flush();
    }
    const Bloom& finish() noexcept {
        flush();
        return bloom_;
    }

private:
    void flush() noexcept {
        std::array<Hash32, 16> hashes;
        crypto::keccak256_batch({entries_.data(), size_}, {hashes.data(), size_});
        for (std::size_t i = 0; i < size_; ++i) add_hash(bloom_, hashes[i]);
        size_ = 0;
    }

    std::array<ByteView, 16> entries_;
    std::size_t size_ = 0;
    Bloom bloom_;
};

}  // namespace

Bloom bloom_of(std::span<const Log> logs) noexcept {
    if (logs.empty()) return {};
    BloomBuilder builder;
    for (const auto& log : logs) {
        builder.add(log.address.bytes);
        for (const auto& topic : log.topics) builder.add(topic.bytes);
    }
    return builder.finish();
}

Bloom bloom_of(std::span<const Receipt> receipts) noexcept {
    Bloom result;
    for (const auto& receipt : receipts) {
        for (std::size_t i = 0; i < Bloom::size(); ++i) result[i] |= receipt.bloom[i];
    }
    return result;
}

void add_to_bloom(Bloom& bloom, ByteView entry) noexcept {
    add_hash(bloom, crypto::keccak256(entry));
}

bool may_contain(const Bloom& bloom, ByteView entry) noexcept {
    bool found = true;
    for_each_bit(crypto::keccak256(entry), [&](std::size_t byte, std::uint8_t mask) {
        found = found && (bloom[byte] & mask) != 0;
    });
    return found;
}

}  // namespace meta138
