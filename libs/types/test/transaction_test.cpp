// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/transaction.hpp"

#include "random_values.hpp"

#include "meta138/types/pooled_transaction.hpp"

#include <gmock/gmock.h>

#include <optional>

namespace meta138 {
namespace {

using rlp::DecodeErrorKind;
using Kind = TransactionDecodeError::Kind;

// Legacy fields with another v.
Bytes legacy_with_v(const uint256& v) {
    return rlp::encode_list(std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{21000}, Address{},
                            std::uint64_t{0}, ByteView{}, v, std::uint64_t{5}, std::uint64_t{6});
}

std::optional<DecodeErrorKind> malformed_kind(ByteView opaque) {
    const auto transaction = decode_transaction(opaque);
    if (transaction || transaction.error().kind != Kind::malformed) return std::nullopt;
    return transaction.error().rlp.kind;
}

TEST(Transaction, of_any_type_survives_the_round_trip) {
    test::RandomValues random{1};
    for (int i = 0; i < 2000; ++i) {
        const auto transaction = random.transaction();
        const auto opaque = encode_transaction(transaction);
        const auto decoded = decode_transaction(opaque);
        ASSERT_TRUE(decoded) << to_string(decoded.error()) << to_hex(opaque);
        ASSERT_EQ(*decoded, transaction) << to_hex(opaque);
    }
}

TEST(Transaction, is_a_string_in_a_list_unless_it_is_legacy) {
    test::RandomValues random{2};
    const auto transactions = random.list(50, [&] { return random.transaction(); });
    rlp::Writer out;
    out.items(transactions, write_transaction);
    const auto encoded = out.take();
    auto in = rlp::Reader::sequence(encoded);
    EXPECT_EQ(in.finish(in.items(read_transaction)), transactions);

    // A legacy transaction in a string would be a second encoding of the same block.
    rlp::Writer wrapped;
    wrapped.string(encode_transaction(random.transaction(TransactionType::legacy)));
    auto bad = rlp::Reader::sequence(wrapped.view());
    EXPECT_FALSE(bad.finish(read_transaction(bad)));
}

TEST(Transaction, that_is_cut_short_or_too_long_is_refused) {
    test::RandomValues random{3};
    for (int i = 0; i < 20; ++i) {
        auto opaque = encode_transaction(random.transaction());
        for (std::size_t size = 0; size < opaque.size(); ++size)
            ASSERT_FALSE(decode_transaction(ByteView{opaque}.first(size)));
        opaque.push_back(0);
        EXPECT_EQ(malformed_kind(opaque), DecodeErrorKind::trailing_bytes);
    }
}

TEST(Transaction, of_an_unknown_type_is_refused) {
    EXPECT_EQ(decode_transaction({}).error().kind, Kind::empty);
    for (const int type : {0x00, 0x05, 0x7f, 0x80, 0xbf}) {
        const Bytes opaque{static_cast<std::uint8_t>(type), 0xc0};
        EXPECT_EQ(decode_transaction(opaque).error().kind, Kind::type_not_supported) << type;
    }
}

TEST(Transaction, errors_point_to_the_byte) {
    const Bytes opaque{0x02, 0xc2, 0x01, 0xc0};  // a list for the nonce
    const auto error = decode_transaction(opaque).error();
    EXPECT_EQ(error.rlp, (rlp::DecodeError{DecodeErrorKind::expected_string, 3}));
    EXPECT_EQ(to_string(error), "malformed transaction: " + rlp::to_string(error.rlp));
}

TEST(Transaction, with_a_legacy_v_carries_the_chain_id_of_eip_155) {
    const auto chain_id_of = [](const uint256& v) {
        return decode_transaction(legacy_with_v(v))->chain_id;
    };
    EXPECT_EQ(chain_id_of(27), std::nullopt);
    EXPECT_EQ(chain_id_of(28), std::nullopt);
    EXPECT_EQ(chain_id_of(35), 0u);
    EXPECT_EQ(chain_id_of(38), 1u);
    const auto largest = (uint256{~std::uint64_t{0}} << 1) + 36;
    EXPECT_EQ(chain_id_of(largest), ~std::uint64_t{0});
    EXPECT_EQ(encode_transaction(*decode_transaction(legacy_with_v(largest))),
              legacy_with_v(largest));
}

TEST(Transaction, with_another_legacy_v_is_refused) {
    for (const uint256& v : {uint256{0}, uint256{1}, uint256{26}, uint256{29}, uint256{34},
                             (uint256{~std::uint64_t{0}} << 1) + 37, uint256::max()})
        EXPECT_EQ(malformed_kind(legacy_with_v(v)), DecodeErrorKind::invalid_value) << to_string(v);
}

TEST(Transaction, with_a_y_parity_above_one_is_refused) {
    test::RandomValues random{4};
    for (const auto type : {TransactionType::access_list, TransactionType::dynamic_fee,
                            TransactionType::blob, TransactionType::set_code}) {
        auto transaction = random.transaction(type);
        transaction.y_parity = 2;
        EXPECT_EQ(malformed_kind(encode_transaction(transaction)), DecodeErrorKind::invalid_value);
    }
}

PooledTransaction pooled_blob_transaction(std::uint8_t version, std::size_t blobs) {
    test::RandomValues random{5};
    PooledTransaction pooled{random.transaction(TransactionType::blob), BlobSidecar{}};
    pooled.transaction.blob_versioned_hashes.assign(blobs, random.fixed<Hash32>());
    pooled.sidecar->version = version;
    pooled.sidecar->blobs.assign(blobs, Bytes(BYTES_PER_BLOB, 7));
    pooled.sidecar->commitments.assign(blobs, random.fixed<FixedBytes<48>>());
    pooled.sidecar->proofs.assign(version == 0 ? blobs : blobs * CELLS_PER_EXT_BLOB,
                                  random.fixed<FixedBytes<48>>());
    return pooled;
}

TEST(PooledTransaction, with_blobs_survives_the_round_trip) {
    for (const auto version : {std::uint8_t{0}, std::uint8_t{1}}) {
        const auto pooled = pooled_blob_transaction(version, 2);
        const auto opaque = encode_pooled_transaction(pooled);
        EXPECT_EQ(decode_pooled_transaction(opaque), pooled);
        EXPECT_FALSE(decode_transaction(opaque)) << "blobs do not belong into a block";

        rlp::Writer out;
        write_pooled_transaction(out, pooled);
        auto in = rlp::Reader::sequence(out.view());
        EXPECT_EQ(in.finish(read_pooled_transaction(in)), pooled);
    }
}

TEST(PooledTransaction, without_blobs_is_the_transaction_itself) {
    test::RandomValues random{6};
    for (const auto type : {TransactionType::legacy, TransactionType::access_list,
                            TransactionType::dynamic_fee, TransactionType::set_code}) {
        const PooledTransaction pooled{random.transaction(type), {}};
        const auto opaque = encode_pooled_transaction(pooled);
        EXPECT_EQ(opaque, encode_transaction(pooled.transaction));
        EXPECT_EQ(decode_pooled_transaction(opaque), pooled);
    }
}

TEST(PooledTransaction, whose_parts_do_not_fit_is_refused) {
    const auto decodes = [](auto&& change) {
        auto pooled = pooled_blob_transaction(1, 2);
        change(pooled);
        return decode_pooled_transaction(encode_pooled_transaction(pooled)).has_value();
    };
    EXPECT_TRUE(decodes([](auto&) {}));
    EXPECT_FALSE(decodes([](auto& pooled) { pooled.sidecar->version = 2; }));
    EXPECT_FALSE(decodes([](auto& pooled) { pooled.sidecar->version = 0; }));
    EXPECT_FALSE(decodes([](auto& pooled) { pooled.sidecar->blobs[1].pop_back(); }));
    EXPECT_FALSE(decodes([](auto& pooled) { pooled.sidecar->commitments.pop_back(); }));
    EXPECT_FALSE(decodes([](auto& pooled) { pooled.sidecar->proofs.pop_back(); }));
    EXPECT_FALSE(
        decodes([](auto& pooled) { pooled.transaction.blob_versioned_hashes.pop_back(); }));
    // A blob transaction on its own has no place in the pool.
    auto bare = pooled_blob_transaction(0, 1);
    EXPECT_FALSE(decode_pooled_transaction(encode_transaction(bare.transaction)));
}

}  // namespace
}  // namespace meta138
