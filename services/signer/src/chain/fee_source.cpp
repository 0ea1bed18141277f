// SPDX-License-Identifier: Apache-2.0
#include "chain/fee_source.hpp"

#include "chain/quantities.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/json/writer.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace meta138::signer {
namespace {

constexpr std::chrono::milliseconds max_age{1000};

FillError fill_error_of(const CallOutcome& outcome) {
    if (outcome.kind == CallOutcome::Kind::error)
        return {.node = outcome.error, .reason = outcome.error.message};
    return {.node = std::nullopt, .reason = outcome.reason, .timed_out = outcome.timed_out};
}

const FillError unreadable{
    .node = std::nullopt, .reason = "the node's answer is no quantity", .timed_out = false};

void write_call(json::Writer& out, const TransactionRequest& request) {
    out.open_array().open_object();
    out.key("from").hex(request.from.bytes);
    if (request.to) out.key("to").hex(request.to->bytes);
    out.key("value").quantity(request.value);
    if (!request.data.empty()) out.key("data").hex(request.data);
    if (request.access_list) {
        out.key("accessList").open_array();
        for (const auto& entry : *request.access_list) {
            out.open_object();
            out.key("address").hex(entry.address.bytes);
            out.key("storageKeys").open_array();
            for (const auto& key : entry.storage_keys) out.hex(key.bytes);
            out.close_array().close_object();
        }
        out.close_array();
    }
    out.close_object().close_array();
}

void estimate_gas(TransactionRequest request, Downstream& downstream, Headers headers,
                  FilledDone done) {
    std::string params;
    json::Writer out{params};
    write_call(out, request);
    downstream.call(
        "eth_estimateGas", params, std::move(headers),
        [request = std::move(request), done = std::move(done)](const CallOutcome& outcome) mutable {
            if (outcome.kind != CallOutcome::Kind::result)
                return done(std::unexpected{fill_error_of(outcome)});
            request.gas = read_quantity(outcome.result);
            if (!request.gas) return done(std::unexpected{unreadable});
            done(std::move(request));
        });
}

bool has_fees(const TransactionRequest& request) {
    return request.gas_price || (request.max_fee_per_gas && request.max_priority_fee_per_gas);
}

/// EIP-1559 where the chain has a base fee, unless the caller asks for an older type.
void set_fees(TransactionRequest& request, const Fees& fees) {
    const bool is_old = request.type && *request.type < TransactionType::dynamic_fee;
    const bool is_dynamic = request.max_fee_per_gas || request.max_priority_fee_per_gas;
    if (!is_dynamic && (!fees.base_fee || is_old)) {
        request.gas_price = fees.gas_price;
        return;
    }
    auto& priority = request.max_priority_fee_per_gas;
    auto& most = request.max_fee_per_gas;
    if (!priority) priority = most ? std::min(fees.priority_fee, *most) : fees.priority_fee;
    if (!most) most = fees.max_fee(*priority);
}

}  // namespace

void FeeSource::get(const Headers& headers, Done done) {
    std::optional<Fees> fresh;
    {
        const MutexLock lock{mutex_};
        if (fees_ && std::chrono::steady_clock::now() - fetched_at_ < max_age) {
            fresh = fees_;
        } else {
            waiting_.push_back(std::move(done));
            if (std::exchange(is_fetching_, true)) return;
        }
    }
    if (fresh) return done(*fresh);
    fetch(headers);
}

void FeeSource::fetch(const Headers& headers) {
    downstream_.call("eth_getBlockByNumber", R"(["latest",false])", headers,
                     [this, headers](const CallOutcome& block) {
                         if (block.kind != CallOutcome::Kind::result)
                             return finish(std::unexpected{fill_error_of(block)});
                         Fees fees;
                         fees.base_fee = read_uint256(block.result.find("baseFeePerGas"));
                         downstream_.call(
                             "eth_gasPrice", "[]", headers,
                             [this, fees, headers](const CallOutcome& price) mutable {
                                 if (price.kind != CallOutcome::Kind::result)
                                     return finish(std::unexpected{fill_error_of(price)});
                                 fees.gas_price = read_uint256(price.result).value_or(uint256{});
                                 if (!fees.base_fee) return finish(fees);
                                 downstream_.call(
                                     "eth_maxPriorityFeePerGas", "[]", headers,
                                     [this, fees](const CallOutcome& priority) mutable {
                                         // Nodes without this method price it into eth_gasPrice.
                                         fees.priority_fee =
                                             priority.kind == CallOutcome::Kind::result
                                                 ? read_uint256(priority.result).value_or(uint256{})
                                             : fees.gas_price > *fees.base_fee
                                                 ? fees.gas_price - *fees.base_fee
                                                 : uint256{};
                                         finish(fees);
                                     });
                             });
                     });
}

void FeeSource::finish(std::expected<Fees, FillError> fees) {
    std::vector<Done> waiting;
    {
        const MutexLock lock{mutex_};
        is_fetching_ = false;
        waiting.swap(waiting_);
        if (fees) {
            fees_ = *fees;
            fetched_at_ = std::chrono::steady_clock::now();
        }
    }
    for (auto& done : waiting) done(fees);
}

void fill_transaction(TransactionRequest request, Downstream& downstream, FeeSource& fees,
                      Headers headers, FilledDone done) {
    if (!has_fees(request)) {
        const auto asked = headers;
        return fees.get(
            asked, [request = std::move(request), &downstream, &fees, headers = std::move(headers),
                    done = std::move(done)](std::expected<Fees, FillError> found) mutable {
                if (!found) return done(std::unexpected{std::move(found).error()});
                set_fees(request, *found);
                fill_transaction(std::move(request), downstream, fees, std::move(headers),
                                 std::move(done));
            });
    }
    if (request.gas) return done(std::move(request));
    estimate_gas(std::move(request), downstream, std::move(headers), std::move(done));
}

}  // namespace meta138::signer
