// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/transaction_request.hpp"

#include "test_files.hpp"

#include "meta138/types/transaction_signature.hpp"

#include <gtest/gtest.h>

#include <string>

namespace meta138::signer {
namespace {

using namespace literals;

constexpr std::string_view from = "\"from\":\"0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f\"";

std::expected<TransactionRequest, TransactionRequestError> decode(const std::string& json) {
    json::Parser parser;
    const auto root = parser.parse(json);
    EXPECT_TRUE(root) << json;
    return decode_transaction_request(*root);
}

/// With a valid `from`, and these members.
std::string object(std::string_view members) {
    return "{" + std::string{from} + (members.empty() ? "" : ",") + std::string{members} + "}";
}

std::string error_of(std::string_view members) {
    const auto request = decode(object(members));
    if (!request) return to_string(request.error());
    const auto transaction = build_transaction(*request, 138, 0);
    return transaction ? "none" : to_string(transaction.error());
}

Transaction build(std::string_view members) {
    const auto request = decode(object(members));
    EXPECT_TRUE(request) << to_string(request.error());
    const auto transaction = build_transaction(*request, 138, 5);
    EXPECT_TRUE(transaction) << to_string(transaction.error());
    return *transaction;
}

LocalSigner signer_of(std::string_view hex) {
    return LocalSigner{*crypto::SecretKey::from(*decode_hex(hex)), std::make_shared<SecretPages>()};
}

TEST(TransactionRequest, is_signed_as_the_example_of_eip_155) {
    const auto request = decode(
        R"({"from":"0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f","gasPrice":"0x4a817c800",
            "gas":"0x5208","to":"0x3535353535353535353535353535353535353535",
            "value":"0xde0b6b3a7640000","data":"0x"})");
    ASSERT_TRUE(request);
    const auto transaction = build_transaction(*request, 1, 9);
    ASSERT_TRUE(transaction);
    const auto result = sign_transaction(
        *transaction,
        signer_of("0x4646464646464646464646464646464646464646464646464646464646464646"));
    ASSERT_TRUE(result);
    EXPECT_EQ(to_hex(result->raw),
              "0xf86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764"
              "00008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9"
              "d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83");
    EXPECT_EQ(to_hex(result->hash.bytes),
              "0x33469b22e9f636356c4160a87eb19df52b7412e8eac32a4a55ffe88ea8350788");
}

// EthSigner once read r and s as signed numbers (ethsigner#247).
TEST(TransactionRequest, signatures_with_high_bits_and_leading_zeros_are_whole) {
    const auto signer =
        signer_of("0x4646464646464646464646464646464646464646464646464646464646464646");
    const auto sender = crypto::address_of(signer.public_key());
    struct {
        int high_r = 0;
        int zero_r = 0;
        int zero_s = 0;
    } seen;
    for (std::uint64_t nonce = 0; nonce < 3'000; ++nonce) {
        Transaction transaction;
        transaction.type = nonce % 2 == 0 ? TransactionType::legacy : TransactionType::dynamic_fee;
        transaction.chain_id = 138;
        transaction.nonce = nonce;
        transaction.to = sender;
        const auto result = sign_transaction(transaction, signer);
        ASSERT_TRUE(result);
        const auto decoded = decode_transaction(result->raw);
        ASSERT_TRUE(decoded) << nonce;
        EXPECT_EQ(recover_sender(*decoded, Fork::prague), sender) << nonce;
        EXPECT_EQ(transaction_hash(*decoded), result->hash);
        if (decoded->r.is_negative()) ++seen.high_r;
        if (decoded->r.byte_length() < 32) ++seen.zero_r;
        if (decoded->s.byte_length() < 32) ++seen.zero_s;
    }
    EXPECT_GT(seen.high_r, 0);
    EXPECT_GT(seen.zero_r, 0);
    EXPECT_GT(seen.zero_s, 0);
}

TEST(TransactionRequest, has_web3signers_defaults) {
    const auto transaction = build("");
    EXPECT_EQ(transaction.type, TransactionType::legacy);
    EXPECT_EQ(transaction.gas_limit, 90'000U);
    EXPECT_EQ(transaction.max_fee_per_gas, 0);
    EXPECT_EQ(transaction.value, 0);
    EXPECT_EQ(transaction.chain_id, 138U);
    EXPECT_EQ(transaction.nonce, 5U);
    EXPECT_FALSE(transaction.to);
    EXPECT_TRUE(transaction.data.empty());
}

TEST(TransactionRequest, null_is_as_good_as_absent) {
    EXPECT_EQ(build(R"("to":null,"gas":null,"data":null,"nonce":null,"accessList":null)"),
              build(""));
    EXPECT_FALSE(build(R"("to":"0x")").to);
}

TEST(TransactionRequest, chooses_the_type_by_what_is_given) {
    EXPECT_EQ(build(R"("gasPrice":"0x1")").type, TransactionType::legacy);
    EXPECT_EQ(build(R"("gasPrice":"0x1","accessList":[])").type, TransactionType::access_list);
    EXPECT_EQ(build(R"("maxFeePerGas":"0x2","maxPriorityFeePerGas":"0x1")").type,
              TransactionType::dynamic_fee);
    EXPECT_EQ(build(R"("type":"0x0","accessList":[])").type, TransactionType::legacy);
    const auto set_code = build(
        R"("to":"0x3535353535353535353535353535353535353535","maxFeePerGas":"0x2",
           "maxPriorityFeePerGas":"0x1","authorizationList":[{"chainId":"0x8a",
           "address":"0x3535353535353535353535353535353535353535","nonce":"0x7","yParity":"0x1",
           "r":"0x1","s":"0x2"}])");
    EXPECT_EQ(set_code.type, TransactionType::set_code);
    ASSERT_EQ(set_code.authorization_list.size(), 1U);
    EXPECT_EQ(set_code.authorization_list[0].nonce, 7U);
    EXPECT_EQ(set_code.authorization_list[0].y_parity, 1);
}

TEST(TransactionRequest, reads_an_access_list) {
    const auto transaction = build(
        R"("accessList":[{"address":"0x3535353535353535353535353535353535353535",
           "storageKeys":["0x0000000000000000000000000000000000000000000000000000000000000001"]}])");
    ASSERT_EQ(transaction.access_list.size(), 1U);
    EXPECT_EQ(transaction.access_list[0].storage_keys.size(), 1U);
}

TEST(TransactionRequest, of_every_type_is_signed_so_that_it_decodes) {
    const auto signer =
        signer_of("0x4646464646464646464646464646464646464646464646464646464646464646");
    for (const auto* members :
         {R"("gasPrice":"0x1")", R"("accessList":[])",
          R"("maxFeePerGas":"0x2","maxPriorityFeePerGas":"0x1","data":"0x6001")",
          R"("to":"0x3535353535353535353535353535353535353535","maxFeePerGas":"0x2",
             "maxPriorityFeePerGas":"0x1","authorizationList":[{"chainId":"0x0",
             "address":"0x3535353535353535353535353535353535353535","nonce":"0x0","v":"0x0",
             "r":"0x1","s":"0x2"}])"}) {
        auto transaction = build(members);
        const auto result = sign_transaction(transaction, signer);
        ASSERT_TRUE(result);
        const auto decoded = decode_transaction(result->raw);
        ASSERT_TRUE(decoded) << members;
        transaction.y_parity = decoded->y_parity;
        transaction.r = decoded->r;
        transaction.s = decoded->s;
        // The two fees of a legacy transaction are one.
        EXPECT_EQ(*decoded, transaction) << members;
    }
}

TEST(TransactionRequest, refuses_another_chain) {
    EXPECT_EQ(error_of(R"("chainId":"0x1")"), "chainId: 1, but this goes to chain 138");
    EXPECT_EQ(error_of(R"("chainId":"0x8a")"), "none");
}

TEST(TransactionRequest, is_strict_about_numbers_and_bytes) {
    EXPECT_NE(error_of(R"("gas":21000)"), "none");
    EXPECT_NE(error_of(R"("gas":"21000")"), "none");
    EXPECT_NE(error_of(R"("gas":"0x")"), "none");
    EXPECT_NE(error_of(R"("gas":"0x05")"), "none");
    EXPECT_EQ(error_of(R"("gas":"0x10000000000000000")"), "gas: above 2^64 - 1");
    EXPECT_NE(error_of(R"("value":"-0x1")"), "none");
    EXPECT_NE(error_of(R"("data":"0x123")"), "none");
    EXPECT_NE(error_of(R"("to":"0x35")"), "none");
    EXPECT_EQ(error_of(R"("nonce":"0xffffffffffffffff")"), "none");  // its place is the queue's
    EXPECT_EQ(to_string(decode("{}").error()), "from: not a string");
    EXPECT_EQ(to_string(decode("[]").error()), "the transaction is not an object");
}

TEST(TransactionRequest, refuses_what_contradicts_itself) {
    EXPECT_EQ(error_of(R"("data":"0x01","input":"0x02")"), "input: differs from data");
    EXPECT_EQ(error_of(R"("data":"0x01","input":"0x01")"), "none");
    EXPECT_EQ(error_of(R"("gas":"0x1","gasLimit":"0x2")"), "gasLimit: differs from gas");
    EXPECT_EQ(error_of(R"("maxFeePerGas":"0x1")"),
              "maxPriorityFeePerGas: missing from a transaction with the fees of EIP-1559");
    EXPECT_EQ(error_of(R"("maxFeePerGas":"0x1","maxPriorityFeePerGas":"0x2")"),
              "maxPriorityFeePerGas: above maxFeePerGas");
    EXPECT_EQ(error_of(R"("gasPrice":"0x1","maxFeePerGas":"0x1","maxPriorityFeePerGas":"0x1")"),
              "gasPrice: given together with the fees of EIP-1559");
    EXPECT_EQ(error_of(R"("type":"0x0","maxFeePerGas":"0x1")"),
              "maxFeePerGas: not part of a transaction of this type");
}

TEST(TransactionRequest, refuses_what_would_be_dropped_without_a_word) {
    EXPECT_NE(error_of(R"("maxFeePerBlobGas":"0x1")").find("blob"), std::string::npos);
    EXPECT_NE(error_of(R"("blobs":[])").find("blob"), std::string::npos);
    EXPECT_NE(error_of(R"("type":"0x3")").find("blob"), std::string::npos);
    EXPECT_NE(error_of(R"("privateFor":["x"])").find("private"), std::string::npos);
    EXPECT_EQ(error_of(R"("type":"0x5")"), "type: no transaction type: 5");
    EXPECT_EQ(error_of(R"("somethingElse":1)"), "none");
}

TEST(TransactionRequest, may_have_a_name_of_some_length) {
    EXPECT_EQ(decode(object(R"("idempotencyKey":"invoice 7")"))->idempotency_key, "invoice 7");
    EXPECT_EQ(decode(object(""))->idempotency_key, "");
    EXPECT_EQ(error_of(R"("idempotencyKey":7)"), "idempotencyKey: not a text of 1 to 128 bytes");
    EXPECT_NE(error_of(R"("idempotencyKey":"")"), "none");
    EXPECT_NE(error_of(R"("idempotencyKey":")" + std::string(129, 'x') + "\""), "none");
}

TEST(TransactionRequest, data_is_bounded) {
    const auto data = [](std::size_t size) {
        return R"("data":"0x)" + std::string(2 * size, '0') + "\"";
    };
    EXPECT_EQ(error_of(data(max_transaction_data_size)), "none");
    EXPECT_NE(error_of(data(max_transaction_data_size + 1)), "none");
}

/// A device that gives the right signature with the wrong parity.
class WrongParity final : public Signer {
public:
    [[nodiscard]] const crypto::PublicKey& public_key() const noexcept override {
        return key_.public_key();
    }
    [[nodiscard]] std::expected<crypto::Signature, SignError> sign(
        const Hash32& hash) const override {
        auto signature = key_.sign(hash);
        signature->y_parity ^= 1;
        return signature;
    }
    [[nodiscard]] bool is_immediate() const noexcept override { return true; }

private:
    LocalSigner key_{test::key_number(1), std::make_shared<SecretPages>()};
};

TEST(SignTransaction, does_not_trust_the_device) {
    const auto result = sign_transaction(Transaction{}, WrongParity{});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, SignError::Kind::refused);
}

}  // namespace
}  // namespace meta138::signer
