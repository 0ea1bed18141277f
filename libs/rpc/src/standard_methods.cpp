// SPDX-License-Identifier: Apache-2.0
#include "methods.hpp"

namespace meta138::rpc {

MethodTable standard_methods() {
    MethodTable table;
    add_chain_methods(table);
    add_block_methods(table);
    add_transaction_methods(table);
    add_state_methods(table);
    add_fee_methods(table);
    add_submission_methods(table);
    add_log_methods(table);
    add_subscription_methods(table);
    add_net_methods(table);
    add_pool_methods(table);
    add_admin_methods(table);
    add_miner_methods(table);
    add_permissioning_methods(table);
    add_qbft_methods(table);
    add_raw_methods(table);
    add_otterscan_methods(table);
    add_call_methods(table);
    add_trace_methods(table);
    add_debug_methods(table);
    add_simulate_methods(table);
    return table;
}

}  // namespace meta138::rpc
