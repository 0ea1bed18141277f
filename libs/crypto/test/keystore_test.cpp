// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/keystore.hpp"

#include "read_json.hpp"

#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>

namespace meta138::crypto {
namespace {

using test::bytes_of;

Keystore read_keystore(const nlohmann::json& file) {
    const auto& crypto = file.contains("crypto") ? file["crypto"] : file["Crypto"];
    const auto& params = crypto["kdfparams"];
    const auto number = [&](const char* name) { return params[name].get<std::uint32_t>(); };
    Keystore keystore;
    if (crypto["cipher"] == "aes-128-cbc") keystore.cipher = KeystoreCipher::aes_128_cbc;
    if (crypto["kdf"] == "pbkdf2")
        keystore.kdf = Pbkdf2Params{number("c"), number("dklen"), bytes_of(params["salt"])};
    else
        keystore.kdf = ScryptParams{
            {number("n"), number("r"), number("p")}, number("dklen"), bytes_of(params["salt"])};
    keystore.iv = test::fixed_of<16>(bytes_of(crypto["cipherparams"]["iv"]));
    keystore.ciphertext = bytes_of(crypto["ciphertext"]);
    keystore.mac = test::fixed_of(bytes_of(crypto["mac"]));
    return keystore;
}

/// A key file that costs little to open.
Keystore cheap_keystore() {
    return read_keystore(nlohmann::json::parse(R"({"crypto": {
        "cipher": "aes-128-ctr", "cipherparams": {"iv": "e0c41130a323adc1446fc82f724bca2f"},
        "ciphertext": "9517cd5bdbe69076f9bf5057248c6c050141e970efa36ce53692d5d59a3984",
        "kdf": "scrypt", "kdfparams": {"dklen": 32, "n": 2, "r": 8, "p": 1,
            "salt": "711f816911c92d649fb4c84b047915679933555030b3552c1212609b38208c63"},
        "mac": "d5e116151c6aa71470e67a7d42c9620c75c4d23229847dcc127794f0732b0db5"}})"));
}

TEST(Keystore, agrees_with_the_key_store_tests) {
    META138_FIXTURE_OR_SKIP(folder, "basic-tests/KeyStoreTests");
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
        for (const auto& [name, vector] : test::read_json(entry.path()).items()) {
            if (!vector.is_object() || !vector.contains("priv")) continue;
            const auto key = decrypt_keystore(read_keystore(vector["json"]),
                                              as_bytes(vector["password"].get<std::string>()));
            ASSERT_TRUE(key) << name << ": " << to_string(key.error());
            EXPECT_EQ(to_hex_digits(key->reveal()),
                      to_hex_digits(test::fixed_of(bytes_of(vector["priv"]))))
                << name;
        }
    }
}

TEST(Keystore, tells_a_wrong_password) {
    EXPECT_TRUE(decrypt_keystore(cheap_keystore(), as_bytes("foo")));
    EXPECT_EQ(decrypt_keystore(cheap_keystore(), as_bytes("bar")).error(),
              KeystoreError::wrong_password);
}

TEST(Keystore, refuses_parameters_that_cost_too_much) {
    auto keystore = cheap_keystore();
    auto& params = std::get<ScryptParams>(keystore.kdf);
    params.cost.p = 1u << 31;
    EXPECT_EQ(decrypt_keystore(keystore, {}).error(), KeystoreError::kdf_params);
    params.cost = {.n = 1 << 24, .r = 8, .p = 1};
    EXPECT_EQ(decrypt_keystore(keystore, {}).error(), KeystoreError::kdf_params);
    keystore.kdf = Pbkdf2Params{.c = 0xffffffff, .dklen = 32, .salt = {}};
    EXPECT_EQ(decrypt_keystore(keystore, {}).error(), KeystoreError::kdf_params);
    keystore.kdf = Pbkdf2Params{.c = 0, .dklen = 32, .salt = {}};
    EXPECT_EQ(decrypt_keystore(keystore, {}).error(), KeystoreError::kdf_params);
}

TEST(Keystore, refuses_a_derived_key_too_short_for_its_mac) {
    auto keystore = cheap_keystore();
    std::get<ScryptParams>(keystore.kdf).dklen = 31;
    EXPECT_EQ(decrypt_keystore(keystore, as_bytes("foo")).error(), KeystoreError::kdf_params);
}

TEST(Keystore, opens_what_it_closed) {
    const auto key = SecretKey::generate();
    const auto keystore =
        encrypt_keystore(key, as_bytes("correct horse"), {.n = 16, .r = 8, .p = 1});
    const auto opened = decrypt_keystore(keystore, as_bytes("correct horse"));
    ASSERT_TRUE(opened);
    EXPECT_TRUE(equal(opened->reveal(), key.reveal()));
}

}  // namespace
}  // namespace meta138::crypto
