// SPDX-License-Identifier: Apache-2.0
// What is taken for a URL can be put together again, and cannot smuggle a line into a request.
#include "meta138/base/assert.hpp"
#include "meta138/http/url.hpp"

#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace meta138::http;
    const auto url = parse_url({reinterpret_cast<const char*>(data), size});
    if (!url) {
        META138_ASSERT(!to_string(url.error()).empty());
        return 0;
    }
    META138_ASSERT(url->port != 0 && !url->host.empty() && url->target.starts_with('/'));
    for (const auto& text : {url->host, url->target, url->host_header()})
        for (const auto c : text) META138_ASSERT(c > 0x20 && c < 0x7f);
    const auto again = parse_url(url->origin() + url->target);
    META138_ASSERT(again.has_value());
    META138_ASSERT(again->host == url->host && again->port == url->port &&
                   again->target == url->target && again->scheme == url->scheme);
    return 0;
}
