// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chain_thread.hpp"
#include "dev/dev_chain.hpp"

#include "meta138/node/options.hpp"
#include "meta138/rpc/method_table.hpp"

#include <string>

namespace meta138::node {

/// What the methods of a development chain work with; outlives the table.
struct DevContext {
    DevChain& dev;
    ChainThread& thread;
    txpool::SharedPool& pool;
    DevOptions options;
    std::string client_version;
};

/// evm_, hardhat_ and anvil_ methods: blocks, time, accounts and marks.
void add_dev_methods(rpc::MethodTable& table, const DevContext& context);

/// eth_accounts, eth_sendTransaction, eth_sign, personal_sign, eth_signTypedData_v4 and the like,
/// for the accounts whose keys everybody knows and for impersonated ones. Sending waits until an
/// automining chain has sealed the transaction. After the methods that are to be replaced.
void add_signing_methods(rpc::MethodTable& table, const DevContext& context);

}  // namespace meta138::node
