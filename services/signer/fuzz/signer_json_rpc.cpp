// SPDX-License-Identifier: Apache-2.0
// The text of each request of a batch is that request, and reads the same by itself.
#include "server/json_rpc.hpp"

#include "meta138/base/assert.hpp"

#include <cstdint>
#include <string_view>

using namespace meta138;          // NOLINT(google-build-using-namespace)
using namespace meta138::signer;  // NOLINT(google-build-using-namespace)

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    json::Parser parser;
    const auto body = decode_body(parser, text, 64);
    if (!body) {
        META138_ASSERT(body.error().status >= 400 && !body.error().body.empty());
        return 0;
    }
    META138_ASSERT(!body->requests.empty());
    for (const auto& request : body->requests) {
        json::Parser alone;
        const auto value = alone.parse(request.text);
        META138_ASSERT(value);
        META138_ASSERT(value->find("method").string().value_or("") == request.method);
        META138_ASSERT(alone.parse(error_answer(request.id, {1, "x", {}}).body));
    }
    return 0;
}
