// SPDX-License-Identifier: Apache-2.0
#include "load_sender.hpp"

#include "meta138/codec/json/reader.hpp"

#include <algorithm>
#include <utility>

namespace meta138::op {
namespace {

using namespace std::chrono_literals;

/// Batches that are not full wait for so long for more.
constexpr auto gathering = 10ms;
/// After a refusal, and after a request without an answer.
constexpr auto retry_delay = 250ms;
constexpr auto request_timeout = 10s;

http::ClientOptions http_options(const TrafficOptions& options) {
    http::ClientOptions result;
    result.limits.connections_per_host = options.connections;
    result.accept_gzip = false;
    return result;
}

/// What a node says of a transaction that it has already, or had.
bool is_known(std::string_view message) {
    return message.contains("nown") || message.contains("nonce too low") ||
           message.contains("Nonce too low") || message.contains("already imported");
}

}  // namespace

LoadSender::LoadSender(const TrafficOptions& options, LoadLedger& ledger, Clock::time_point start)
    : options_{options}, ledger_{ledger}, start_{start}, http_{http_options(options)} {
    for (const auto& url : options.urls) lanes_.push_back({.url = url});
}

void LoadSender::add_signed(std::vector<SignedTransaction> transactions) {
    for (auto& transaction : transactions) {
        ledger_.add(transaction.hash);
        signed_.push_back(std::move(transaction.hex));
    }
}

/// An account stays with its node, so that its transactions arrive in the order of their nonces.
LoadSender::Lane& LoadSender::lane_of(std::size_t index) {
    return lanes_[index % options_.accounts % lanes_.size()];
}

void LoadSender::queue_next(LoadLedger::Time due) {
    lane_of(queued_).queue.push_back({.index = static_cast<std::uint32_t>(queued_), .due = due});
    ++queued_;
}

void LoadSender::queue_again(std::size_t index) {
    lane_of(index).again.push_back({.index = static_cast<std::uint32_t>(index)});
}

std::size_t LoadSender::queued() const noexcept {
    std::size_t count = 0;
    for (const auto& lane : lanes_) count += lane.queue.size() + lane.again.size();
    return count;
}

void LoadSender::wait(std::chrono::milliseconds most) {
    const MutexLock lock{mutex_};
    if (answers_.empty()) changed_.wait_for(mutex_, most);
}

void LoadSender::advance() {
    take_answers();
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane) flush(lane);
}

void LoadSender::flush(std::size_t lane) {
    auto& it = lanes_[lane];
    while (it.under_way < options_.connections) {
        if (it.again.empty() && it.queue.size() < options_.batch && now() - it.flushed < gathering)
            return;
        auto batch = take_batch(it);
        if (batch.empty()) return;
        it.flushed = now();
        ++it.under_way;
        send(lane, std::move(batch));
    }
}

std::vector<LoadSender::Queued> LoadSender::take_batch(Lane& lane) const {
    std::vector<Queued> batch;
    while (batch.size() < options_.batch && !lane.again.empty() &&
           lane.again.front().not_before <= now()) {
        batch.push_back(lane.again.front());
        lane.again.pop_front();
    }
    while (batch.size() < options_.batch && !lane.queue.empty()) {
        batch.push_back(lane.queue.front());
        lane.queue.pop_front();
    }
    return batch;
}

void LoadSender::send(std::size_t lane, std::vector<Queued> batch) {
    constexpr std::size_t size_of_one = 320;
    std::string body;
    body.reserve(batch.size() * size_of_one);
    for (std::size_t i = 0; i < batch.size(); ++i) {
        body += i == 0 ? '[' : ',';
        body += R"({"jsonrpc":"2.0","id":)";
        body += std::to_string(i);
        body += R"(,"method":"eth_sendRawTransaction","params":[")";
        body += signed_[batch[i].index];
        body += R"("]})";
        ledger_.on_sent(batch[i].index, batch[i].due, now());
    }
    body += ']';
    http_.send({.method = "POST",
                .url = lanes_[lane].url,
                .headers = {{"Content-Type", "application/json"}},
                .body = std::move(body),
                .timeout = request_timeout,
                .repeatable = true},
               [this, lane, batch = std::move(batch)](http::ClientResult result) mutable {
                   {
                       const MutexLock lock{mutex_};
                       answers_.push_back({lane, std::move(batch), std::move(result)});
                   }
                   changed_.notify_all();
               });
}

void LoadSender::take_answers() {
    std::vector<Answer> answers;
    {
        const MutexLock lock{mutex_};
        std::swap(answers, answers_);
    }
    for (const auto& answer : answers) on_answer(answer);
}

void LoadSender::on_refused(Lane& lane, Queued transaction, std::string_view message) {
    if (is_known(message)) return;
    ledger_.on_refused(message);
    transaction.not_before = now() + retry_delay;
    lane.again.push_back(transaction);
}

void LoadSender::on_answer(const Answer& answer) {
    auto& lane = lanes_[answer.lane];
    --lane.under_way;
    const auto refuse_all = [&](std::string_view message) {
        for (const auto& transaction : answer.batch) on_refused(lane, transaction, message);
    };
    if (!answer.result) return refuse_all("no answer: " + answer.result.error().text);
    const auto& body = answer.result->body;
    // Nearly always all is well, and one look will do.
    if (answer.result->status == 200 && body.starts_with('[') && !body.contains("\"error\""))
        return;
    json::Parser parser;
    const auto document = parser.parse(body);
    if (!document) return refuse_all("an answer that is no JSON");
    if (const auto error = document->find("error"); !error.is_absent())
        return refuse_all(error.find("message").string().value_or("an error"));
    for (const auto element : document->elements()) {
        const auto id = element.find("id").unsigned_integer();
        const auto error = element.find("error");
        if (error.is_absent() || !id || *id >= answer.batch.size()) continue;
        on_refused(lane, answer.batch[*id], error.find("message").string().value_or("an error"));
    }
}

}  // namespace meta138::op
