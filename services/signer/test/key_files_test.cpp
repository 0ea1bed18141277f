// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/key_files.hpp"

#include "keys/files.hpp"
#include "test_files.hpp"

#include <gtest/gtest.h>

namespace meta138::signer {
namespace {

const std::string digits = "fad9c8855b740a0b7ed4c221dbad0f33a83a49cad6b3fe8d5817ac83d38b6a19";

KeyFileContent decode(std::string_view yaml) {
    return decode_key_config(yaml, "keys/a.yaml", "keys");
}

TEST(KeyConfig, reads_a_raw_key) {
    const auto content =
        decode("type: \"file-raw\"\nkeyType: SECP256K1\nprivateKey: \"0x" + digits + "\"\n");
    ASSERT_EQ(content.keys.size(), 1U);
    EXPECT_TRUE(content.errors.empty());
    EXPECT_EQ(std::get<RawKey>(content.keys[0].what).digits.reveal(), "0x" + digits);
    EXPECT_EQ(content.keys[0].line, 1U);
}

TEST(KeyConfig, takes_paths_relative_to_the_directory) {
    const auto content = decode(
        "type: FILE-KEYSTORE\nkeyType: secp256k1\nkeystoreFile: a.json\n"
        "keystorePasswordFile: /run/a.txt\n");
    ASSERT_EQ(content.keys.size(), 1U);
    const auto& keystore = std::get<KeystoreReference>(content.keys[0].what);
    EXPECT_EQ(keystore.keystore_file, "keys/a.json");
    EXPECT_EQ(keystore.password_file, "/run/a.txt");
    EXPECT_EQ(keystore.password_form, PasswordForm::first_line);
}

TEST(KeyConfig, reads_several_documents_and_names_the_lines_of_faults) {
    const auto content = decode("type: file-raw\nkeyType: SECP256K1\nprivateKey: " + digits +
                                "\n---\n"
                                "type: file-keystore\nkeyType: SECP256K1\nkeystoreFile: a\n---\n"
                                "type: sealed\nkeyType: SECP256K1\n---\n"
                                "type: file-raw\nkeyType: RSA\n");
    EXPECT_EQ(content.keys.size(), 1U);
    ASSERT_EQ(content.errors.size(), 3U);
    EXPECT_EQ(content.errors[0].to_string(), "keys/a.yaml:5: keystorePasswordFile is missing");
    EXPECT_EQ(content.errors[1].to_string(), "keys/a.yaml:9: no such type: sealed");
    EXPECT_EQ(content.errors[2].to_string(), "keys/a.yaml:12: no such keyType: RSA");
}

TEST(KeyConfig, leaves_keys_of_validators_out) {
    const auto content = decode("type: file-raw\nprivateKey: " + digits +
                                "\n---\ntype: file-raw\nkeyType: BLS\nprivateKey: " + digits +
                                "\n---\ntype: hashicorp\n");
    EXPECT_TRUE(content.keys.empty());
    EXPECT_TRUE(content.errors.empty());
}

TEST(KeyConfig, tells_of_keys_that_live_elsewhere) {
    const auto content =
        decode("type: aws-kms\n---\ntype: azure-key\n---\ntype: hashicorp\nkeyType: SECP256K1\n");
    ASSERT_EQ(content.keys.size(), 3U);
    EXPECT_EQ(std::get<UnsupportedKey>(content.keys[0].what).type, "aws-kms");
    EXPECT_EQ(std::get<UnsupportedKey>(content.keys[2].what).type, "hashicorp");
    EXPECT_EQ(content.keys[2].line, 5U);
}

TEST(KeyConfig, names_the_line_of_what_is_not_yaml) {
    const auto content = decode("type: file-raw\n  bad: [\n");
    ASSERT_EQ(content.errors.size(), 1U);
    EXPECT_NE(content.errors[0].line, 0U);
    EXPECT_NE(content.errors[0].reason.find("not YAML"), std::string::npos);
}

TEST(KeyConfig, a_document_that_is_wrong_does_not_take_the_others_with_it) {
    const auto good = "type: file-raw\nkeyType: SECP256K1\nprivateKey: " + digits + "\n";
    const auto content = decode("%YAML 1.2\n--- # first\n" + good + "...\n,ype: \n---\n" + good +
                                "---\n# nothing\n---\n[1\n--- \n" + good);
    EXPECT_EQ(content.keys.size(), 3U);
    EXPECT_EQ(content.keys.back().line, 17U);
    ASSERT_EQ(content.errors.size(), 2U);
    EXPECT_EQ(content.errors[0].line, 7U);
    EXPECT_EQ(content.errors[1].line, 16U);  // where the bracket is missed
    ASSERT_EQ(decode("# nothing\n").errors.size(), 1U);
    EXPECT_EQ(decode("# nothing\n").errors[0].to_string(), "keys/a.yaml: is empty");
}

TEST(KeyConfig, refuses_bytes_that_are_no_text) {
    const auto content = decode(std::string_view{"a: b\n\0,\0", 8});
    ASSERT_EQ(content.errors.size(), 1U);
    EXPECT_EQ(content.errors[0].to_string(), "keys/a.yaml:2: not YAML: a byte that is no text");
}

TEST(KeyConfig, no_error_holds_a_key) {
    for (const auto& text : {"type: file-raw\nkeyType: SECP256K1\nprivateKey: [" + digits + "]\n",
                             "type: " + digits + "\nkeyType: SECP256K1\n", digits + ": {"}) {
        for (const auto& error : decode(text).errors)
            EXPECT_EQ(error.reason.find(digits), std::string::npos) << error.reason;
    }
}

constexpr std::string_view multikey = R"([metadata]
createdAt = 2019-11-05T08:15:30-05:00
description = "Example of a valid TOML configuration"

[signing]
type = "file-based-signer"
key-file = "keys/78e6.key"
password-file = "/secure/78e6.password"
)";
const std::filesystem::path multikey_file =
    "/ethsigner/prefix78e6e236592597c09d5c137c2af40aecd42d12a2.toml";

TEST(MultikeyFile, is_read_with_the_address_of_its_name) {
    const auto key = decode_multikey_file(multikey, multikey_file);
    ASSERT_TRUE(key) << key.error().to_string();
    using namespace literals;
    EXPECT_EQ(key->address, "0x78e6e236592597c09d5c137c2af40aecd42d12a2"_address);
    const auto& keystore = std::get<KeystoreReference>(key->what);
    EXPECT_EQ(keystore.keystore_file, "/ethsigner/keys/78e6.key");
    EXPECT_EQ(keystore.password_file, "/secure/78e6.password");
}

TEST(MultikeyFile, is_converted_to_what_web3signer_reads) {
    const auto yaml = convert_multikey_file(multikey, multikey_file);
    ASSERT_TRUE(yaml);
    const auto content = decode_key_config(*yaml, "a.yaml", "/elsewhere");
    ASSERT_EQ(content.keys.size(), 1U) << *yaml;
    EXPECT_EQ(std::get<KeystoreReference>(content.keys[0].what).keystore_file,
              "/ethsigner/keys/78e6.key");
}

TEST(MultikeyFile, of_hashicorp_keeps_its_default_of_tls) {
    const auto yaml = convert_multikey_file(
        "[signing]\ntype = \"hashicorp-signer\"\nkeyPath = \"/v1/a\"\nserverPort = 8200\n",
        multikey_file);
    ASSERT_TRUE(yaml);
    EXPECT_NE(yaml->find("tlsEnabled: \"true\""), std::string::npos) << *yaml;
    EXPECT_NE(yaml->find("serverPort: \"8200\""), std::string::npos) << *yaml;
}

TEST(MultikeyFile, says_what_is_wrong_and_where) {
    const auto error = [](std::string_view text, const std::filesystem::path& file) {
        const auto key = decode_multikey_file(text, file);
        return key ? std::string{"none"} : key.error().to_string();
    };
    EXPECT_EQ(error("[metadata]\n", multikey_file),
              multikey_file.string() + ": has no table [signing]");
    EXPECT_EQ(error("\n[signing]\ntype = \"file-based-signer\"\n", multikey_file),
              multikey_file.string() + ":2: signing.key-file is missing");
    EXPECT_EQ(error(multikey, "/a/short.toml"),
              "/a/short.toml: its name does not end with an address: 40 hexadecimal digits and "
              ".toml");
    EXPECT_NE(error("[signing\n", multikey_file).find(":1: not TOML"), std::string::npos);
}

TEST(Password, ends_with_its_line_or_with_its_file) {
    EXPECT_EQ(password_in("a b\nc\n", PasswordForm::first_line), "a b");
    EXPECT_EQ(password_in("a b\r\n", PasswordForm::first_line), "a b");
    EXPECT_EQ(password_in("a b", PasswordForm::first_line), "a b");
    EXPECT_EQ(password_in("a b\nc\n", PasswordForm::whole_file), "a b\nc");
    EXPECT_EQ(password_in("a b\n\n", PasswordForm::whole_file), "a b\n");
    EXPECT_EQ(password_in("", PasswordForm::whole_file), "");
}

TEST(RawKey, is_64_digits_in_range) {
    EXPECT_TRUE(decode_raw_key(digits + "\n"));
    EXPECT_TRUE(decode_raw_key(" 0x" + digits));
    EXPECT_FALSE(decode_raw_key(digits.substr(1)));
    EXPECT_FALSE(decode_raw_key(std::string(64, '0')));
    EXPECT_FALSE(decode_raw_key(std::string(64, 'f')));
    EXPECT_FALSE(decode_raw_key(""));
}

}  // namespace
}  // namespace meta138::signer
