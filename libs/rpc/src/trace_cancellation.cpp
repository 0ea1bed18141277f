// SPDX-License-Identifier: Apache-2.0
#include "trace_cancellation.hpp"

#include <string>

namespace meta138::rpc {

RpcError trace_too_large(std::size_t limit) {
    return {-32005, "Trace result is larger than " + std::to_string(limit >> 20) +
                        " MiB; ask for fewer blocks, a single transaction, or fewer details"};
}

RpcResult<void> pass_on(const Request& request) {
    auto& answer = request.answer;
    const auto limit = answer.is_whole() ? max_held_trace_bytes : max_trace_bytes;
    if (answer.size() > limit) return std::unexpected{trace_too_large(limit)};
    if (!answer.release()) return fail(error::timeout);
    return {};
}

}  // namespace meta138::rpc
