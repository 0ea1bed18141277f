// SPDX-License-Identifier: Apache-2.0
// A configuration that is accepted keeps its promises: what is made of it needs no further check.
#include "sources/poll.hpp"
#include "sources/stream.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/oracle/aggregate.hpp"
#include "meta138/oracle/config.hpp"

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace meta138::oracle;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    // A reference to a file must not make a fuzzer read this machine's.
    if (text.find("file:") != std::string_view::npos) return 0;
    // What the configuration says itself is no secret: libFuzzer learns the words below.
    if (text.find("secret") != std::string_view::npos) return 0;
    const auto config = parse_config(
        text, "x.toml", [](const auto&) -> std::optional<std::string> { return "secret value"; });
    if (!config) {
        META138_ASSERT(!config.error().empty());
        for (const auto& error : config.error())
            META138_ASSERT(to_string(error).find("secret value") == std::string::npos);
        return 0;
    }
    auto polls = Poll::all(*config);
    auto streams = Stream::all(*config, 1);
    PriceBoard board(config->tickers.size());
    for (auto& poll : polls) {
        static_cast<void>(poll.on_time({}));
        poll.on_answer(Answer{.text = R"({"price":1})"}, {}, board);
    }
    for (auto& stream : streams) static_cast<void>(stream.on_time({}, board));
    for (const auto& feed : config->feeds) {
        META138_ASSERT(feed.min_sources <= feed.sources.size());
        static_cast<void>(aggregate(feed, board, {}));
    }
    return 0;
}
