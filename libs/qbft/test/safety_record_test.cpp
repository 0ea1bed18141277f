// SPDX-License-Identifier: Apache-2.0
#include "meta138/qbft/safety_record.hpp"

#include "test_keys.hpp"
#include "vectors.hpp"

#include <gtest/gtest.h>

namespace meta138::qbft {
namespace {

Hash32 some_hash(std::uint8_t byte) {
    Hash32 hash;
    hash.bytes.fill(byte);
    return hash;
}

SafetyRecord full_record() {
    const auto header = decode_header(bytes_of(vectors::derived_header)).value();
    PreparedCertificate certificate{
        .round = 3,
        .block = std::make_shared<const Block>(
            Block{.header = header, .transactions = {}, .ommers = {}, .withdrawals = {}}),
        .prepares = {}};
    for (const std::uint64_t number : {4U, 2U, 3U})
        certificate.prepares.push_back(
            sign_prepare({.sequence = 1, .round = 3, .digest = some_hash(7)}, signer(number),
                         address_of_key(number)));
    return {.number = 1,
            .round = 4,
            .proposed = some_hash(1),
            .prepared = some_hash(2),
            .committed = some_hash(3),
            .certificate = std::move(certificate),
            .round_change = bytes_of(vectors::derived_round_change)};
}

TEST(SafetyRecord, comes_back_as_it_was) {
    const auto record = full_record();
    EXPECT_EQ(decode_safety_record(encode_safety_record(record)), record);
    EXPECT_EQ(decode_safety_record(encode_safety_record({})), SafetyRecord{});
}

TEST(SafetyRecord, keeps_each_of_its_parts_apart) {
    auto record = full_record();
    record.proposed.reset();
    EXPECT_EQ(decode_safety_record(encode_safety_record(record)), record);
    record.prepared.reset();
    record.committed = Hash32{};
    EXPECT_EQ(decode_safety_record(encode_safety_record(record)), record);
    record.certificate.reset();
    EXPECT_EQ(decode_safety_record(encode_safety_record(record)), record);
    record.round_change.clear();
    EXPECT_EQ(decode_safety_record(encode_safety_record(record)), record);
}

TEST(SafetyRecord, of_another_version_or_damaged_is_refused) {
    auto encoded = encode_safety_record(full_record());
    for (std::size_t size = 0; size < encoded.size(); size += 11)
        EXPECT_FALSE(decode_safety_record(ByteView{encoded}.first(size)));
    encoded.push_back(0);
    EXPECT_FALSE(decode_safety_record(encoded));
    auto empty = encode_safety_record({});
    ASSERT_EQ(empty[1], 1);
    empty[1] = 2;
    EXPECT_EQ(decode_safety_record(empty).error().kind, rlp::DecodeErrorKind::invalid_value);
}

}  // namespace
}  // namespace meta138::qbft
