// SPDX-License-Identifier: Apache-2.0
#include "chain/transaction_sender.hpp"

#include "chain/quantities.hpp"
#include "server/json_rpc.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace meta138::signer {
namespace {

constexpr std::chrono::seconds gauge_interval{1};

template <class... Functions>
struct Overloaded : Functions... {
    using Functions::operator()...;
};

std::string hex_param(ByteView bytes) {
    return fmt::format(R"(["{}"])", to_hex(bytes));
}

/// Whoever shows a token to the node shows it for what the queue asks as well.
Headers token_of(const Headers& headers) {
    Headers result;
    for (const auto& header : headers)
        if (header.first == "authorization") result.push_back(header);
    return result;
}

}  // namespace

struct TransactionSender::Pending {
    Submission submission;
    std::vector<Done> waiting;  // several, if the caller has repeated it
};

struct TransactionSender::Account {
    NonceAccount id;
    NonceQueue queue;
    SenderChain chain;
    Headers token;
    std::unordered_map<RequestId, Pending> pending;
    std::unordered_map<Hash32, RequestId> pending_by_name;
    RequestNames names;  // of those that were answered with a hash, or are on their way
    std::optional<QueueTime> timer;
};

struct TransactionSender::Gauges {
    telemetry::Gauge& waiting;
    telemetry::Gauge& in_flight;
    telemetry::Gauge& unmined;
    telemetry::Gauge& gaps;
    telemetry::Gauge& resent;
    telemetry::Gauge& renumbered;
    telemetry::Gauge& filled;
    telemetry::Gauge& displaced;
};

TransactionSender::TransactionSender(Parts parts) : parts_{std::move(parts)} {
    for (const auto& [id, chain] : parts_.chains) {
        const auto text = std::to_string(id);
        const auto gauge = [&](std::string_view name, std::string_view help) -> auto& {
            return parts_.metrics.gauge(telemetry::Category::meta138, name, help,
                                        {{"chain", text}});
        };
        gauges_[id] = std::make_unique<Gauges>(Gauges{
            .waiting = gauge("signer_queue_waiting", "Transactions that wait for a nonce"),
            .in_flight = gauge("signer_queue_in_flight",
                               "Transactions with a nonce, not accepted by the node yet"),
            .unmined = gauge("signer_queue_unmined", "Transactions with a nonce, not mined yet"),
            .gaps = gauge("signer_queue_gaps", "Nonces below others that nobody has"),
            .resent = gauge("signer_resent", "Transactions sent again, since the start"),
            .renumbered =
                gauge("signer_renumbered", "Transactions that lost their nonce to another program"),
            .filled = gauge("signer_gaps_filled", "Gaps filled with a transfer of nothing"),
            .displaced =
                gauge("signer_displaced", "Accepted transactions that another program outbid")});
    }
    restore();
    thread_ = std::thread{[this] { run(); }};
}

TransactionSender::~TransactionSender() {
    stop();
}

void TransactionSender::stop() {
    {
        const MutexLock lock{mutex_};
        is_stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void TransactionSender::post(Task task) {
    {
        const MutexLock lock{mutex_};
        if (is_stopping_) return;
        tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
}

void TransactionSender::run() {
    telemetry::set_thread_name("nonces");
    auto gauges_at = std::chrono::steady_clock::now();
    while (true) {
        std::deque<Task> tasks;
        {
            const MutexLock lock{mutex_};
            auto until = gauges_at;
            if (!timers_.empty()) until = std::min(until, timers_.begin()->first);
            while (tasks_.empty() && !is_stopping_ && std::chrono::steady_clock::now() < until)
                changed_.wait_until(mutex_, until);
            if (is_stopping_) return;
            tasks.swap(tasks_);
        }
        for (auto& task : tasks) task();
        const auto now = std::chrono::steady_clock::now();
        tick(now);
        if (now < gauges_at) continue;
        update_gauges();
        gauges_at = now + gauge_interval;
    }
}

void TransactionSender::tick(QueueTime now) {
    while (!timers_.empty() && timers_.begin()->first <= now) {
        auto& account = *accounts_.at(timers_.begin()->second);
        timers_.erase(timers_.begin());
        account.timer.reset();
        handle(account, Tick{});
        // A queue that asks for a time that has passed is served with the next round.
        if (account.timer && *account.timer <= now) return;
    }
}

void TransactionSender::restore() {
    const auto now = std::chrono::steady_clock::now();
    for (const auto& [id, content] : parts_.journal.restored()) {
        if (!parts_.chains.contains(id.chain_id)) {
            if (!content.transactions.empty())
                parts_.log.warn("{} transactions of {} on chain {} wait: no node of it is named",
                                content.transactions.size(), to_hex(id.address.bytes), id.chain_id);
            continue;
        }
        auto& account = account_of(id);
        if (!content.transactions.empty())
            parts_.log.info("Taking up {} transactions of {} on chain {}",
                            content.transactions.size(), to_hex(id.address.bytes), id.chain_id);
        account.names = content.names;
        account.queue.restore(content.transactions, content.settled_below, now);
        account.timer = now;
        timers_.emplace(now, id);
    }
}

void TransactionSender::update_gauges() {
    std::map<std::uint64_t, NonceQueueStatus> sums;
    for (const auto& [id, account] : accounts_) {
        const auto status = account->queue.status();
        auto& sum = sums[id.chain_id];
        sum.waiting += status.waiting;
        sum.in_flight += status.in_flight;
        sum.unmined += status.unmined;
        sum.gaps += status.gaps;
        sum.resent += status.resent;
        sum.renumbered += status.renumbered;
        sum.filled += status.filled;
        sum.displaced += status.displaced;
    }
    for (const auto& [id, sum] : sums) {
        auto& gauges = *gauges_.at(id);
        gauges.waiting.set(static_cast<double>(sum.waiting));
        gauges.in_flight.set(static_cast<double>(sum.in_flight));
        gauges.unmined.set(static_cast<double>(sum.unmined));
        gauges.gaps.set(static_cast<double>(sum.gaps));
        gauges.resent.set(static_cast<double>(sum.resent));
        gauges.renumbered.set(static_cast<double>(sum.renumbered));
        gauges.filled.set(static_cast<double>(sum.filled));
        gauges.displaced.set(static_cast<double>(sum.displaced));
    }
}

TransactionSender::Account& TransactionSender::account_of(const NonceAccount& id) {
    auto& account = accounts_[id];
    if (!account)
        account = std::make_unique<Account>(Account{.id = id,
                                                    .queue = NonceQueue{parts_.options},
                                                    .chain = parts_.chains.at(id.chain_id),
                                                    .token = {},
                                                    .pending = {},
                                                    .pending_by_name = {},
                                                    .names = {},
                                                    .timer = {}});
    return *account;
}

template <typename Event>
void TransactionSender::handle(Account& account, const Event& event) {
    carry_out(account, account.queue.on(event, std::chrono::steady_clock::now()));
    set_timer(account);
}

template <typename Event>
void TransactionSender::post_event(const NonceAccount& id, Event event) {
    post([this, id, event = std::move(event)] { handle(account_of(id), event); });
}

void TransactionSender::set_timer(Account& account) {
    const auto next = account.queue.next_time();
    if (next == account.timer) return;
    if (account.timer) timers_.erase({*account.timer, account.id});
    account.timer = next;
    if (next) timers_.emplace(*next, account.id);
}

void TransactionSender::submit(const NonceAccount& id, Submission submission, Done done) {
    ++unanswered_;
    post([this, id, submission = std::move(submission), done = std::move(done)]() mutable {
        auto& account = account_of(id);
        if (submission.name && repeats(account, *submission.name, done)) {
            --unanswered_;
            return;
        }
        const auto request = ++last_request_;
        const Submit event{.request = request, .nonce = submission.request.nonce};
        if (auto token = token_of(submission.headers); !token.empty())
            account.token = std::move(token);
        if (submission.name) account.pending_by_name[submission.name->name] = request;
        Pending pending{.submission = std::move(submission), .waiting = {}};
        pending.waiting.push_back(std::move(done));
        account.pending.emplace(request, std::move(pending));
        handle(account, event);
    });
}

void TransactionSender::find(const NonceAccount& id, const RequestName& name, Done done,
                             std::move_only_function<void()> otherwise) {
    post([this, id, name, done = std::move(done), otherwise = std::move(otherwise)]() mutable {
        if (!repeats(account_of(id), name, done)) otherwise();
    });
}

bool TransactionSender::repeats(Account& account, const RequestName& name, Done& done) {
    const NodeError other{
        rpc_code::invalid_params, "idempotencyKey: stands for another transaction already", {}};
    if (const auto found = account.pending_by_name.find(name.name);
        found != account.pending_by_name.end()) {
        auto& pending = account.pending.at(found->second);
        if (pending.submission.name == name)
            pending.waiting.push_back(std::move(done));
        else
            done(other);
        return true;
    }
    const auto* known = account.names.find(name.name);
    if (known == nullptr) return false;
    if (known->content == name.content)
        done(Answer::Accepted{.hash = known->transaction});
    else
        done(other);
    return true;
}

void TransactionSender::carry_out(Account& account, NonceActions actions) {
    // Answers that follow a release go out when it is durable.
    for (std::size_t i = 0; i < actions.size(); ++i)
        std::visit(
            Overloaded{
                [&](Sign& action) { carry_out(account, action); },
                [&](Send& action) { carry_out(account, std::move(action)); },
                [&](const LookUp& action) { carry_out(account, action); },
                [&](const FetchCounts&) { fetch_counts(account); },
                [&](Answer& action) { answer(account, std::move(action)); },
                [&](const Release& action) {
                    std::vector<Answer> answers;
                    for (auto j = i + 1; j < actions.size(); ++j) {
                        if (std::holds_alternative<Release>(actions[j])) break;
                        auto* later = std::get_if<Answer>(&actions[j]);
                        if (later == nullptr) continue;
                        answers.push_back(std::move(*later));
                        later->request = 0;
                    }
                    release(account, action, std::move(answers));
                },
                [&](const MarkAccepted& action) {
                    parts_.journal.mark_accepted(account.id, action.hash);
                },
                [&](const Settle& action) { parts_.journal.settle(account.id, action.below); },
            },
            actions[i]);
}

void TransactionSender::answer(Account& account, Answer action) {
    const auto found = account.pending.find(action.request);
    if (found == account.pending.end()) return;  // it went out with a release
    auto pending = std::move(found->second);
    account.pending.erase(found);
    if (const auto& name = pending.submission.name) {
        account.pending_by_name.erase(name->name);
        if (const auto* accepted = std::get_if<Answer::Accepted>(&action.outcome))
            account.names.add(*name, accepted->hash, true);
        else if (const auto* unknown = std::get_if<Answer::Unknown>(&action.outcome))
            account.names.add(*name, unknown->hash, true);
    }
    --unanswered_;
    for (auto& done : pending.waiting) done(action.outcome);
}

void TransactionSender::release(Account& account, const Release& action,
                                std::vector<Answer> answers) {
    account.names.forget(action.hash);
    parts_.journal.release(
        account.id, action.hash,
        [this, id = account.id, answers = std::move(answers)](bool ok) mutable {
            if (answers.empty()) return;
            post([this, id, ok, answers = std::move(answers)]() mutable {
                for (auto& each : answers) {
                    if (!ok)
                        each.outcome = NodeError{
                            rpc_code::internal_error, "The nonce journal cannot be written", {}};
                    answer(account_of(id), std::move(each));
                }
            });
        });
}

void TransactionSender::carry_out(Account& account, Sign action) {
    if (!action.request) return sign_filler(account, action);
    const auto found = account.pending.find(*action.request);
    if (found == account.pending.end())
        return sign_failed(account.id, action.ticket, "nobody waits for it any more");
    const auto& submission = found->second.submission;
    auto transaction = build_transaction(submission.request, account.id.chain_id, action.nonce);
    if (!transaction) return sign_failed(account.id, action.ticket, to_string(transaction.error()));
    sign(account.id, action, *std::move(transaction), submission.caller, "sign_transaction",
         submission.name);
}

void TransactionSender::sign_filler(Account& account, const Sign& action) {
    account.chain.fees->get(
        account.token, [this, id = account.id, action](std::expected<Fees, FillError> fees) {
            if (!fees) return sign_failed(id, action.ticket, fees.error().reason);
            const auto price = std::max(fees->gas_price, fees->max_fee(fees->priority_fee));
            parts_.log.warn("Filling nonce {} of {} on chain {} with a transfer of nothing",
                            action.nonce, to_hex(id.address.bytes), id.chain_id);
            sign(id, action, filler_transaction(id.address, id.chain_id, action.nonce, price), {},
                 "fill_nonce", {});
        });
}

void TransactionSender::sign_failed(const NonceAccount& id, Ticket ticket, std::string reason) {
    post_event(id, SignFailed{.ticket = ticket, .reason = std::move(reason)});
}

void TransactionSender::sign(const NonceAccount& id, const Sign& action, Transaction transaction,
                             Caller caller, std::string event, std::optional<RequestName> name) {
    parts_.workers.post_always([this, id, action, transaction = std::move(transaction),
                                caller = std::move(caller), event = std::move(event),
                                name]() mutable {
        const auto keys = parts_.keys.keys();
        const auto* key = keys->find(id.address);
        if (key == nullptr) return sign_failed(id, action.ticket, "the key is gone");
        auto entry = audit_entry_of(transaction, id.address, id.chain_id, caller);
        entry.event = std::move(event);
        parts_.gate.sign(
            *key, std::move(transaction), std::move(entry),
            [this, id, action, name](std::expected<SignedTransaction, SignError> result) {
                if (!result) return sign_failed(id, action.ticket, result.error().reason);
                auto raw = std::make_shared<const Bytes>(std::move(result->raw));
                const auto hash = result->hash;
                parts_.journal.add_signed(
                    id, action.nonce, hash, raw,
                    [this, id, action, hash, raw](bool ok) {
                        if (!ok)
                            return sign_failed(id, action.ticket,
                                               "the nonce journal cannot be written");
                        post_event(id, Signed{.ticket = action.ticket, .hash = hash, .raw = raw});
                    },
                    name);
            });
    });
}

void TransactionSender::carry_out(Account& account, Send action) {
    account.chain.downstream->call(
        "eth_sendRawTransaction", hex_param(*action.raw), account.token,
        [this, id = account.id, ticket = action.ticket](const CallOutcome& outcome) {
            SendAnswered event{.ticket = ticket, .outcome = SendAnswered::Unknown{}};
            if (outcome.kind == CallOutcome::Kind::result)
                event.outcome = SendAnswered::Accepted{};
            else if (outcome.kind == CallOutcome::Kind::error)
                event.outcome = outcome.error;
            post_event(id, std::move(event));
        });
}

void TransactionSender::carry_out(Account& account, const LookUp& action) {
    account.chain.downstream->call(
        "eth_getTransactionByHash", hex_param(action.hash.bytes), account.token,
        [this, id = account.id, ticket = action.ticket](const CallOutcome& outcome) {
            LookedUp event{.ticket = ticket, .where = Whereabouts::unknown};
            if (outcome.kind == CallOutcome::Kind::result) {
                const auto block = outcome.result.find("blockNumber");
                event.where = outcome.result.is_missing() ? Whereabouts::absent
                              : block.is_missing()        ? Whereabouts::pending
                                                          : Whereabouts::mined;
            }
            post_event(id, event);
        });
}

void TransactionSender::fetch_counts(Account& account) {
    const auto params = [&](std::string_view block) {
        return fmt::format(R"(["{}","{}"])", to_hex(account.id.address.bytes), block);
    };
    auto& downstream = *account.chain.downstream;
    downstream.call("eth_getTransactionCount", params("latest"), account.token,
                    [this, id = account.id, &downstream, pending_params = params("pending"),
                     token = account.token](const CallOutcome& outcome) {
                        const auto latest = read_quantity(outcome.result);
                        if (!latest) return post_event(id, CountsFailed{});
                        downstream.call("eth_getTransactionCount", pending_params, token,
                                        [this, id, latest](const CallOutcome& second) {
                                            const auto pending = read_quantity(second.result);
                                            if (!pending) return post_event(id, CountsFailed{});
                                            post_event(
                                                id, Counts{.latest = *latest, .pending = *pending});
                                        });
                    });
}

}  // namespace meta138::signer
