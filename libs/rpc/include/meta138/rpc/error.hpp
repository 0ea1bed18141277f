// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace meta138::rpc {

/// A code with its text, as Besu answers it.
struct ErrorKind {
    int code;
    std::string_view message;
};

/// Why a request has no result (JSON-RPC 2.0 section 5.1).
struct RpcError {
    int code = 0;
    std::string message;
    std::string data{};  ///< A whole JSON value, or empty: then the member is left out.

    RpcError() = default;
    RpcError(int error_code, std::string text, std::string json_data = {})
        : code{error_code}, message{std::move(text)}, data{std::move(json_data)} {}
    // NOLINTNEXTLINE(google-explicit-constructor): an error of a kind is that error.
    RpcError(const ErrorKind& kind) : code{kind.code}, message{kind.message} {}

    friend bool operator==(const RpcError&, const RpcError&) = default;
};

template <typename T>
using RpcResult = std::expected<T, RpcError>;

/// `return fail(error::block_not_found);`
[[nodiscard]] inline std::unexpected<RpcError> fail(const ErrorKind& kind) {
    return std::unexpected{RpcError{kind}};
}
/// With what was wrong in brackets: "Invalid filter params (topics)".
[[nodiscard]] inline std::unexpected<RpcError> fail(const ErrorKind& kind,
                                                    std::string_view detail) {
    return std::unexpected{
        RpcError{kind.code, std::string{kind.message} + " (" + std::string{detail} + ")"}};
}

/// Besu's errors (RpcErrorType), by what they say.
namespace error {

// The envelope.
inline constexpr ErrorKind parse_error{-32700, "Parse error"};
inline constexpr ErrorKind invalid_request{-32600, "Invalid Request"};
inline constexpr ErrorKind method_not_found{-32601, "Method not found"};
inline constexpr ErrorKind method_not_enabled{-32604, "Method not enabled"};
inline constexpr ErrorKind internal_error{-32603, "Internal error"};
inline constexpr ErrorKind timeout{-32603, "Timeout expired"};
inline constexpr ErrorKind exceeds_max_batch_size{-32005,
                                                  "Number of requests exceeds max batch size"};
inline constexpr ErrorKind unauthorized{-40100, "Unauthorized"};

// Parameters.
inline constexpr ErrorKind invalid_params{-32602, "Invalid params"};
inline constexpr ErrorKind invalid_account_params{-32602, "Invalid account params"};
inline constexpr ErrorKind invalid_address_params{-32602, "Invalid address params"};
inline constexpr ErrorKind invalid_address_hash_params{-32602, "Invalid address hash params"};
inline constexpr ErrorKind invalid_block_params{-32602, "Invalid block param (block not found)"};
inline constexpr ErrorKind invalid_block_count_params{-32602, "Invalid block count params"};
inline constexpr ErrorKind invalid_block_hash_params{-32602, "Invalid block hash params"};
inline constexpr ErrorKind invalid_block_index_params{-32602, "Invalid block index params"};
inline constexpr ErrorKind invalid_block_number_params{-32602, "Invalid block number params"};
inline constexpr ErrorKind invalid_call_params{-32602, "Invalid call params"};
inline constexpr ErrorKind invalid_data_params{-32602, "Invalid data params"};
inline constexpr ErrorKind invalid_data_hash_params{-32602, "Invalid data hash params"};
inline constexpr ErrorKind invalid_enode_params{-32602, "Invalid enode params"};
inline constexpr ErrorKind invalid_extra_data_params{-32602, "Invalid extra data params"};
inline constexpr ErrorKind invalid_filter_params{-32602, "Invalid filter params"};
inline constexpr ErrorKind invalid_log_filter_params{-32602, "Invalid log filter params"};
inline constexpr ErrorKind invalid_log_level_params{
    -32602, "Invalid log level params (missing or incorrect)"};
inline constexpr ErrorKind invalid_max_results_params{-32602, "Invalid max results params"};
inline constexpr ErrorKind invalid_min_gas_price_params{-32602, "Invalid min gas price params"};
inline constexpr ErrorKind invalid_min_priority_fee_params{-32602,
                                                           "Invalid min priority fee params"};
inline constexpr ErrorKind invalid_param_count{-32602, "Invalid number of params"};
inline constexpr ErrorKind invalid_pending_transactions_params{
    -32602, "Invalid pending transactions params"};
inline constexpr ErrorKind invalid_plugin_name_params{-32602, "Invalid plug in name params"};
inline constexpr ErrorKind invalid_position_params{-32602, "Invalid position params"};
inline constexpr ErrorKind invalid_return_complete_transaction_params{
    -32602, "Invalid return complete transaction params"};
inline constexpr ErrorKind invalid_reward_percentiles_params{-32602,
                                                             "Invalid reward percentiles params"};
inline constexpr ErrorKind invalid_storage_keys_params{-32602, "Invalid storage keys params"};
inline constexpr ErrorKind invalid_subscription_params{-32602, "Invalid subscription params"};
inline constexpr ErrorKind invalid_target_gas_limit_params{-32602,
                                                           "Invalid target gas limit params"};
inline constexpr ErrorKind invalid_trace_call_many_params{-32602, "Invalid trace call many params"};
inline constexpr ErrorKind invalid_trace_numbers_params{-32602, "Invalid trace numbers params"};
inline constexpr ErrorKind invalid_trace_type_params{-32602, "Invalid trace type params"};
inline constexpr ErrorKind invalid_transaction_params{
    -32602, "Invalid transaction params (missing or incorrect)"};
inline constexpr ErrorKind invalid_transaction_hash_params{-32602,
                                                           "Invalid transaction hash params"};
inline constexpr ErrorKind invalid_transaction_index_params{-32602,
                                                            "Invalid transaction id params"};
inline constexpr ErrorKind invalid_transaction_limit_params{-32602,
                                                            "Invalid transaction limit params"};
inline constexpr ErrorKind invalid_transaction_trace_params{-32602,
                                                            "Invalid transaction trace params"};
inline constexpr ErrorKind invalid_transaction_type{-32602, "Invalid transaction type"};
inline constexpr ErrorKind invalid_vote_type_params{-32602, "Invalid vote type params"};

// What is asked for.
inline constexpr ErrorKind invalid_input{-32000, "Invalid input"};
inline constexpr ErrorKind unknown_block{-39001, "Unknown block"};
inline constexpr ErrorKind block_not_found{-32000, "Block not found"};
inline constexpr ErrorKind parent_block_not_found{-32000, "Parent block not found"};
inline constexpr ErrorKind transaction_not_found{-32000, "Transaction not found"};
inline constexpr ErrorKind account_not_found{-32000, "Account not found"};
inline constexpr ErrorKind world_state_unavailable{-32000, "World state unavailable"};
inline constexpr ErrorKind pruned_history_unavailable{4444, "Pruned history unavailable"};
inline constexpr ErrorKind filter_not_found{-32000, "Filter not found"};
inline constexpr ErrorKind logs_filter_not_found{-32000, "Logs filter not found"};
inline constexpr ErrorKind subscription_not_found{-32000, "Subscription not found"};
inline constexpr ErrorKind exceeds_rpc_max_block_range{
    -32005, "Requested range exceeds maximum RPC range limit"};

// Execution.
inline constexpr ErrorKind revert_error{3, "Execution reverted"};
inline constexpr ErrorKind execution_halted{
    -32000, "Transaction processing could not be completed due to an exception"};

// Transactions that are submitted or simulated.
inline constexpr ErrorKind transaction_already_known{-32000, "Known transaction"};
inline constexpr ErrorKind transaction_replacement_underpriced{
    -32000, "Replacement transaction underpriced"};
inline constexpr ErrorKind wrong_chain_id{-32000, "Wrong chainId"};
inline constexpr ErrorKind replay_protected_signatures_not_supported{-32000,
                                                                     "ChainId not supported"};
inline constexpr ErrorKind replay_protected_signature_required{-32000, "ChainId is required"};
inline constexpr ErrorKind tx_feecap_exceeded{-32000, "Transaction fee cap exceeded"};
inline constexpr ErrorKind max_priority_fee_per_gas_exceeds_max_fee_per_gas{
    -32000, "Max priority fee per gas exceeds max fee per gas"};
inline constexpr ErrorKind nonce_too_far_in_future_for_sender{
    -32000, "Transaction nonce is too distant from current sender nonce"};
inline constexpr ErrorKind lower_nonce_invalid_transaction_exists{
    -32000, "An invalid transaction with a lower nonce exists"};
inline constexpr ErrorKind plugin_tx_validator{-32000,
                                               "Plugin has marked the transaction as invalid"};
inline constexpr ErrorKind nonce_too_low{-32001, "Nonce too low"};
inline constexpr ErrorKind invalid_transaction_signature{-32002, "Invalid signature"};
inline constexpr ErrorKind tx_pool_disabled{
    -32002,
    "Transaction pool not enabled. (Either txpool explicitly disabled, or node not yet in sync)."};
inline constexpr ErrorKind intrinsic_gas_exceeds_limit{-32003, "Intrinsic gas exceeds gas limit"};
inline constexpr ErrorKind transaction_upfront_cost_exceeds_balance{
    -32004, "Upfront cost exceeds account balance"};
inline constexpr ErrorKind exceeds_block_gas_limit{-32005,
                                                   "Transaction gas limit exceeds block gas limit"};
inline constexpr ErrorKind exceeds_transaction_gas_limit_cap{-32005,
                                                             "Transaction gas limit cap exceeded"};
inline constexpr ErrorKind nonce_too_high{-32006, "Nonce too high"};
inline constexpr ErrorKind tx_sender_not_authorized{
    -32007, "Sender account not authorized to send transactions"};
inline constexpr ErrorKind chain_head_world_state_not_available{
    -32008, "Initial sync is still in progress"};
inline constexpr ErrorKind gas_price_too_low{-32009,
                                             "Gas price below configured minimum gas price"};
inline constexpr ErrorKind gas_price_below_current_base_fee{-32009,
                                                            "Gas price below current base fee"};
inline constexpr ErrorKind blob_gas_price_below_current_blob_base_fee{
    -32009, "blob gas price below current blob base fee"};
inline constexpr ErrorKind blobs_failed_kzg_validation{-32603, "blobs failed kzg validation"};
inline constexpr ErrorKind eth_send_tx_not_available{
    -32604,
    "The method eth_sendTransaction is not supported. Use eth_sendRawTransaction to send a signed "
    "transaction to Besu."};

// The node.
inline constexpr ErrorKind p2p_disabled{
    -32000, "P2P has been disabled. This functionality is not available"};
inline constexpr ErrorKind p2p_network_not_running{-32000, "P2P network is not running"};
inline constexpr ErrorKind discovery_disabled{
    -32000, "Discovery has been disabled. This functionality is not available"};
inline constexpr ErrorKind cant_connect_to_local_peer{-32100, "Cannot add local node as peer."};
inline constexpr ErrorKind dns_not_enabled{-32100, "Enode DNS support is disabled"};
inline constexpr ErrorKind cant_resolve_peer_enode_dns{-32100, "Cannot resolve enode DNS hostname"};
inline constexpr ErrorKind coinbase_not_specified{
    -32010, "Coinbase not set. Unable to start mining without a coinbase"};
inline constexpr ErrorKind target_gas_limit_modification_unsupported{
    -32011, "The node is not attempting to target a gas limit so the target can't be changed"};
inline constexpr ErrorKind plugin_not_found{-60000, "Plugin not found"};

// Permissioning.
inline constexpr ErrorKind account_allowlist_not_enabled{-32000,
                                                         "Account allowlist has not been enabled"};
inline constexpr ErrorKind node_allowlist_not_enabled{-32000,
                                                      "Node allowlist has not been enabled"};
inline constexpr ErrorKind permissions_not_enabled{-32000,
                                                   "Node/Account allowlist has not been enabled"};

}  // namespace error
}  // namespace meta138::rpc
