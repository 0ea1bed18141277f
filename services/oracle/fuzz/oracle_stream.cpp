// SPDX-License-Identifier: Apache-2.0
// Messages of exchanges and of other chains' nodes: the first byte chooses whose.
#include "config/presets.hpp"
#include "simulator/exchange.hpp"
#include "sources/aggregator_call.hpp"
#include "sources/stream.hpp"

#include "meta138/base/assert.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace meta138::oracle;

Config config_of(std::string_view preset) {
    Config config;
    config.sources = {
        {.name = std::string{preset},
         .kind = StreamSource{.preset = std::string{preset}, .dialect = *find_preset(preset)}}};
    config.tickers = {{.symbol = "ETH-USD"}, {.symbol = "ETH/USD"}, {.symbol = "ETHUSD"}};
    return config;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::vector<Config> configs = [] {
        std::vector<Config> result;
        for (const auto name : preset_names()) result.push_back(config_of(name));
        return result;
    }();
    if (size == 0) return 0;
    const std::string_view message{reinterpret_cast<const char*>(data) + 1, size - 1};
    const Instant now{.wall = std::chrono::seconds{1'700'000'000}};
    if (data[0] % 5 == 4) {
        META138_ASSERT(read_aggregators(message, 2, now).size() == 2);
        return 0;
    }
    const auto& config = configs[data[0] % 5];
    PriceBoard board(config.tickers.size());
    auto stream = std::move(Stream::all(config, 1).front());
    static_cast<void>(stream.on_time(now, board));
    static_cast<void>(stream.on_open(now, board));
    static_cast<void>(stream.on_message(message, now, board));
    for (const auto& ticker : board) META138_ASSERT(!ticker.last || !ticker.last->price.is_zero());
    static_cast<void>(read_stream_request(all_exchanges[data[0] % 5], message));
    return 0;
}
