// SPDX-License-Identifier: Apache-2.0
#include "runners.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/crypto/aes.hpp"
#include "meta138/crypto/bls_signature.hpp"
#include "meta138/crypto/kdf.hpp"
#include "meta138/crypto/p256.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/crypto/sha256.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace meta138::conformance {

namespace {

constexpr std::string_view kind = "wycheproof";

// What our code said to a vector.
struct Outcome {
    bool accepted = false;
    std::string detail;
};
Outcome outcome(bool accepted, std::string detail = {}) {
    return {accepted, std::move(detail)};
}

// A big-endian number of any length as 32 bytes; absent when it needs more.
std::optional<Hash32> to_32_bytes(ByteView number) {
    while (!number.empty() && number.front() == 0) number = number.subspan(1);
    if (number.size() > 32) return std::nullopt;
    Hash32 result;
    std::ranges::copy(number, result.end() - static_cast<std::ptrdiff_t>(number.size()));
    return result;
}

struct RAndS {
    Hash32 r;
    Hash32 s;
};

// SEQUENCE { r INTEGER, s INTEGER } in DER (ITU-T X.690): shortest lengths, shortest integers, none
// negative, nothing after. A signature of 256-bit numbers has at most 72 bytes.
class DerReader {
public:
    explicit DerReader(ByteView in) : in_{in} {}

    std::optional<ByteView> value(std::uint8_t tag) {
        if (in_.size() < 2 || in_[0] != tag) return std::nullopt;
        const std::size_t size = in_[1];
        if (size > 127 || in_.size() < 2 + size) return std::nullopt;
        const auto content = in_.subspan(2, size);
        in_ = in_.subspan(2 + size);
        return content;
    }
    std::optional<Hash32> integer() {
        constexpr std::uint8_t tag = 0x02;
        const auto content = value(tag);
        if (!content || content->empty() || content->front() > 0x7f) return std::nullopt;
        if (content->size() > 1 && content->front() == 0 && (*content)[1] < 0x80)
            return std::nullopt;
        return to_32_bytes(*content);
    }
    [[nodiscard]] bool empty() const { return in_.empty(); }

private:
    ByteView in_;
};

std::optional<RAndS> decode_der_signature(ByteView encoded) {
    constexpr std::uint8_t sequence_tag = 0x30;
    DerReader outer{encoded};
    const auto content = outer.value(sequence_tag);
    if (!content || !outer.empty()) return std::nullopt;
    DerReader inner{*content};
    const auto r = inner.integer();
    const auto s = inner.integer();
    if (!r || !s || !inner.empty()) return std::nullopt;
    return RAndS{*r, *s};
}

std::optional<RAndS> decode_raw_signature(ByteView encoded) {
    if (encoded.size() != 64) return std::nullopt;
    return RAndS{Hash32::from(encoded.first<32>()), Hash32::from(encoded.last<32>())};
}

Outcome check_ecdsa(const JsonNode& group, const JsonNode& vector) {
    const auto type = group["type"].text();
    const auto key = group["publicKey"]["uncompressed"].bare_bytes();
    const auto curve = group["publicKey"]["curve"].text();
    const auto message = vector["msg"].bare_bytes();
    const auto encoded = vector["sig"].bare_bytes();
    if (key.size() != 65 || key[0] != 4 || group["sha"].text() != "SHA-256") {
        group.fault("should have an uncompressed key of 65 bytes and SHA-256");
        return {};
    }
    const auto signature =
        type == "EcdsaP1363Verify" ? decode_raw_signature(encoded) : decode_der_signature(encoded);
    if (!signature) return outcome(false, "not an encoding of a signature");
    if (type == "EcdsaBitcoinVerify" && to_uint256(signature->s) > crypto::SECP256K1N_HALF)
        return outcome(false, "s is above half the order");
    const auto hash = crypto::sha256(message);
    const auto point = std::span{key}.subspan<1, 64>();
    if (curve == "secp256k1")
        return outcome(
            crypto::verify(hash, signature->r, signature->s, crypto::PublicKey::from(point)));
    return outcome(crypto::p256_verify(hash, signature->r, signature->s,
                                       Hash32::from(point.first<32>()),
                                       Hash32::from(point.last<32>())));
}

// A key of secp256k1 out of its SubjectPublicKeyInfo, in DER as everybody writes it.
std::optional<crypto::PublicKey> decode_public_key_info(ByteView encoded) {
    using namespace literals;
    constexpr std::array<std::uint8_t, 23> uncompressed{
        0x30, 0x56, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
        0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a, 0x03, 0x42, 0x00};
    constexpr std::array<std::uint8_t, 23> compressed{
        0x30, 0x36, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
        0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a, 0x03, 0x22, 0x00};
    const auto starts_with = [&](const auto& prefix) {
        return encoded.size() > prefix.size() && equal(encoded.first(prefix.size()), prefix);
    };
    if (starts_with(uncompressed) && encoded.size() == 88 && encoded[23] == 4)
        return crypto::PublicKey::from(encoded.last<64>());
    if (starts_with(compressed) && encoded.size() == 56)
        return crypto::decompress(FixedBytes<33>::from(encoded.last<33>()));
    return std::nullopt;
}

// Base 64 with the URL alphabet and without padding (RFC 4648 section 5).
std::optional<Bytes> decode_base64url(std::string_view text) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    Bytes result;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char character : text) {
        const auto value = alphabet.find(character);
        if (value == std::string_view::npos) return std::nullopt;
        bits = bits << 6U | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        result.push_back(static_cast<std::uint8_t>(bits >> count));
        bits &= (1U << count) - 1;
    }
    return bits == 0 ? std::optional{result} : std::nullopt;
}

std::optional<crypto::PublicKey> decode_jwk(const JsonNode& jwk) {
    if (jwk["kty"].text() != "EC" || jwk["crv"].text() != "P-256K") return std::nullopt;
    const auto x = decode_base64url(jwk["x"].text());
    const auto y = decode_base64url(jwk["y"].text());
    if (!x || !y || x->size() != 32 || y->size() != 32) return std::nullopt;
    crypto::PublicKey key;
    std::ranges::copy(*x, key.begin());
    std::ranges::copy(*y, key.begin() + 32);
    return key;
}

Outcome check_ecdh(const JsonNode& group, const JsonNode& vector) {
    const bool is_jwk = group["encoding"].text() == "webcrypto";
    const auto shared = vector["shared"].bare_bytes();
    std::optional<crypto::PublicKey> key;
    Bytes private_number;
    if (is_jwk) {
        key = decode_jwk(vector["public"]);
        private_number = decode_base64url(vector["private"]["d"].text()).value_or(Bytes{});
    } else {
        key = decode_public_key_info(vector["public"].bare_bytes());
        private_number = vector["private"].bare_bytes();
    }
    const auto padded = to_32_bytes(private_number);
    if (!key || !padded) return outcome(false, "not an encoding of a key on the curve");
    const auto secret = crypto::SecretKey::from(padded->bytes);
    if (!secret) return outcome(false, "the private key is out of range");
    const auto result = crypto::ecdh(*secret, *key);
    if (!result) return outcome(false, "the point is not on the curve");
    return outcome(equal(result->bytes, shared), to_hex(result->bytes));
}

Outcome check_hmac(const JsonNode& group, const JsonNode& vector) {
    const auto tag = crypto::hmac_sha256(vector["key"].bare_bytes(), vector["msg"].bare_bytes());
    const auto size = std::min<std::uint64_t>(group["tagSize"].integer() / 8, 32);
    const auto shortened = ByteView{tag.bytes}.first(size);
    return outcome(equal(shortened, vector["tag"].bare_bytes()), to_hex(shortened));
}

Outcome check_hkdf(const JsonNode&, const JsonNode& vector) {
    constexpr std::uint64_t max_size = 255 * 32;  // RFC 5869 section 2.3
    const auto size = vector["size"].integer();
    if (size > max_size) return outcome(false, "more than HKDF can give");
    const auto key = crypto::hkdf_sha256(vector["ikm"].bare_bytes(), vector["salt"].bare_bytes(),
                                         vector["info"].bare_bytes(), size);
    return outcome(key == vector["okm"].bare_bytes(), to_hex(key));
}

Outcome check_pbkdf2(const JsonNode&, const JsonNode& vector) {
    constexpr std::uint64_t max_iterations = 10'000'000;
    const auto size = vector["dkLen"].integer();
    const auto iterations = vector["iterationCount"].integer();
    if (size > 65536 || iterations == 0 || iterations > max_iterations)
        return outcome(false, "more work than a test is worth");
    const auto key =
        crypto::pbkdf2_hmac_sha256(vector["password"].bare_bytes(), vector["salt"].bare_bytes(),
                                   static_cast<std::uint32_t>(iterations), size);
    return outcome(key == vector["dk"].bare_bytes(), to_hex(key));
}

Outcome check_aes_gcm(const JsonNode&, const JsonNode& vector) {
    const auto key = vector["key"].bare_bytes();
    const auto nonce = vector["iv"].bare_bytes();
    const auto aad = vector["aad"].bare_bytes();
    const auto message = vector["msg"].bare_bytes();
    auto sealed = vector["ct"].bare_bytes();
    const auto tag = vector["tag"].bare_bytes();
    sealed.insert(sealed.end(), tag.begin(), tag.end());
    if (nonce.empty()) return outcome(false, "an empty nonce is not used");
    const auto opened = crypto::aes_gcm_decrypt(key, nonce, sealed, aad);
    if (!opened) return outcome(false, "the tag is another");
    if (*opened != message) return outcome(false, to_hex(*opened));
    return outcome(crypto::aes_gcm_encrypt(key, nonce, message, aad) == sealed);
}

Outcome check_aes_cbc(const JsonNode&, const JsonNode& vector) {
    const auto key = vector["key"].bare_bytes();
    const auto iv = vector["iv"].bare_bytes();
    const auto message = vector["msg"].bare_bytes();
    const auto sealed = vector["ct"].bare_bytes();
    if (iv.size() != 16) return outcome(false, "an iv of another size");
    const auto fixed_iv = FixedBytes<16>::from(std::span{iv}.first<16>());
    const auto opened = crypto::aes_cbc_decrypt(key, fixed_iv, sealed);
    if (!opened) return outcome(false, "the padding is wrong");
    if (*opened != message) return outcome(false, to_hex(*opened));
    return outcome(crypto::aes_cbc_encrypt(key, fixed_iv, message) == sealed);
}

Outcome check_bls_hash(const JsonNode& group, const JsonNode& vector) {
    const auto point =
        crypto::bls12_381_hash_to_g2(vector["msg"].bare_bytes(), as_bytes(group["dst"].text()));
    return outcome(equal(point.bytes, vector["expected"].bare_bytes()), to_hex(point.bytes));
}

Outcome check_bls_signature(const JsonNode& group, const JsonNode& vector) {
    return outcome(crypto::bls_verify(group["publicKey"]["pk"].bare_bytes(),
                                      vector["msg"].bare_bytes(), vector["sig"].bare_bytes(),
                                      group["ciphersuite"].text()));
}

Outcome check_bls_aggregate(const JsonNode& group, const JsonNode& vector) {
    const auto decode = [](const JsonNode& list) {
        std::vector<Bytes> result;
        for (const auto item : list.items()) result.push_back(item.bare_bytes());
        return result;
    };
    const auto keys = decode(vector["pubkeys"]);
    const auto messages = decode(vector["messages"]);
    const std::vector<ByteView> key_views{keys.begin(), keys.end()};
    const std::vector<ByteView> message_views{messages.begin(), messages.end()};
    return outcome(crypto::bls_aggregate_verify(
        key_views, message_views, vector["sig"].bare_bytes(), group["ciphersuite"].text()));
}

struct FreeBigNumber {
    void operator()(BIGNUM* number) const noexcept { BN_free(number); }
};
using BigNumber = std::unique_ptr<BIGNUM, FreeBigNumber>;

bool is_on_curve(const uint256& x, const uint256& y, const uint256& a, const uint256& b,
                 const uint256& p) {
    const auto cube = mulmod(mulmod(x, x, p), x, p);
    return mulmod(y, y, p) == addmod(addmod(cube, mulmod(a, x, p), p), b, p);
}

// A signature by the key 1 with the nonce 1, whose point is the generator: r = gx, s = hash + r.
bool accepts_generator(const uint256& gx, const uint256& gy, const uint256& n) {
    const uint256 hash{12345};
    const auto r = gx % n;
    const auto s = addmod(hash, r, n);
    const auto verify = [&](const uint256& s_value) {
        return crypto::p256_verify(to_hash32(hash), to_hash32(r), to_hash32(s_value), to_hash32(gx),
                                   to_hash32(gy));
    };
    return verify(s) && !verify(addmod(s, 1, n));
}

// For curves that we do not implement OpenSSL judges the vector's constants: a group of the prime
// order n, which the generator is in.
Outcome check_foreign_curve(const JsonNode& vector) {
    const auto number = [&](std::string_view key) {
        const auto bytes = vector[key].bare_bytes();
        return BigNumber{BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr)};
    };
    const auto order = number("n");
    const auto cofactor = BigNumber{BN_new()};
    BN_set_word(cofactor.get(), vector["h"].any_integer());
    const std::unique_ptr<EC_GROUP, decltype(&EC_GROUP_free)> group{
        EC_GROUP_new_curve_GFp(number("p").get(), number("a").get(), number("b").get(), nullptr),
        &EC_GROUP_free};
    if (!group) return outcome(false, "not a curve over a prime field");
    const std::unique_ptr<EC_POINT, decltype(&EC_POINT_free)> generator{EC_POINT_new(group.get()),
                                                                        &EC_POINT_free};
    if (EC_POINT_set_affine_coordinates(group.get(), generator.get(), number("gx").get(),
                                        number("gy").get(), nullptr) != 1)
        return outcome(false, "the generator is not on the curve");
    return outcome(
        EC_GROUP_set_generator(group.get(), generator.get(), order.get(), cofactor.get()) == 1 &&
        EC_GROUP_check(group.get(), nullptr) == 1 &&
        BN_check_prime(order.get(), nullptr, nullptr) == 1);
}

// The constants of our curves are those of the vector.
Outcome check_curve(const JsonNode&, const JsonNode& vector) {
    const auto name = vector["name"].text();
    if (name != "secp256k1" && name != "secp256r1") return check_foreign_curve(vector);
    const auto number = [&](std::string_view key) {
        const auto bytes = vector[key].bare_bytes();
        return to_uint256(to_32_bytes(bytes).value_or(Hash32{}));
    };
    const auto gx = number("gx");
    const auto gy = number("gy");
    const auto n = number("n");
    if (!is_on_curve(gx, gy, number("a"), number("b"), number("p")))
        return outcome(false, "the generator is not on the curve");
    if (name == "secp256r1") return outcome(accepts_generator(gx, gy, n));
    const auto one = crypto::SecretKey::from(to_hash32(1).bytes);
    if (!one || n != crypto::SECP256K1N) return outcome(false, "another order");
    crypto::PublicKey generator;
    std::ranges::copy(to_hash32(gx), generator.begin());
    std::ranges::copy(to_hash32(gy), generator.begin() + 32);
    return outcome(crypto::public_key(*one) == generator);
}

using Check = Outcome (*)(const JsonNode& group, const JsonNode& vector);
struct Row {
    std::string_view type;
    Check check;
};
constexpr std::array checks{
    Row{"EcdsaVerify", check_ecdsa},
    Row{"EcdsaP1363Verify", check_ecdsa},
    Row{"EcdsaBitcoinVerify", check_ecdsa},
    Row{"EcdhTest", check_ecdh},
    Row{"EcdhWebcryptoTest", check_ecdh},
    Row{"MacTest", check_hmac},
    Row{"HkdfTest", check_hkdf},
    Row{"PbkdfTest", check_pbkdf2},
    Row{"BlsHashToG2", check_bls_hash},
    Row{"BlsSigVerify", check_bls_signature},
    Row{"BlsAggregateVerify", check_bls_aggregate},
    Row{"AeadTest", check_aes_gcm},
    Row{"IndCpaTest", check_aes_cbc},
    Row{"EcCurveTest", check_curve},
};

Verdict judge(const WholeFile& file, const JsonNode& group, const JsonNode& vector) {
    const auto type = group["type"].text();
    const auto result = vector["result"].text();
    const auto* const row = std::ranges::find(checks, type, &Row::type);
    if (row == checks.end()) return failed("unknown format: test groups of the type {}", type);
    const auto got = row->check(group, vector);
    if (const auto fault = file.workspace.document.take_fault())
        return failed("{}", fault->to_string());
    if (result != "valid" && result != "invalid" && result != "acceptable")
        return failed("unknown format: the result {}", result);
    if (result == "acceptable" || got.accepted == (result == "valid")) return passed();
    return failed("expected {}, got {}{}", result, got.accepted ? "valid" : "invalid",
                  got.detail.empty() ? "" : ": " + got.detail);
}

}  // namespace

void run_wycheproof(const WholeFile& file) {
    for (const auto group : file.root["testGroups"].items()) {
        for (const auto vector : group["tests"].items()) {
            const auto name =
                fmt::format("tcId {}: {}", vector["tcId"].integer(), vector["comment"].text());
            file.sink.run(name, "", kind, [&] { return judge(file, group, vector); });
        }
    }
}

}  // namespace meta138::conformance
