// SPDX-License-Identifier: Apache-2.0
// The transaction tests of ethereum/tests and execution-spec-tests: each under each fork.
#include "json_files.hpp"

#include "meta138/base/uint256.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/test/fixtures.hpp"
#include "meta138/types/intrinsic_gas.hpp"
#include "meta138/types/transaction.hpp"
#include "meta138/types/transaction_signature.hpp"
#include "meta138/types/validate_transaction_form.hpp"

#include <gmock/gmock.h>

namespace meta138 {
namespace {

using test::read_json;
using test::unhex;
using test::unhex_fixed;

struct Accepted {
    Hash32 hash;
    Address sender;
    std::uint64_t intrinsic_gas;
};

std::expected<Accepted, std::string> check(ByteView opaque, Fork fork) {
    const auto transaction = decode_transaction(opaque);
    if (!transaction) return std::unexpected{to_string(transaction.error())};
    if (encode_transaction(*transaction) != to_bytes(opaque)) return std::unexpected{"round trip"};
    const TransactionRules rules{.fork = fork, .chain_id = 1, .max_blobs_per_block = 9};
    if (const auto form = validate_transaction_form(*transaction, rules); !form)
        return std::unexpected{std::string{to_string(form.error())}};
    const auto sender = recover_sender(*transaction, fork);
    if (!sender) return std::unexpected{std::string{to_string(sender.error())}};
    return Accepted{transaction_hash(*transaction), *sender, intrinsic_gas(*transaction, fork)};
}

void check_case(const Bytes& opaque, Fork fork, const nlohmann::json& expected) {
    const auto accepted = check(opaque, fork);
    if (expected.contains("exception")) {
        EXPECT_FALSE(accepted) << "should be refused: " << expected["exception"];
        EXPECT_TRUE(accepted || accepted.error() != "round trip");
        return;
    }
    ASSERT_TRUE(accepted) << accepted.error();
    EXPECT_EQ(accepted->hash, unhex_fixed<Hash32>(expected["hash"].get<std::string>()));
    EXPECT_EQ(accepted->sender, unhex_fixed<Address>(expected["sender"].get<std::string>()));
    EXPECT_EQ(uint256{accepted->intrinsic_gas},
              parse_hex_uint256(expected["intrinsicGas"].get<std::string>()).value());
}

TEST(TransactionFixtures, are_accepted_and_refused_as_expected) {
    META138_FIXTURE_OR_SKIP(folder, "transaction-tests");
    std::size_t cases = 0;
    for (const auto& file : test::json_files(folder)) {
        for (const auto& [name, test] : read_json(file).items()) {
            std::string text = test["txbytes"];
            const auto opaque = unhex(text);
            for (const auto& [network, expected] : test["result"].items()) {
                SCOPED_TRACE(file.filename().string() + " " + name + " " + network);
                const auto fork = find_fork(network);
                ASSERT_TRUE(fork);
                check_case(opaque, *fork, expected);
                ++cases;
            }
        }
    }
    RecordProperty("cases", static_cast<int>(cases));
    EXPECT_GT(cases, 0u);
}

// basic-tests/BasicTests/txtest.json: legacy transactions from before EIP-155.
TEST(TransactionFixtures, are_signed_as_in_txtest) {
    META138_FIXTURE_OR_SKIP(file, "basic-tests/BasicTests/txtest.json");
    for (const auto& test : read_json(file)) {
        const auto signed_bytes = unhex(test["signed"].get<std::string>());
        auto transaction = decode_transaction(signed_bytes);
        ASSERT_TRUE(transaction);
        EXPECT_EQ(encode_transaction(*transaction), signed_bytes);

        const auto secret = crypto::SecretKey::from(unhex(test["key"].get<std::string>()));
        ASSERT_TRUE(secret);
        EXPECT_EQ(recover_sender(*transaction, Fork::frontier),
                  crypto::address_of(crypto::public_key(*secret)));
        sign_transaction(*transaction, *secret);
        EXPECT_EQ(recover_sender(*transaction, Fork::osaka),
                  crypto::address_of(crypto::public_key(*secret)));
    }
}

// Block bodies and pooled transactions of Besu's eth/66 messages: [request id, items].
TEST(TransactionFixtures, survive_the_round_trip_of_eth_messages) {
    META138_FIXTURE_OR_SKIP(folder, "devp2p/eth-messages");
    const auto encoded =
        unhex(read_json(folder / "PooledTransactionsPacket66.json")["rlp"].get<std::string>());
    auto in = rlp::Reader::list(encoded);
    EXPECT_EQ(in.integer<std::uint64_t>(), 1111u);
    const auto transactions = in.items(read_transaction);
    ASSERT_TRUE(in.finish());
    EXPECT_FALSE(transactions.empty());

    rlp::Writer out;
    out.list([&] { out.integer(1111).items(transactions, write_transaction); });
    EXPECT_EQ(out.take(), encoded);
}

}  // namespace
}  // namespace meta138
