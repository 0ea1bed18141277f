// SPDX-License-Identifier: Apache-2.0
#include "transaction_signer.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/types/transaction.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace meta138::oracle {
namespace {

constexpr std::uint64_t chain_id = 138;

/// A key file, and a signer that reads it.
class TransactionSignerTest : public testing::Test {
protected:
    TransactionSignerTest() {
        auto name = (std::filesystem::temp_directory_path() / "oracle-key-XXXXXX").string();
        ::close(::mkstemp(name.data()));
        config.key_file = name;
        write(to_hex(key.reveal()));
        request.nonce = 7;
        request.fees = {.max_fee_per_gas = 100, .max_priority_fee_per_gas = 10};
        request.transmission = {
            .feed = "ETH/USD", .round = 3, .call_data = {1, 2, 3, 4}, .gas_limit = 150'000};
    }
    ~TransactionSignerTest() override { std::filesystem::remove(config.key_file); }

    void write(std::string_view text) const { std::ofstream{config.key_file} << text; }
    [[nodiscard]] Attempt sign(const Sign& what) const {
        Attempt result;
        make_signer(config, chain_id)->sign(what, [&](auto attempt) { result = attempt.value(); });
        return result;
    }
    [[nodiscard]] std::string fault() const {
        try {
            (void)make_signer(config, chain_id);
        } catch (const std::exception& error) {
            return error.what();
        }
        return "";
    }

    crypto::SecretKey key = crypto::SecretKey::generate();
    Address account = crypto::address_of(crypto::public_key(key));
    SignerConfig config;
    Sign request;
};

TEST_F(TransactionSignerTest, signs_what_it_is_asked_to) {
    const auto attempt = sign(request);
    const auto transaction = decode_transaction(attempt.raw);
    ASSERT_TRUE(transaction);
    EXPECT_EQ(transaction->nonce, 7U);
    EXPECT_EQ(transaction->chain_id, chain_id);
    EXPECT_EQ(transaction_hash(*transaction), attempt.hash);
    EXPECT_EQ(recover_sender(*transaction, Fork::london), account);
    EXPECT_EQ(check_signed(attempt.raw, request, chain_id, account), attempt);
}

TEST_F(TransactionSignerTest, another_transaction_than_asked_for_is_refused) {
    const auto attempt = sign(request);
    auto other = request;
    other.nonce = 8;
    EXPECT_FALSE(check_signed(attempt.raw, other, chain_id, account));
    other = request;
    other.transmission.call_data = {1, 2, 3, 5};
    EXPECT_FALSE(check_signed(attempt.raw, other, chain_id, account));
    EXPECT_FALSE(check_signed(attempt.raw, request, 1, account));
    EXPECT_FALSE(check_signed({0x02, 0xc0}, request, chain_id, account));
}

TEST_F(TransactionSignerTest, the_signature_of_another_account_is_refused) {
    const auto attempt = sign(request);
    const auto checked = check_signed(attempt.raw, request, chain_id, Address{});
    ASSERT_FALSE(checked);
    EXPECT_TRUE(checked.error().is_final);
}

TEST_F(TransactionSignerTest, a_key_that_is_none_or_not_the_accounts_is_refused) {
    EXPECT_EQ(fault(), "");
    config.account = Address{};
    EXPECT_NE(fault().find("is the key of"), std::string::npos);
    config.account.reset();
    write("0x1234");
    EXPECT_NE(fault().find("is no key"), std::string::npos);
    ::chmod(config.key_file.c_str(), 0640);
    EXPECT_NE(fault().find("others may read it"), std::string::npos);
}

TEST_F(TransactionSignerTest, an_account_is_enough_where_nothing_is_signed) {
    config.key_file.clear();
    config.account = account;
    EXPECT_EQ(make_signer(config, chain_id)->account(), account);
}

}  // namespace
}  // namespace meta138::oracle
