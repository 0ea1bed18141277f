// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/rpc/method_table.hpp"

namespace meta138::rpc {

// One for each file of methods; standard_methods() calls them all.

void add_block_methods(MethodTable& table);          ///< eth_getBlock*, counts, ommers
void add_transaction_methods(MethodTable& table);    ///< eth_getTransaction*, receipts
void add_state_methods(MethodTable& table);          ///< eth_getBalance ... eth_getProof
void add_fee_methods(MethodTable& table);            ///< eth_gasPrice ... eth_feeHistory
void add_chain_methods(MethodTable& table);          ///< eth_chainId, eth_config, eth_syncing ...
void add_submission_methods(MethodTable& table);     ///< eth_sendRawTransaction ...
void add_log_methods(MethodTable& table);            ///< eth_getLogs, eth_newFilter ...
void add_subscription_methods(MethodTable& table);   ///< eth_subscribe, eth_unsubscribe
void add_net_methods(MethodTable& table);            ///< net_, web3_
void add_pool_methods(MethodTable& table);           ///< txpool_
void add_admin_methods(MethodTable& table);          ///< admin_
void add_miner_methods(MethodTable& table);          ///< miner_
void add_permissioning_methods(MethodTable& table);  ///< perm_
void add_qbft_methods(MethodTable& table);           ///< qbft_
void add_raw_methods(MethodTable& table);            ///< debug_getRaw*
void add_otterscan_methods(MethodTable& table);      ///< ots_
void add_call_methods(MethodTable& table);           ///< eth_call, eth_estimateGas ...
void add_trace_methods(MethodTable& table);          ///< trace_
void add_debug_methods(MethodTable& table);          ///< debug_trace ...
void add_simulate_methods(MethodTable& table);       ///< eth_simulateV1

}  // namespace meta138::rpc
