// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/evm/tracer.hpp"
#include "meta138/state/state.hpp"
#include "meta138/types/transaction.hpp"

#include <cstdint>
#include <map>
#include <set>

namespace meta138::tracing {

/// Parity's stateDiff: what a transaction changed, account by account, with what was there before:
///
///     {"0x…":{"balance":{"*":{"from":"0x2","to":"0x1"}},"code":"=","nonce":{"+":"0x0"},
///      "storage":{"0x…":{"*":{…}}}},…}
///
/// "=": as before; "+": came into being; "-": went away. For one transaction.
class StateDiffTracer final : public evm::Tracer {
public:
    /// `state`, on which the transaction runs, outlives this object.
    explicit StateDiffTracer(state::State& state) : state_{state} {}

    /// Before the transaction is applied.
    void begin(const Transaction& transaction, const Address& sender, const Address& coinbase);
    /// After it was applied; the next one may begin.
    void write(json::Writer& json);

    void on_frame_begin(const evm::Message& message, ByteView code) override;
    void on_step(const evm::Step& step) override;

private:
    /// An account as it was.
    struct Before {
        bool exists = false;
        std::uint64_t nonce = 0;
        uint256 balance;
        Hash32 code_hash;
        ByteView code;                       ///< The state's, which keeps it until its reset.
        std::map<uint256, uint256> storage;  ///< Slots that were written to.
    };

    Before& look_up(const Address& address);
    [[nodiscard]] bool has_changed(const Address& address, const Before& before);
    void write_account(json::Writer& json, const Address& address, const Before& before);
    void write_storage(json::Writer& json, const Address& address, const Before& before);

    state::State& state_;
    std::map<Address, Before> accounts_;
};

}  // namespace meta138::tracing
