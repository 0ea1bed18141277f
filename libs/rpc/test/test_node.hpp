// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/hex.hpp"
#include "meta138/blockchain/block_builder.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/rpc/server.hpp"
#include "meta138/storage/database.hpp"
#include "meta138/txpool/shared_pool.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::rpc {

/// Accounts as a view has them.
class ViewAccounts final : public txpool::AccountSource {
public:
    explicit ViewAccounts(std::shared_ptr<const blockchain::ChainView> view)
        : view_{std::move(view)}, state_{view_->blocks().state_at(view_->head().header.number)} {}

    [[nodiscard]] txpool::AccountState account(const Address& address) const override {
        const auto account = state_->account(address);
        if (!account) return {};
        return {account->nonce, account->balance, account->code_hash != EMPTY_CODE_HASH};
    }

private:
    std::shared_ptr<const blockchain::ChainView> view_;
    std::unique_ptr<state::StateView> state_;
};

/// Keeps what it is sent, until it is closed.
class TestSink final : public NotificationSink {
public:
    explicit TestSink(std::uint64_t id) : id_{id} {}
    [[nodiscard]] std::uint64_t id() const noexcept override { return id_; }
    bool send(std::string message) override {
        const std::lock_guard lock{mutex_};
        if (is_closed_) return false;
        messages_.push_back(std::move(message));
        return true;
    }
    void close() {
        const std::lock_guard lock{mutex_};
        is_closed_ = true;
    }
    [[nodiscard]] std::vector<std::string> take() {
        const std::lock_guard lock{mutex_};
        return std::exchange(messages_, {});
    }

private:
    const std::uint64_t id_;
    std::mutex mutex_;
    bool is_closed_ = false;
    std::vector<std::string> messages_;
};

/// A chain in memory that seals when told to, with one funded account and a contract that writes a
/// log for each call.
class TestNode {
public:
    static constexpr std::string_view genesis_json = R"({
        "config": {"chainId": 138, "berlinBlock": 0, "londonBlock": 0, "zeroBaseFee": true,
                   "ethash": {"fixeddifficulty": 1}},
        "gasLimit": "0x1c9c380", "difficulty": "0x1",
        "alloc": {
          "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf": {"balance": "0xde0b6b3a7640000"},
          "0x00000000000000000000000000000000000000aa":
              {"balance": "0x0", "code": "0x600160005560aa60006000a100", "storage": {"0x4": "0x2a"}}
        }})";

    /// `now`: the server's clock; empty: the steady one.
    explicit TestNode(const Settings& settings = {}, MethodTable methods = standard_methods(),
                      std::function<std::chrono::steady_clock::time_point()> now = {})
        : server_{std::make_unique<Server>(std::move(methods), prepared_backend(std::move(now)),
                                           settings)} {
        pool_.add_observer(
            {.on_added = [this](const auto& added) { server_->transaction_added(added); },
             .on_removed = [this](const auto& removed,
                                  auto why) { server_->transaction_removed(removed, why); }});
        chain_.add_listener([this](const auto& event) { server_->head_changed(event); });
    }

    std::string ask(std::string_view body, const Caller& caller = {}) {
        std::string answer;
        status = server_->handle(body, caller, answer);
        return answer;
    }
    /// The answer to a method with these parameters, with the envelope off.
    nlohmann::json call(std::string_view method, const nlohmann::json& params = {},
                        const Caller& caller = {}) {
        const nlohmann::json request{
            {"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}};
        auto answer = nlohmann::json::parse(ask(request.dump(), caller));
        return answer.contains("result") ? answer["result"] : answer["error"];
    }

    [[nodiscard]] Server& server() noexcept { return *server_; }
    [[nodiscard]] Backend& backend() noexcept { return backend_; }
    [[nodiscard]] txpool::SharedPool& pool() noexcept { return pool_; }
    [[nodiscard]] blockchain::Chain& chain() noexcept { return chain_; }

    /// A transaction of the funded account; the caller changes what is special about it.
    [[nodiscard]] std::string signed_transaction(
        std::uint64_t nonce, const std::function<void(Transaction&)>& change = {}) const {
        Transaction transaction;
        transaction.chain_id = 138;
        transaction.nonce = nonce;
        transaction.gas_limit = 100'000;
        transaction.max_fee_per_gas = transaction.max_priority_fee_per_gas = 1000;
        transaction.to = to_address(uint256{0xaa});
        if (change) change(transaction);
        sign_transaction(transaction, secret_);
        return to_hex(encode_transaction(transaction));
    }

    /// Seals what is in the pool.
    void seal() {
        class Source final : public blockchain::TransactionSource {
        public:
            explicit Source(const txpool::SharedPool& pool) : selection_{pool.select()} {}
            std::optional<Candidate> next() override {
                const auto best = selection_.best();
                if (!best) return std::nullopt;
                return Candidate{txpool::transaction_of(best), best->sender, best->hash};
            }
            void report(blockchain::Selection selection,
                        std::optional<TransactionError> /*error*/) override {
                if (selection == blockchain::Selection::included) selection_.take();
            }

        private:
            txpool::SharedPool::Selection selection_;
        };
        Source source{pool_};
        blockchain::BlockAttributes attributes;
        attributes.timestamp = chain_.view()->head().header.timestamp + 2;
        attributes.difficulty = 1;
        const auto block = blockchain::build_block(chain_, attributes, source, [] { return true; });
        chain_.append(block);
        std::vector<Hash32> included;
        for (const auto& transaction : block->block.transactions)
            included.push_back(transaction_hash(transaction));
        const std::vector<Address> changed = {
            decode_fixed_hex<Address>("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf").value()};
        pool_.on_head({.head = pool_head(chain_.view()->head().header.number),
                       .accounts = std::make_shared<ViewAccounts>(chain_.view()),
                       .changed = changed,
                       .included = included,
                       .returned = {},
                       .returned_senders = {}});
    }

    HttpStatus status{};

private:
    static txpool::PoolHead pool_head(std::uint64_t number) {
        txpool::PoolHead head;
        head.number = number;
        head.next_fork = Fork::london;
        head.gas_limit = 30'000'000;
        head.chain_id = 138;
        return head;
    }
    static txpool::PoolConfig pool_config() {
        txpool::PoolConfig config;
        config.min_gas_price = 0;
        return config;
    }
    Backend& prepared_backend(std::function<std::chrono::steady_clock::time_point()> now) {
        backend_.now = std::move(now);
        backend_.metrics = &metrics_;
        backend_.view = [this] { return chain_.view(); };
        backend_.code_cache = &chain_.code_cache();
        backend_.run_on_chain_thread = [this](const auto& task) { task(chain_); };
        backend_.pool = &pool_;
        backend_.node.client_version = "besu/v0.0.0/test";
        backend_.node.network_id = 138;
        return backend_;
    }

    const crypto::SecretKey secret_ = crypto::SecretKey::from(to_hash32(uint256{1})).value();
    Genesis genesis_ = parse_genesis(genesis_json).value();
    std::unique_ptr<blockchain::Consensus> consensus_ =
        blockchain::make_trusting_consensus(genesis_);
    std::unique_ptr<storage::Database> database_ = storage::Database::open({.in_memory = true});
    blockchain::Chain chain_{*database_, genesis_, *consensus_};
    txpool::SharedPool pool_{pool_config(), pool_head(0),
                             std::make_shared<ViewAccounts>(chain_.view())};
    telemetry::Metrics metrics_;
    Backend backend_;
    std::unique_ptr<Server> server_;
};

}  // namespace meta138::rpc
