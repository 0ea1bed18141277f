// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/four_byte_tracer.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/evm/precompiles.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace meta138::tracing {

std::string to_json(const SelectorCounts& counts) {
    std::string text;
    json::Writer json{text};
    json.open_object();
    for (const auto& [selector, count] : counts)
        json.key(fmt::format("{}-{}", to_hex(selector.id), selector.argument_size)).number(count);
    json.close_object();
    return text;
}

void FourByteTracer::on_frame_begin(const evm::Message& message, ByteView /*code*/) {
    if (is_create(message.kind) || message.input.size() < 4) return;
    if (!message.is_delegated && evm::is_precompile(message.code_address, fork_)) return;
    Selector selector{.id = {}, .argument_size = message.input.size() - 4};
    std::ranges::copy(message.input.first(4), selector.id.begin());
    ++counts_[selector];
}

}  // namespace meta138::tracing
