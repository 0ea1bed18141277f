// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/codec/json/reader.hpp"
#include "meta138/rpc/method_table.hpp"
#include "meta138/types/transaction.hpp"

namespace meta138::node {

/// A transaction without its signature, and who is to sign it.
struct FilledTransaction {
    Transaction transaction;
    Address sender;
};

/// Makes a whole transaction of what eth_sendTransaction is given: nonce, gas and fees that are
/// missing are filled in.
class TransactionFiller {
public:
    /// Takes eth_estimateGas from the table as it is now.
    explicit TransactionFiller(const rpc::MethodTable& table);

    [[nodiscard]] rpc::RpcResult<FilledTransaction> fill(const rpc::Request& request,
                                                         json::Value call) const;

private:
    [[nodiscard]] rpc::RpcResult<std::uint64_t> estimate(const rpc::Request& request,
                                                         const FilledTransaction& call) const;

    rpc::AnyMethod estimate_gas_;
};

}  // namespace meta138::node
