// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/deploy_key.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/crypto/keystore.hpp"
#include "meta138/signer/keystore_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace meta138::op {
namespace {

namespace fs = std::filesystem;

class DeployKey : public testing::Test {
protected:
    DeployKey()
        : folder{fs::temp_directory_path() / ("meta138-deploy-key-" + std::to_string(::getpid()))} {
        fs::create_directories(folder);
    }
    ~DeployKey() override { fs::remove_all(folder); }

    fs::path write(const std::string& name, const std::string& text, bool is_for_owner = true) {
        const auto path = folder / name;
        std::ofstream{path} << text;
        fs::permissions(path, is_for_owner ? fs::perms{0600} : fs::perms{0640});
        return path;
    }
    static std::string digits(const crypto::SecretKey& key) { return to_hex_digits(key.reveal()); }

    const crypto::SecretKey key = crypto::SecretKey::generate();
    fs::path folder;
};

TEST_F(DeployKey, is_read_from_digits_with_and_without_prefix) {
    for (const auto& text :
         {digits(key), "0x" + digits(key), digits(key) + "\n", digits(key) + "\r\nanything"}) {
        const auto read = read_key_file(write("key", text));
        ASSERT_TRUE(read) << read.error();
        EXPECT_EQ(digits(*read), digits(key));
    }
}

TEST_F(DeployKey, is_refused_when_others_may_read_it) {
    const auto read = read_key_file(write("key", digits(key), false));
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().find("key: others may read it"), std::string::npos);
}

TEST_F(DeployKey, is_refused_when_it_is_none_and_the_error_keeps_it_secret) {
    const auto text = digits(key);
    for (const auto& wrong : {std::string{}, text.substr(1), text + "0", "0X" + text,
                              std::string(64, '0'), std::string(64, 'f'), "g" + text.substr(1)}) {
        const auto read = read_key_file(write("key", wrong));
        ASSERT_FALSE(read) << wrong;
        EXPECT_EQ(read.error().find(text.substr(8, 40)), std::string::npos);
    }
    EXPECT_FALSE(read_key_file(folder / "absent"));
    EXPECT_FALSE(read_key_file(folder));
    EXPECT_FALSE(read_key_file(write("large", std::string(100'000, 'a'))));
}

TEST_F(DeployKey, is_read_from_a_keystore_with_the_right_password) {
    const auto keystore = crypto::encrypt_keystore(key, as_bytes("a password"),
                                                   crypto::ScryptCost{.n = 1024, .r = 8, .p = 1});
    const auto address = crypto::address_of(crypto::public_key(key));
    const auto file = write("keystore.json", signer::encode_keystore(keystore, address));
    const auto read = read_keystore(file, write("password", "a password\n"));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(digits(*read), digits(key));

    const auto wrong = read_keystore(file, write("password", "another\n"));
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().find("another"), std::string::npos);
    EXPECT_FALSE(read_keystore(write("keystore.json", "{}"), folder / "password"));
    EXPECT_FALSE(read_keystore(file, folder / "absent"));
}

}  // namespace
}  // namespace meta138::op
