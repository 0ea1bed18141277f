// SPDX-License-Identifier: Apache-2.0
#include "keys.hpp"

#include "test_server.hpp"

#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

#include <array>

namespace meta138::http::test {
namespace {

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

template <class Write>
std::string written(Write write) {
    const std::unique_ptr<BIO, int (*)(BIO*)> bio{BIO_new(BIO_s_mem()), BIO_free};
    write(bio.get());
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

const char* curve_of(std::string_view algorithm) {
    return algorithm == "ES256" ? "P-256" : algorithm == "ES384" ? "P-384" : "P-521";
}

}  // namespace

Key make_key(std::string_view algorithm) {
    auto* key = algorithm.starts_with("RS") ? EVP_RSA_gen(2048) : EVP_EC_gen(curve_of(algorithm));
    return {key, EVP_PKEY_free};
}

std::string public_pem(const Key& key) {
    return written([&](BIO* out) { PEM_write_bio_PUBKEY(out, key.get()); });
}

std::string sign_jws(const Key& key, std::string_view algorithm, std::string_view text) {
    const auto* digest = algorithm.ends_with("256")   ? EVP_sha256()
                         : algorithm.ends_with("384") ? EVP_sha384()
                                                      : EVP_sha512();
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free};
    EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key.get());
    std::size_t size = 1024;
    std::string signature(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                   bytes_of(text), text.size());
    signature.resize(size);
    if (algorithm.starts_with("RS")) return signature;
    const auto* der = bytes_of(signature);
    const std::unique_ptr<ECDSA_SIG, void (*)(ECDSA_SIG*)> pair{
        d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(size)), ECDSA_SIG_free};
    const auto half = (EVP_PKEY_get_bits(key.get()) + 7) / 8;
    std::string result(static_cast<std::size_t>(2 * half), '\0');
    auto* out = reinterpret_cast<unsigned char*>(result.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, half);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + half, half);
    return result;
}

std::string hmac_sha256(std::string_view secret, std::string_view text) {
    std::string result(32, '\0');
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(text), text.size(),
         reinterpret_cast<unsigned char*>(result.data()), &size);
    return result;
}

Certificate make_certificate(const std::string& common_name, const Certificate* issuer,
                             int valid_days) {
    Certificate result;
    result.key = make_key("ES256");
    result.certificate = {X509_new(), X509_free};
    auto* certificate = result.certificate.get();
    X509_set_version(certificate, X509_VERSION_3);
    static long serial = 1;
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    constexpr long day = 24 * 60 * 60;
    X509_gmtime_adj(X509_getm_notBefore(certificate), -10 * day);
    X509_gmtime_adj(X509_getm_notAfter(certificate), valid_days * day);
    X509_set_pubkey(certificate, result.key.get());
    auto* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes_of(common_name), -1, -1, 0);
    X509_set_issuer_name(certificate,
                         issuer ? X509_get_subject_name(issuer->certificate.get()) : name);
    if (!issuer) {
        auto* extension =
            X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE");
        X509_add_ext(certificate, extension, -1);
        X509_EXTENSION_free(extension);
    }
    X509_sign(certificate, issuer ? issuer->key.get() : result.key.get(), EVP_sha256());
    const auto unique = common_name + std::to_string(serial);
    result.certificate_file = write_file(
        unique + ".crt", written([&](BIO* out) { PEM_write_bio_X509(out, certificate); }));
    result.key_file = write_file(unique + ".key", written([&](BIO* out) {
                                     PEM_write_bio_PrivateKey(out, result.key.get(), nullptr,
                                                              nullptr, 0, nullptr, nullptr);
                                 }));
    return result;
}

std::string write_pkcs12(const std::string& name, const Certificate& certificate, bool with_key) {
    std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> alone{
        sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); }};
    if (!with_key) sk_X509_push(alone.get(), certificate.certificate.get());
    const std::unique_ptr<PKCS12, void (*)(PKCS12*)> pkcs12{
        PKCS12_create("changeit", "name", with_key ? certificate.key.get() : nullptr,
                      with_key ? certificate.certificate.get() : nullptr, alone.get(), 0, 0, 0, 0,
                      0),
        PKCS12_free};
    return write_file(name, written([&](BIO* out) { i2d_PKCS12_bio(out, pkcs12.get()); }));
}

std::string sha256_fingerprint(const Certificate& certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    X509_digest(certificate.certificate.get(), EVP_sha256(), digest.data(), &size);
    std::string result;
    static constexpr auto digits = "0123456789abcdef";
    for (unsigned i = 0; i < size; ++i) {
        if (i) result += ':';
        result += digits[digest[i] >> 4];
        result += digits[digest[i] & 15];
    }
    return result;
}

}  // namespace meta138::http::test
