// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/rpc/method_table.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace meta138::rpc {

/// How blocks are built for a consensus client, and who says so.
struct EngineOptions {
    std::string client_code = "MT";  ///< Two letters (engine_getClientVersionV1).
    std::string client_name = "Meta138";
    std::string client_version;
    std::string commit = "0x00000000";            ///< Four bytes.
    std::uint64_t target_gas_limit = 60'000'000;  ///< --target-gas-limit
    Bytes extra_data;                             ///< --miner-extra-data
    /// For choosing transactions when a payload is asked for.
    std::chrono::milliseconds building_time{500};
};

/// engine_: what a consensus client asks of its execution client (execution-apis, src/engine). What
/// they remember between calls (payloads that were executed, payloads in the making) lives in the
/// table's functions, is bounded, and is used on the chain's thread alone.
void add_engine_methods(MethodTable& table, const EngineOptions& options = {});

/// testing_buildBlockV1: a block on the head from given transactions, thrown away afterwards.
void add_testing_methods(MethodTable& table, const EngineOptions& options = {});

}  // namespace meta138::rpc
