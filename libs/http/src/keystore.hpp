// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace meta138::http {

template <auto free_it>
struct OpensslDeleter {
    void operator()(auto* object) const noexcept { free_it(object); }
};
inline void free_certificates(STACK_OF(X509) * certificates) {
    sk_X509_pop_free(certificates, X509_free);
}
using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, OpensslDeleter<X509_free>>;
using CertificatesPtr = std::unique_ptr<STACK_OF(X509), OpensslDeleter<free_certificates>>;

/// What a PKCS#12 file holds; any part may be absent.
struct Keystore {
    KeyPtr key;
    CertificatePtr certificate;
    CertificatesPtr authorities;
};

/// The password is the first line of its file, or `password` if no file is named.
/// @throws ConfigurationError
[[nodiscard]] Keystore read_keystore(const std::string& file, const std::string& password_file,
                                     const std::string& password = {});

/// All certificates of a truststore read from `file`. @throws ConfigurationError if it has none
[[nodiscard]] std::vector<X509*> certificates_of(const Keystore& store, const std::string& file);

/// OpenSSL's reason for the last failure of this thread, which is then forgotten.
[[nodiscard]] std::string openssl_reason();

/// @throws ConfigurationError with `what` and OpenSSL's reason
[[noreturn]] void fail_tls(const std::string& what);

}  // namespace meta138::http
