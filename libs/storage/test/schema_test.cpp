// SPDX-License-Identifier: Apache-2.0
#include "schema.hpp"

#include "meta138/crypto/keccak.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace meta138::storage::schema {
namespace {

template <typename T, typename Decode>
void expect_strict(const Bytes& row, const T& value, Decode&& decode) {
    const auto decoded = decode(row);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, value);
    for (std::size_t size = 0; size < row.size(); ++size)
        EXPECT_NE(decode(ByteView{row}.first(size)).value_or(T{}), value);
}

TEST(Schema, account_rows_are_as_short_as_the_account) {
    const AccountRow plain{.address = {}, .account = {.nonce = 1, .balance = 1000}};
    EXPECT_EQ(encode_account(plain).size(), 20U + 2 + 1 + 2);
    expect_strict(encode_account(plain), plain, decode_account);
    AccountRow contract = plain;
    contract.account.code_hash = crypto::keccak256(Bytes{1});
    EXPECT_EQ(encode_account(contract).size(), 20U + 2 + 1 + 2 + 32);
    expect_strict(encode_account(contract), contract, decode_account);
    contract.storage_root = crypto::keccak256(Bytes{2});
    contract.account.balance = uint256::max();
    contract.account.nonce = ~std::uint64_t{0};
    EXPECT_EQ(encode_account(contract).size(), 20U + 2 + 8 + 32 + 64);
    expect_strict(encode_account(contract), contract, decode_account);
}

TEST(Schema, an_account_row_has_one_spelling) {
    auto row = encode_account({.address = {}, .account = {.nonce = 0, .balance = 5}});
    row[21] = 2;  // a balance of two bytes, of which the first is zero
    row.insert(row.begin() + 22, 0);
    EXPECT_FALSE(decode_account(row));
    auto code = encode_account({.address = {}, .account = {}});
    code[20] = 0x80;
    code.insert(code.end(), EMPTY_CODE_HASH.begin(), EMPTY_CODE_HASH.end());
    EXPECT_FALSE(decode_account(code));
}

TEST(Schema, slot_rows_have_neither_leading_zeros_nor_a_value_of_zero) {
    for (const auto& slot :
         {SlotRow{.key = 0, .value = 1}, SlotRow{.key = 5, .value = uint256::max()},
          SlotRow{.key = uint256::max(), .value = 7}}) {
        const auto row = encode_slot(slot);
        EXPECT_EQ(row.size(), 1 + slot.key.byte_length() + slot.value.byte_length());
        const auto decoded = decode_slot(row);
        ASSERT_TRUE(decoded);
        EXPECT_EQ(*decoded, slot);
    }
    EXPECT_FALSE(decode_slot(Bytes{0}));
    EXPECT_FALSE(decode_slot(Bytes{1, 0, 1}));
    EXPECT_FALSE(decode_slot(Bytes{0, 0, 1}));
    EXPECT_FALSE(decode_slot(Bytes{33, 1}));
    EXPECT_FALSE(decode_slot(Bytes{}));
}

TEST(Schema, no_path_is_the_beginning_of_another_paths_key) {
    const auto key = [](const trie::Nibbles& path) { return to_bytes(path_key({}, path).view()); };
    EXPECT_EQ(key({}), Bytes{0});
    EXPECT_EQ(key({1}), (Bytes{1, 0x10}));
    EXPECT_EQ(key({1, 0}), (Bytes{2, 0x10}));
    EXPECT_EQ(key({1, 0, 15}), (Bytes{3, 0x10, 0xf0}));
}

TEST(Schema, lists_of_changed_keys_share_what_neighbours_share) {
    ChangedKeys keys;
    keys[0] = {Bytes(32, 1), Bytes(32, 2)};
    keys[2] = {{0}, {1, 0x10}, {1, 0x20}};
    const auto row = encode_changes(keys);
    EXPECT_EQ(decode_changes(row), keys);
    EXPECT_EQ(row.size(), 4U * 4 + 2 * (2 + 32) + (2 + 1) + (2 + 2) + (2 + 1));
    for (std::size_t size = 0; size < row.size(); ++size)
        EXPECT_FALSE(decode_changes(ByteView{row}.first(size)));
}

// docs/formats/database.md is the schema for people: it has each family by its name.
TEST(Schema, every_family_is_in_the_document) {
    std::ifstream file{std::filesystem::path{META138_SOURCE_DIR} / "docs/formats/database.md"};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    ASSERT_FALSE(text.empty());
    for (std::size_t i = 0; i < family_count; ++i) {
        const auto name = "| `" + std::string{name_of(static_cast<Family>(i))} + "` |";
        EXPECT_NE(text.find(name), std::string::npos) << name;
    }
    EXPECT_NE(text.find("Schema version: " + std::to_string(version)), std::string::npos);
    EXPECT_NE(text.find("libs/storage/src/schema.hpp"), std::string::npos);
}

}  // namespace
}  // namespace meta138::storage::schema
