// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/evm/tracer.hpp"
#include "meta138/state/state.hpp"
#include "meta138/types/fork.hpp"
#include "meta138/types/transaction.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace meta138::tracing {

/// Options of go-ethereum's prestateTracer.
struct PrestateOptions {
    bool diff_mode = false;  ///< What changed only, as it was and as it is.
    bool disable_code = false;
    bool disable_storage = false;
    bool include_empty = false;  ///< Accounts that were empty before. Not in diff_mode.
};

/// What is known of an account, or in a diff what became of it; the rest is absent.
struct PrestateAccount {
    std::optional<uint256> balance;
    std::optional<Bytes> code;
    std::optional<Hash32> code_hash;
    std::uint64_t nonce = 0;             ///< Zero is not shown.
    std::map<uint256, uint256> storage;  ///< Only what the transaction has looked at.
};

using PrestateAccounts = std::map<Address, PrestateAccount>;

struct Prestate {
    PrestateAccounts pre;
    std::optional<PrestateAccounts> post;  ///< In diff_mode.
};

/// {"0x…":{"balance":…,"code":…,"codeHash":…,"nonce":1,"storage":{…}},…}, or
/// {"post":{…},"pre":{…}}, as go-ethereum writes it.
[[nodiscard]] std::string to_json(const Prestate& prestate);

/// go-ethereum's prestateTracer: the accounts and slots that a transaction needs, as they were
/// before it. For one transaction.
class PrestateTracer final : public evm::Tracer {
public:
    /// `state`, on which the transaction runs, outlives this object.
    PrestateTracer(state::State& state, Fork fork, PrestateOptions options = {});

    /// Before the transaction is applied.
    void begin(const Transaction& transaction, const Address& sender, const Address& coinbase);
    /// After it was applied.
    [[nodiscard]] Prestate finish();

    void on_frame_begin(const evm::Message& message, ByteView code) override;
    void on_step(const evm::Step& step) override;
    void on_step_charged(std::int64_t gas_cost, evm::Status status) override;

private:
    /// An account as it was when the transaction first needed it.
    struct Entry {
        PrestateAccount account;
        bool was_empty = false;
    };
    struct Slot {
        Address address;
        uint256 key;
    };

    Entry& look_up(const Address& address);
    void look_up_called(const Address& address);
    void look_up_slot(const Address& address, const uint256& key);
    PrestateAccounts take_changes();
    std::optional<PrestateAccount> take_change(const Address& address, PrestateAccount& before);
    bool take_storage_changes(const Address& address, PrestateAccount& before,
                              PrestateAccount& after);

    state::State& state_;
    Fork fork_;
    PrestateOptions options_;
    std::map<Address, Entry> entries_;
    std::set<Address> created_;
    std::set<Address> deleted_;
    // What the last step has added, to be taken back if it could not be paid for.
    std::vector<Address> added_accounts_;
    std::optional<Slot> added_slot_;
    std::optional<Address> selfdestructing_;
};

}  // namespace meta138::tracing
