// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/rpc/error.hpp"

#include <string>
#include <string_view>

namespace meta138::rpc {

namespace error {

// execution-apis, src/engine/common.md.
inline constexpr ErrorKind unknown_payload{-38001, "Unknown payload"};
inline constexpr ErrorKind invalid_forkchoice_state{-38002, "Invalid forkchoice state"};
inline constexpr ErrorKind invalid_payload_attributes{-38003, "Invalid payload attributes"};
inline constexpr ErrorKind too_large_request{-38004, "Too large request"};
inline constexpr ErrorKind unsupported_fork{-38005, "Unsupported fork"};

// Besu's for parameters.
inline constexpr ErrorKind invalid_engine_payload_params{-32602,
                                                         "Invalid engine payload parameter"};
inline constexpr ErrorKind invalid_forkchoice_params{-32602,
                                                     "Invalid engine forkchoice updated params"};
inline constexpr ErrorKind invalid_payload_attributes_params{
    -32602, "Invalid engine payload attributes parameter"};
inline constexpr ErrorKind invalid_payload_id_params{-32602, "Invalid payload id params"};
inline constexpr ErrorKind invalid_withdrawals_params{-32602, "Invalid withdrawals"};
inline constexpr ErrorKind invalid_blob_gas_used_params{
    -32602, "Invalid blob gas used param (missing or invalid)"};
inline constexpr ErrorKind invalid_excess_blob_gas_params{
    -32602, "Invalid excess blob gas params (missing or invalid)"};
inline constexpr ErrorKind invalid_versioned_hashes_params{-32602,
                                                           "Invalid versioned hashes params"};
inline constexpr ErrorKind invalid_parent_beacon_block_root_params{
    -32602, "Invalid parent beacon block root (missing or incorrect)"};
inline constexpr ErrorKind invalid_execution_requests_params{-32602,
                                                             "Invalid execution requests params"};
inline constexpr ErrorKind invalid_engine_capabilities_params{
    -32602, "Invalid engine exchange capabilities params"};

}  // namespace error

/// With a text beside the error that says what was wrong: `data`. The text needs no escaping.
[[nodiscard]] inline std::unexpected<RpcError> fail_with_data(const ErrorKind& kind,
                                                              std::string_view data) {
    return std::unexpected{
        RpcError{kind.code, std::string{kind.message}, "\"" + std::string{data} + "\""}};
}

}  // namespace meta138::rpc
