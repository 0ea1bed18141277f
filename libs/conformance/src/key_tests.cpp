// SPDX-License-Identifier: Apache-2.0
#include "runners.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/crypto/aes.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/crypto/keystore.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/types/transaction.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace meta138::conformance {

namespace {

crypto::Keystore decode_keystore(const JsonNode& crypto_member) {
    crypto::Keystore keystore;
    if (crypto_member["cipher"].text() != "aes-128-ctr")
        crypto_member["cipher"].fault("should be aes-128-ctr");
    const auto iv = crypto_member["cipherparams"]["iv"].bare_bytes();
    if (iv.size() != keystore.iv.size()) {
        crypto_member["cipherparams"]["iv"].fault("should be 16 bytes");
    } else {
        std::ranges::copy(iv, keystore.iv.begin());
    }
    keystore.ciphertext = crypto_member["ciphertext"].bare_bytes();
    keystore.mac = crypto_member["mac"].hash();
    const auto kdf = crypto_member["kdf"].text();
    const auto params = crypto_member["kdfparams"];
    const auto small = [&](std::string_view key) {
        const auto value = params[key].integer();
        if (value > UINT32_MAX) params[key].fault("does not fit in 32 bits");
        return static_cast<std::uint32_t>(value);
    };
    if (kdf == "pbkdf2") {
        if (params["prf"].text() != "hmac-sha256") params["prf"].fault("should be hmac-sha256");
        keystore.kdf = crypto::Pbkdf2Params{
            .c = small("c"), .dklen = small("dklen"), .salt = params["salt"].bare_bytes()};
    } else if (kdf == "scrypt") {
        keystore.kdf = crypto::ScryptParams{
            .cost = {.n = params["n"].integer(), .r = small("r"), .p = small("p")},
            .dklen = small("dklen"),
            .salt = params["salt"].bare_bytes()};
    } else {
        crypto_member["kdf"].fault("should be pbkdf2 or scrypt");
    }
    return keystore;
}

Verdict check_key_store(const NamedTest& named) {
    const auto json = named.test["json"];
    if (json["version"].any_integer() != 3)
        return skipped("version 1 of Web3 Secret Storage is obsolete");
    const auto keystore = decode_keystore(json["crypto"]);
    auto expected = named.test["priv"].bare_bytes();
    const auto password = named.test["password"].text();
    if (const auto fault = named.workspace.document.take_fault())
        return failed("{}", fault->to_string());
    const auto key = crypto::decrypt_keystore(keystore, as_bytes(password));
    // Keys were once stored without their leading zeros.
    if (expected.size() < 32) expected.insert(expected.begin(), 32 - expected.size(), 0);
    if (!key) return failed("expected a key, got: {}", to_string(key.error()));
    if (!equal(key->reveal(), expected))
        return failed("expected the key {}, got another", to_hex(expected));
    const auto wrong = crypto::decrypt_keystore(keystore, as_bytes("not the password"));
    return wrong ? failed("a wrong password opens it") : passed();
}

std::optional<crypto::SecretKey> decode_secret(const JsonNode& node) {
    auto secret = crypto::SecretKey::from(node.bare_bytes());
    if (!secret) node.fault("should be a secret key");
    return secret;
}

Verdict check_key_address(const WholeFile& file, const JsonNode& vector) {
    const auto secret = decode_secret(vector["key"]);
    const auto address = vector["addr"].address();
    const auto signature = vector["sig_of_emptystring"];
    const auto r = to_hash32(signature["r"].any_quantity());
    const auto s = to_hash32(signature["s"].any_quantity());
    const auto v = signature["v"].any_integer();
    if (v != 27 && v != 28) signature["v"].fault("should be 27 or 28");
    if (const auto fault = file.workspace.document.take_fault())
        return failed("{}", fault->to_string());
    if (const auto got = crypto::address_of(crypto::public_key(*secret)); got != address)
        return failed("expected the address {}, got {}", to_hex(address.bytes), to_hex(got.bytes));
    // Of what these are signatures the fixture does not say (of no hash of the empty string), so
    // all that can be asked is whether they are well-formed; ours must lead back to the address.
    const auto hash = crypto::keccak256({});
    if (!crypto::recover_address(hash, r, s, static_cast<std::uint8_t>(v - 27)))
        return failed("the signature is not one of the curve");
    const auto own = crypto::sign(hash, *secret);
    return crypto::recover_address(hash, own) == address
               ? passed()
               : failed("our signature is not of this key");
}

Verdict check_signed_transaction(const WholeFile& file, const JsonNode& vector) {
    const auto secret = decode_secret(vector["key"]);
    const auto price = vector["gasprice"].quantity();
    Transaction transaction;
    transaction.nonce = vector["nonce"].integer();
    transaction.max_fee_per_gas = price;
    transaction.max_priority_fee_per_gas = price;
    transaction.gas_limit = vector["startgas"].integer();
    if (!vector["to"].text().empty()) transaction.to = vector["to"].address();
    transaction.value = vector["value"].quantity();
    transaction.data = vector["data"].bare_bytes();
    const auto expected = vector["signed"].bare_bytes();
    if (const auto fault = file.workspace.document.take_fault())
        return failed("{}", fault->to_string());
    const auto decoded = decode_transaction(expected);
    if (!decoded) return failed("the signed form does not decode: {}", to_string(decoded.error()));
    const auto sender = recover_sender(*decoded, Fork::frontier);
    if (sender != crypto::address_of(crypto::public_key(*secret)))
        return failed("the signed form is not by this key");
    // The signature there has a random nonce: all but the signature is compared.
    transaction.y_parity = decoded->y_parity;
    transaction.r = decoded->r;
    transaction.s = decoded->s;
    if (const auto got = encode_transaction(transaction); got != expected)
        return failed("expected the encoding {}, got {}", to_hex(expected), to_hex(got));
    sign_transaction(transaction, *secret);
    const auto own = recover_sender(transaction, Fork::frontier);
    return own == sender ? passed() : failed("our signature is not by this key");
}

Verdict check_crypto(const NamedTest& named) {
    const auto type = named.test["decryption_type"].text();
    if (type == "ecies_sec1_altered") return skipped("ECIES of an early draft");
    if (type != "aes_ctr") return failed("unknown format: the decryption type {}", type);
    const auto key = named.test["key"].bare_bytes();
    const auto cipher = named.test["cipher"].bare_bytes();
    const auto payload = named.test["payload"].bare_bytes();
    if (const auto fault = named.workspace.document.take_fault())
        return failed("{}", fault->to_string());
    const auto got = crypto::aes_ctr(key, FixedBytes<16>{}, cipher);
    return got == payload ? passed() : failed("expected {}, got {}", to_hex(payload), to_hex(got));
}

}  // namespace

void run_key_store_test(const NamedTest& named) {
    named.sink.run(named.name, "", "key store", [&] { return check_key_store(named); });
}

void run_key_file(const WholeFile& file) {
    file.sink.run("key file", "", "key store", [&] {
        // A file by itself has no expectations but its own: the empty password and the address.
        const auto keystore = decode_keystore(file.root["crypto"]);
        const auto address = file.root["address"].address();
        if (const auto fault = file.workspace.document.take_fault())
            return failed("{}", fault->to_string());
        const auto key = crypto::decrypt_keystore(keystore, {});
        if (!key) return failed("expected a key, got: {}", to_string(key.error()));
        const auto got = crypto::address_of(crypto::public_key(*key));
        return got == address ? passed()
                              : failed("expected the key of {}, got that of {}",
                                       to_hex(address.bytes), to_hex(got.bytes));
    });
}

void run_key_address_vectors(const WholeFile& file) {
    for (const auto vector : file.root.items()) {
        file.sink.run(vector["addr"].text(), "", "key and address",
                      [&] { return check_key_address(file, vector); });
    }
}

void run_signed_transaction_vectors(const WholeFile& file) {
    std::size_t number = 0;
    for (const auto vector : file.root.items()) {
        file.sink.run(fmt::format("[{}]", number++), "", "signed transaction",
                      [&] { return check_signed_transaction(file, vector); });
    }
}

void run_crypto_test(const NamedTest& named) {
    named.sink.run(named.name, "", "cipher", [&] { return check_crypto(named); });
}

}  // namespace meta138::conformance
