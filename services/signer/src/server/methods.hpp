// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chain/downstream.hpp"
#include "chain/fee_source.hpp"
#include "chain/transaction_sender.hpp"
#include "server/json_rpc.hpp"
#include "signing_gate.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace meta138::signer {

/// One chain as methods need it.
struct ChainService {
    std::uint64_t id = 0;
    std::unique_ptr<Downstream> downstream;
    std::unique_ptr<FeeSource> fees;
};

/// Where a request came from, and for which chain.
struct MethodContext {
    ChainService* chain = nullptr;
    Caller caller;
    Headers headers;  ///< For the node.
};

/// The JSON-RPC methods that are answered here. Any thread; blocks only for signatures.
class Methods {
public:
    using Done = std::move_only_function<void(RpcAnswer)>;

    struct Parts {
        const KeyStore& keys;
        SigningGate& gate;
        TransactionSender& sender;
        SignerMetrics& metrics;
        http::WorkerThreads& workers;
        TransactionFilling filling = TransactionFilling::estimate;
    };
    explicit Methods(Parts parts) : parts_{std::move(parts)} {}

    [[nodiscard]] static bool has(std::string_view method) noexcept;

    /// `request.method` is one that has() knows. `done` is called once, possibly later on another
    /// thread; `request` is not used any more after this has returned.
    void call(const RpcRequest& request, const MethodContext& context, Done done);

private:
    void accounts(const RpcRequest& request, Done done) const;
    void sign_message(const RpcRequest& request, const MethodContext& context, Done done);
    void sign_typed_data(const RpcRequest& request, const MethodContext& context, Done done);
    void sign_transaction(const RpcRequest& request, const MethodContext& context, Done done);
    void send_transaction(const RpcRequest& request, const MethodContext& context, Done done);

    void sign_digest(const RpcRequest& request, const MethodContext& context, PolicyRequest what,
                     const Hash32& digest, std::string event, Done done);

    struct Prepared;
    /// Decodes, fills and asks the policy; then calls `next`, or answers.
    void prepare(const RpcRequest& request, const MethodContext& context, bool is_send,
                 std::move_only_function<void(Prepared)> next, Done done);
    void fill(Prepared prepared, std::move_only_function<void(Prepared)> next);
    void authorize(Prepared prepared, std::move_only_function<void(Prepared)> next);

    Parts parts_;
};

}  // namespace meta138::signer
