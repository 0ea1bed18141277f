// SPDX-License-Identifier: Apache-2.0
#include "keystore.hpp"

#include "files.hpp"

#include "meta138/http/server.hpp"

#include <openssl/err.h>
#include <openssl/pkcs12.h>

namespace meta138::http {
namespace {

using BioPtr = std::unique_ptr<BIO, OpensslDeleter<BIO_free_all>>;
using Pkcs12Ptr = std::unique_ptr<PKCS12, OpensslDeleter<PKCS12_free>>;

}  // namespace

std::string openssl_reason() {
    const auto code = ERR_peek_last_error();
    ERR_clear_error();
    const auto* reason = ERR_reason_error_string(code);
    return reason ? reason : "unknown reason";
}

void fail_tls(const std::string& what) {
    throw ConfigurationError{what + " (" + openssl_reason() + ")"};
}

Keystore read_keystore(const std::string& file, const std::string& password_file,
                       const std::string& password) {
    const BioPtr bio{BIO_new_file(file.c_str(), "rb")};
    if (!bio) fail_tls("Cannot read the keystore '" + file + "'");
    const Pkcs12Ptr pkcs12{d2i_PKCS12_bio(bio.get(), nullptr)};
    if (!pkcs12) fail_tls("'" + file + "' is not a PKCS#12 keystore");
    const auto given = password_file.empty() ? password : read_first_line(password_file);
    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    STACK_OF(X509)* authorities = nullptr;
    if (PKCS12_parse(pkcs12.get(), given.c_str(), &key, &certificate, &authorities) != 1)
        fail_tls("Cannot open the keystore '" + file + "': wrong password?");
    return {.key = KeyPtr{key},
            .certificate = CertificatePtr{certificate},
            .authorities = CertificatesPtr{authorities}};
}

std::vector<X509*> certificates_of(const Keystore& store, const std::string& file) {
    std::vector<X509*> result;
    if (store.certificate) result.push_back(store.certificate.get());
    for (int i = 0; store.authorities && i < sk_X509_num(store.authorities.get()); ++i)
        result.push_back(sk_X509_value(store.authorities.get(), i));
    if (result.empty())
        throw ConfigurationError{"The truststore '" + file + "' holds no certificate"};
    return result;
}

}  // namespace meta138::http
