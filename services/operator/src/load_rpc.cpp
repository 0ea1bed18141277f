// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/load_rpc.hpp"

#include "endpoint.hpp"
#include "sample_requests.hpp"
#include "token_traffic.hpp"
#include "workers.hpp"

#include <fmt/ostream.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <thread>

namespace meta138::op {
namespace {

constexpr std::size_t transfers_before = 512;  // so that there is something to ask for

std::chrono::nanoseconds quantile(std::vector<std::uint32_t>& sorted, double share) {
    if (sorted.empty()) return {};
    const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
    return std::chrono::nanoseconds{sorted[at]};
}

LoadFigures figures_of(std::string_view method, Timings timings, std::chrono::milliseconds time) {
    std::ranges::sort(timings.nanoseconds);
    return {.method = std::string{method},
            .requests = timings.nanoseconds.size(),
            .errors = timings.errors,
            .requests_per_second = static_cast<double>(timings.nanoseconds.size()) /
                                   std::chrono::duration<double>{time}.count(),
            .p50 = quantile(timings.nanoseconds, 0.50),
            .p95 = quantile(timings.nanoseconds, 0.95),
            .p99 = quantile(timings.nanoseconds, 0.99)};
}

// One of the servers that are compared.
class Subject {
public:
    Subject(const std::string& url, bool with_tokens)
        : endpoint_{resolve(url)}, client_{endpoint_} {
        report_.url = url;
        report_.client = client_.call("web3_clientVersion");
        if (!with_tokens) return;
        tokens_ = std::make_unique<TokenTraffic>(endpoint_);
        for (const auto& body : tokens_->sign_transfers(transfers_before)) client_.exchange(body);
    }

    void measure_method(const std::string& method, const LoadOptions& options) {
        // Every transfer can be sent once only: signed for all the time at the highest rate seen.
        constexpr std::size_t transfers_per_second = 20'000;
        const bool sends = method == "eth_sendRawTransaction";
        const auto bodies =
            sends ? tokens_->sign_transfers(
                        transfers_per_second *
                        static_cast<std::size_t>(options.time_per_method.count()) / 1000)
                  : Sample{client_}.requests(method);
        report_.methods.push_back(figures_of(method,
                                             measure(endpoint_, bodies, options.connections,
                                                     options.threads, options.time_per_method),
                                             options.time_per_method));
    }

    void start_traffic() {
        traffic_ = std::jthread{[this](const std::stop_token& stop) {
            try {
                report_.traffic = tokens_->run(stop);
            } catch (...) {
                failure_ = std::current_exception();
            }
        }};
    }
    void stop_traffic() {
        traffic_.request_stop();
        traffic_.join();
        if (failure_) std::rethrow_exception(failure_);
    }

    [[nodiscard]] LoadReport& report() noexcept { return report_; }

private:
    Endpoint endpoint_;
    Client client_;
    LoadReport report_;
    std::unique_ptr<TokenTraffic> tokens_;
    std::exception_ptr failure_;  // of the thread below, once it has ended
    std::jthread traffic_;
};

}  // namespace

const std::vector<std::string>& load_methods() {
    static const std::vector<std::string> methods{
        "eth_blockNumber", "eth_getBalance", "eth_getBlockByNumber",  "eth_getTransactionReceipt",
        "eth_call",        "eth_getLogs",    "eth_sendRawTransaction"};
    return methods;
}

std::vector<LoadReport> run_load(const LoadOptions& options, std::ostream& progress) {
    const auto& methods = options.methods.empty() ? load_methods() : options.methods;
    const bool sends = std::ranges::find(methods, "eth_sendRawTransaction") != methods.end();
    std::vector<std::unique_ptr<Subject>> subjects;
    subjects.push_back(std::make_unique<Subject>(options.url, options.with_traffic || sends));
    if (!options.against.empty())
        subjects.push_back(
            std::make_unique<Subject>(options.against, options.with_traffic || sends));

    // One server at a time, in turns, so that they do not take the processor from each other.
    for (const auto& method : methods) {
        for (const auto& subject : subjects) {
            fmt::print(progress, "{} at {}\n", method, subject->report().url);
            progress.flush();
            const bool traffic = options.with_traffic && method != "eth_sendRawTransaction";
            if (traffic) subject->start_traffic();
            subject->measure_method(method, options);
            if (traffic) subject->stop_traffic();
        }
    }
    std::vector<LoadReport> reports;
    for (const auto& subject : subjects) reports.push_back(std::move(subject->report()));
    return reports;
}

}  // namespace meta138::op
