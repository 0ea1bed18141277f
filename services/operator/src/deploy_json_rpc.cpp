// SPDX-License-Identifier: Apache-2.0
#include "deploy_json_rpc.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/client/calls.hpp"
#include "meta138/client/chain.hpp"
#include "meta138/contracts/abi.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/types/transaction.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace meta138::op {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t reverted_code = 3;

DeployError to_deploy_error(const client::CallError& error) {
    return {client::to_string(error)};
}

template <typename T>
DeployAnswer<T> answer_of(client::Result<T> result) {
    if (!result) return std::unexpected{to_deploy_error(result.error())};
    return *std::move(result);
}

bool is_revert(const client::CallError& error) {
    return error.kind == client::CallErrorKind::rpc &&
           (error.code == reverted_code || error.message.contains("revert"));
}

// "AccessControlUnauthorizedAccount(0x…)" rather than a node's "execution reverted".
std::string reason_of(const client::CallError& error) {
    const auto data = decode_hex(error.data);
    const auto reason = data ? contracts::abi::describe_revert(*data) : std::string{};
    return reason.empty() ? client::to_string(error)
                          : fmt::format("{}: {}", error.endpoint, reason);
}

// Nodes have no code of their own for it.
bool says_known(const client::CallError& error) {
    if (error.kind != client::CallErrorKind::rpc) return false;
    std::string message{error.message};
    std::ranges::transform(message, message.begin(), [](char each) {
        return each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
    });
    constexpr std::array words{"already known", "alreadyknown", "known transaction",
                               "already imported"};
    return std::ranges::any_of(words, [&](const char* word) { return message.contains(word); });
}

// An eighth more: nodes ask for a tenth. What was free costs something then.
uint256 bumped(const uint256& price) {
    return price + price / 8 + 1;
}

/// The nonce of a transaction that the node knows.
client::Call<std::optional<std::uint64_t>> find_nonce(const Hash32& hash) {
    using Nonce = std::optional<std::uint64_t>;
    return {.method = "eth_getTransactionByHash",
            .params = fmt::format("[\"{}\"]", to_hex(hash.bytes)),
            .decode = [](const client::RawResult& result) -> std::expected<Nonce, std::string> {
                const auto nonce = result.value.find("nonce").string();
                if (!nonce) return Nonce{};
                const auto value = parse_hex_uint256(*nonce);
                if (!value || !value->fits_uint64()) return Nonce{};
                return Nonce{value->low64()};
            }};
}

class JsonRpcTarget final : public DeployTarget {
public:
    JsonRpcTarget(const DeployOptions& options, client::ChainOptions chain)
        : options_{options}, chain_{std::move(chain)} {
        if (const auto* key = std::get_if<crypto::SecretKey>(&options.sender)) {
            key_ = key;
            sender_ = crypto::address_of(crypto::public_key(*key));
        } else {
            sender_ = std::get<Address>(options.sender);
        }
    }

    DeployAnswer<std::uint64_t> chain_id() override {
        if (!chain_id_) {
            TRY_LET(chain_id_, ask(client::chain_id()));
        }
        return *chain_id_;
    }
    DeployAnswer<Hash32> genesis_hash() override {
        TRY_LET(const auto head, head_of(client::BlockId{0}));
        return head.hash;
    }
    DeployAnswer<std::uint64_t> time() override {
        TRY_LET(const auto head, head_of(client::BlockId::latest()));
        return head.timestamp;
    }
    DeployAnswer<Bytes> code(const Address& address) override { return ask(client::code(address)); }
    DeployAnswer<Hash32> storage(const Address& address, const Hash32& slot) override {
        return ask(client::storage_at(address, slot));
    }
    DeployAnswer<uint256> balance(const Address& address) override {
        return ask(client::balance(address));
    }
    DeployAnswer<std::optional<Bytes>> call(const Address& to, const Bytes& data) override {
        client::CallRequest request;
        request.from = sender_;
        request.to = to;
        request.data = data;
        auto result = chain_.ask(client::call(request), {.stop = options_.stop});
        if (result) return *std::move(result);
        if (is_revert(result.error())) return std::nullopt;
        return std::unexpected{to_deploy_error(result.error())};
    }

    [[nodiscard]] Address sender() const override { return sender_; }
    DeployAnswer<std::vector<DeployReceipt>> send(std::span<const DeployCall> calls) override;
    DeployAnswer<DeployReceipt> send_raw(ByteView transaction) override {
        Sent sent{.raw = to_bytes(transaction), .touched = Clock::now()};
        TRY_LET(const auto hash, broadcast(sent.raw));
        sent.hashes.push_back(hash);
        return receipt_of(sent, deadline());
    }
    DeployAnswer<void> settle() override;
    DeployAnswer<void> wait(std::chrono::seconds time) override { return pause(time); }

private:
    struct Fees {
        bool is_legacy = false;
        uint256 max_fee;
        uint256 priority_fee;
    };

    template <typename T>
    DeployAnswer<T> ask(const client::Call<T>& call) {
        return answer_of(chain_.ask(call, {.stop = options_.stop}));
    }
    DeployAnswer<client::Head> head_of(const client::BlockId& block) {
        TRY_LET(auto head, ask(client::head(block)));
        if (head) return *std::move(head);
        return std::unexpected{DeployError{
            fmt::format("{}: has no block {}", chain_.current_endpoint(), block.text())}};
    }
    [[nodiscard]] Clock::time_point deadline() const {
        return Clock::now() + options_.transaction_timeout;
    }
    DeployAnswer<void> pause(milliseconds time);
    DeployAnswer<std::uint64_t> gas_limit_of(const DeployCall& call, std::uint64_t block_gas_limit);
    DeployAnswer<Fees> fees(const client::Head& head);
    /// On its way, perhaps in several versions that pay more and more for the same nonce.
    struct Sent {
        DeployCall call{};
        std::uint64_t gas = 0;
        Fees fees{};
        std::optional<std::uint64_t> nonce{};  // of our own account
        Bytes raw{};                           // absent: the endpoint signed it
        std::vector<Hash32> hashes{};
        Clock::time_point touched{};
        bool seems_displaced = false;
    };
    DeployAnswer<void> send_one(Sent& sent);
    DeployAnswer<Hash32> broadcast(ByteView raw);
    DeployAnswer<void> replace(Sent& sent);
    DeployAnswer<std::optional<DeployReceipt>> find_receipt(const Sent& sent);
    DeployAnswer<bool> is_displaced(Sent& sent);
    DeployAnswer<DeployReceipt> receipt_of(Sent& sent, Clock::time_point until);

    const DeployOptions& options_;
    client::Chain chain_;
    const crypto::SecretKey* key_ = nullptr;  // absent: the endpoint signs
    Address sender_;
    std::optional<std::uint64_t> chain_id_;
};

DeployAnswer<void> JsonRpcTarget::pause(milliseconds time) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock{mutex};
    stopped.wait_for(lock, options_.stop, time, [] { return false; });
    if (options_.stop.stop_requested()) return std::unexpected{DeployError{"stopped"}};
    return {};
}

// A quarter more than it takes now: what is sent together with it may make it dearer.
DeployAnswer<std::uint64_t> JsonRpcTarget::gas_limit_of(const DeployCall& call,
                                                        std::uint64_t block_gas_limit) {
    client::CallRequest request;
    request.from = sender_;
    request.to = call.to;
    request.value = call.value;
    request.data = call.data;
    const auto estimate = chain_.ask(client::estimate_gas(request), {.stop = options_.stop});
    if (!estimate)
        return std::unexpected{DeployError{fmt::format(
            "a call of {} would fail: {}", to_hex(call.to.bytes), reason_of(estimate.error()))}};
    return std::max(*estimate, std::min(*estimate + *estimate / 4, block_gas_limit));
}

DeployAnswer<JsonRpcTarget::Fees> JsonRpcTarget::fees(const client::Head& head) {
    TRY_LET(const auto gas_price, ask(client::gas_price()));
    if (!head.base_fee_per_gas)
        return Fees{.is_legacy = true, .max_fee = gas_price, .priority_fee = gas_price};
    const auto& base_fee = *head.base_fee_per_gas;
    const auto tip = gas_price > base_fee ? gas_price - base_fee : uint256{};
    return Fees{.is_legacy = false, .max_fee = base_fee + base_fee + tip, .priority_fee = tip};
}

// A node that has it already is as good as one that takes it: the answer before may have been lost.
DeployAnswer<Hash32> JsonRpcTarget::broadcast(ByteView raw) {
    const auto sent = chain_.ask(client::send_raw_transaction(raw), {.stop = options_.stop});
    if (sent) return *sent;
    if (says_known(sent.error())) return crypto::keccak256(raw);
    return std::unexpected{to_deploy_error(sent.error())};
}

DeployAnswer<void> JsonRpcTarget::send_one(Sent& sent) {
    const auto& call = sent.call;
    const auto& fees = sent.fees;
    sent.touched = Clock::now();
    if (key_ == nullptr) {
        // The signer knows the nonces of its account.
        client::CallRequest request;
        request.from = sender_;
        request.to = call.to;
        request.gas = sent.gas;
        request.value = call.value;
        request.data = call.data;
        request.nonce = sent.nonce;
        if (fees.is_legacy) {
            request.gas_price = fees.max_fee;
        } else {
            request.max_fee_per_gas = fees.max_fee;
            request.max_priority_fee_per_gas = fees.priority_fee;
        }
        TRY_LET(const auto hash, ask(client::send_transaction(request)));
        sent.hashes.push_back(hash);
        return {};
    }
    Transaction transaction;
    transaction.type = fees.is_legacy ? TransactionType::legacy : TransactionType::dynamic_fee;
    transaction.chain_id = chain_id_;
    transaction.nonce = *sent.nonce;
    transaction.max_priority_fee_per_gas = fees.priority_fee;
    transaction.max_fee_per_gas = fees.max_fee;
    transaction.gas_limit = sent.gas;
    transaction.to = call.to;
    transaction.value = call.value;
    transaction.data = call.data;
    sign_transaction(transaction, *key_);
    sent.raw = encode_transaction(transaction);
    TRY_LET(const auto hash, broadcast(sent.raw));
    sent.hashes.push_back(hash);
    return {};
}

// Under the same nonce, for more. Whatever stands against that, the version before may still be
// taken: only a stop ends the wait.
DeployAnswer<void> JsonRpcTarget::replace(Sent& sent) {
    sent.touched = Clock::now();
    if (options_.stop.stop_requested()) return std::unexpected{DeployError{"stopped"}};
    const bool is_of_others = !sent.raw.empty() && !sent.nonce;
    if (is_of_others) {
        [[maybe_unused]] const auto known = broadcast(sent.raw);
        return {};
    }
    if (!sent.nonce) {
        const auto nonce = ask(find_nonce(sent.hashes.back()));
        if (!nonce || !*nonce) return {};
        sent.nonce = *nonce;
    }
    auto better = sent;
    if (const auto head = head_of(client::BlockId::latest())) {
        if (const auto now = fees(*head)) better.fees = *now;
    }
    better.fees.max_fee = std::max(better.fees.max_fee, bumped(sent.fees.max_fee));
    better.fees.priority_fee = std::max(better.fees.priority_fee, bumped(sent.fees.priority_fee));
    better.fees.max_fee = std::max(better.fees.max_fee, better.fees.priority_fee);
    better.fees.is_legacy = sent.fees.is_legacy;
    if (send_one(better)) {
        sent = std::move(better);
    } else if (!sent.raw.empty()) {
        [[maybe_unused]] const auto known = broadcast(sent.raw);
    }
    return {};
}

DeployAnswer<std::vector<DeployReceipt>> JsonRpcTarget::send(std::span<const DeployCall> calls) {
    TRY(chain_id());
    TRY_LET(const auto head, head_of(client::BlockId::latest()));
    TRY_LET(const auto prices, fees(head));
    std::vector<Sent> all;
    for (const auto& call : calls) {
        TRY_LET(const auto gas, gas_limit_of(call, head.gas_limit));
        all.push_back({.call = call, .gas = gas, .fees = prices});
    }
    if (key_ != nullptr) {
        TRY_LET(auto nonce, ask(client::transaction_count(sender_, client::BlockId::pending())));
        for (auto& sent : all) sent.nonce = nonce++;
    }
    for (auto& sent : all) TRY(send_one(sent));
    std::vector<DeployReceipt> receipts;
    for (auto& sent : all) {
        sent.touched = Clock::now();
        TRY_LET(const auto receipt, receipt_of(sent, deadline()));
        receipts.push_back(receipt);
    }
    return receipts;
}

DeployAnswer<std::optional<DeployReceipt>> JsonRpcTarget::find_receipt(const Sent& sent) {
    for (const auto& hash : sent.hashes) {
        TRY_LET(const auto receipt, ask(client::transaction_receipt(hash)));
        if (receipt)
            return DeployReceipt{.transaction_hash = hash,
                                 .block = receipt->block_number,
                                 .gas_used = receipt->gas_used,
                                 .succeeded = receipt->succeeded};
    }
    return std::nullopt;
}

// Its nonce is used, and not by it. Twice in a row, since between receipt and count a block may
// have come.
DeployAnswer<bool> JsonRpcTarget::is_displaced(Sent& sent) {
    if (!sent.nonce) return false;
    TRY_LET(const auto used, ask(client::transaction_count(sender_)));
    return std::exchange(sent.seems_displaced, used > *sent.nonce) && used > *sent.nonce;
}

DeployAnswer<DeployReceipt> JsonRpcTarget::receipt_of(Sent& sent, Clock::time_point until) {
    for (;;) {
        TRY_LET(const auto receipt, find_receipt(sent));
        if (receipt) return *receipt;
        TRY_LET(const bool was_displaced, is_displaced(sent));
        if (was_displaced)
            return DeployReceipt{.transaction_hash = sent.hashes.back(), .was_displaced = true};
        const auto now = Clock::now();
        if (now > until)
            return std::unexpected{DeployError{fmt::format(
                "transaction {}{} is in no block after {} s. Does the chain make blocks? Run this "
                "again: it waits for what is on its way",
                to_hex(sent.hashes.back().bytes),
                sent.hashes.size() > 1
                    ? fmt::format(", the last of {} with the same nonce,", sent.hashes.size())
                    : std::string{},
                options_.transaction_timeout.count() / 1000)}};
        if (options_.replace_after.count() != 0 && now - sent.touched > options_.replace_after)
            TRY(replace(sent));
        TRY(pause(options_.poll_interval));
    }
}

DeployAnswer<void> JsonRpcTarget::settle() {
    const auto until = deadline();
    for (;;) {
        TRY_LET(const auto mined, ask(client::transaction_count(sender_)));
        TRY_LET(const auto pending,
                ask(client::transaction_count(sender_, client::BlockId::pending())));
        if (pending <= mined) return {};
        if (Clock::now() > until)
            return std::unexpected{DeployError{fmt::format(
                "{} transactions of {} wait and get into no block: does the chain make blocks, and "
                "is what they pay enough? Wait, or replace them",
                pending - mined, to_hex(sender_.bytes))}};
        TRY(pause(options_.poll_interval));
    }
}

}  // namespace

DeployAnswer<std::unique_ptr<DeployTarget>> connect_deploy_target(const DeployOptions& options) {
    client::ChainOptions chain;
    for (const auto& url : options.endpoints) chain.endpoints.push_back({.url = url});
    try {
        return std::make_unique<JsonRpcTarget>(options, std::move(chain));
    } catch (const std::runtime_error& error) {
        return std::unexpected{DeployError{error.what()}};
    }
}

std::expected<DeployOutcome, DeployError> deploy(const DeployOptions& options,
                                                 const DeployProgress& progress) {
    TRY_LET(const auto target, connect_deploy_target(options));
    return deploy_to(*target, options, progress);
}

}  // namespace meta138::op
