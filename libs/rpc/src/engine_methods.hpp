// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine_errors.hpp"
#include "engine_store.hpp"

#include "meta138/blockchain/chain.hpp"
#include "meta138/rpc/engine.hpp"
#include "meta138/rpc/method_table.hpp"
#include "meta138/rpc/request.hpp"
#include "meta138/types/fork.hpp"

#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace meta138::rpc {

/// What the methods of one table share.
struct Engine {
    EngineOptions options;
    EngineStore store;  ///< The chain's thread's.
};
using SharedEngine = std::shared_ptr<Engine>;

void add_new_payload_methods(MethodTable& table, const SharedEngine& engine);
void add_forkchoice_methods(MethodTable& table, const SharedEngine& engine);
void add_get_payload_methods(MethodTable& table, const SharedEngine& engine);
void add_blob_methods(MethodTable& table);
void add_payload_body_methods(MethodTable& table);
void add_client_methods(MethodTable& table, const SharedEngine& engine);

/// Whether a fork by time, or one after it, holds at `timestamp`.
[[nodiscard]] bool is_active(const blockchain::ChainView& view, Fork fork, std::uint64_t timestamp);

/// Whether `timestamp` lies within the forks for which a method is meant: from `first` on, and
/// before `end`. What Besu says where it does not.
[[nodiscard]] RpcResult<void> require_fork(const blockchain::ChainView& view,
                                           std::uint64_t timestamp, std::optional<Fork> first,
                                           std::optional<Fork> end);

/// Runs `task(chain)` on the chain's thread and returns what it returned.
template <typename Task>
auto on_chain_thread(const Request& request, Task task)
    -> decltype(task(std::declval<blockchain::Chain&>())) {
    if (!request.backend.run_on_chain_thread) return fail(error::internal_error);
    std::optional<decltype(task(std::declval<blockchain::Chain&>()))> result;
    request.backend.run_on_chain_thread(
        [&](blockchain::Chain& chain) { result.emplace(task(chain)); });
    if (!result) return fail(error::internal_error);
    return *std::move(result);
}

/// PayloadStatusV1.
struct PayloadStatus {
    std::string_view status;
    std::optional<Hash32> latest_valid_hash;
    std::optional<std::string> validation_error;
};
void write_payload_status(json::Writer& out, const PayloadStatus& status);

}  // namespace meta138::rpc
