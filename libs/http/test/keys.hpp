// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>

namespace meta138::http::test {

using Key = std::shared_ptr<EVP_PKEY>;

/// For a JWS algorithm: RSA of 2048 bits, or the curve that ES256, ES384, ES512 demand.
Key make_key(std::string_view algorithm);
std::string public_pem(const Key& key);
/// A signature as RFC 7518 has it: r and s side by side for curves.
std::string sign_jws(const Key& key, std::string_view algorithm, std::string_view text);
std::string hmac_sha256(std::string_view secret, std::string_view text);

/// A self-signed certificate, or one that `issuer` has signed, with its key, as files.
struct Certificate {
    Key key;
    std::shared_ptr<X509> certificate;
    std::string certificate_file;  ///< PEM
    std::string key_file;          ///< PEM
};
Certificate make_certificate(const std::string& common_name, const Certificate* issuer = nullptr,
                             int valid_days = 1);
/// A PKCS#12 file with the password "changeit"; with `key`, or the certificate alone as a
/// truststore.
std::string write_pkcs12(const std::string& name, const Certificate& certificate, bool with_key);
std::string sha256_fingerprint(const Certificate& certificate);

}  // namespace meta138::http::test
