// SPDX-License-Identifier: Apache-2.0
// No token that was not signed with our secret is let in. The input is tried as a token, and as the
// claims of one with a good signature, so that what reads the claims is reached.
#include "jwt.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/http/authentication.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace meta138::http;
    static const std::string secret = "0123456789abcdef0123456789abcdef";
    static const JwtVerifier verifier{JwtAlgorithm::HS256, secret};
    static const std::chrono::sys_seconds now{std::chrono::seconds{1'700'000'000}};
    const std::string_view input{reinterpret_cast<const char*>(data), size};

    META138_ASSERT(!verifier.verify(input, now));
    if (const auto bytes = decode_base64url(input))
        META138_ASSERT(encode_base64url(*bytes) == input);
    static_cast<void>(decode_base64(input));

    const auto text = encode_base64url(R"({"alg":"HS256"})") + "." + encode_base64url(input);
    std::string mac(32, '\0');
    unsigned mac_size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(mac.data()), &mac_size);
    const auto identity = verifier.verify(text + "." + encode_base64url(mac), now);
    META138_ASSERT(!identity || identity->expires_at > now);
    return 0;
}
