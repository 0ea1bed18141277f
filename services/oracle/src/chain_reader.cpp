// SPDX-License-Identifier: Apache-2.0
#include "chain_reader.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/client/calls.hpp"
#include "meta138/codec/json/reader.hpp"
#include "meta138/contracts/abi.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace meta138::oracle {
namespace {

constexpr std::size_t max_receipts_a_batch = 200;

template <class T>
client::BatchCall to_batch(const client::Call<T>& call) {
    return {.method = call.method, .params = call.params};
}

template <class T>
ReadResult<T> decode(json::Parser& parser, const client::Call<T>& call,
                     const client::BatchResult& result) {
    if (!result) return std::unexpected{client::to_string(result.error())};
    const auto value = parser.parse(*result);
    if (!value) return std::unexpected{fmt::format("{}: no JSON", call.method)};
    auto decoded = call.decode({.value = *value, .text = *result});
    if (!decoded) return std::unexpected{fmt::format("{}: {}", call.method, decoded.error())};
    return *std::move(decoded);
}

struct AccountCalls {
    client::Call<std::optional<client::Head>> head = client::head();
    client::Call<std::uint64_t> nonce;
    client::Call<uint256> balance;
    client::Call<uint256> priority_fee = client::max_priority_fee_per_gas();
    std::vector<client::Call<std::optional<client::TransactionReceipt>>> receipts = {};
};

ReadResult<AccountReading> decode_account(const AccountCalls& calls,
                                          const std::vector<client::BatchResult>& results,
                                          const uint256& default_priority_fee) {
    if (results.size() != 4 + calls.receipts.size())
        return std::unexpected{std::string{"a batch has another number of answers than calls"}};
    json::Parser parser;
    AccountReading reading;
    TRY_LET(const auto head, decode(parser, calls.head, results[0]));
    if (!head) return std::unexpected{std::string{"the node has no latest block"}};
    TRY_LET(reading.view.nonce, decode(parser, calls.nonce, results[1]));
    TRY_LET(reading.balance, decode(parser, calls.balance, results[2]));
    // Not every node suggests one.
    reading.view.market.suggested_priority_fee_per_gas =
        decode(parser, calls.priority_fee, results[3]).value_or(default_priority_fee);
    reading.view.market.base_fee_per_gas = head->base_fee_per_gas.value_or(0);
    reading.view.head = head->number;
    reading.head_time = head->timestamp;
    for (std::size_t i = 0; i < calls.receipts.size(); ++i) {
        TRY_LET(const auto receipt, decode(parser, calls.receipts[i], results[4 + i]));
        if (!receipt) continue;
        reading.view.inclusions.push_back(to_inclusion(*receipt));
        // A block may have come between the two answers.
        reading.view.head = std::max(reading.view.head, receipt->block_number);
    }
    return reading;
}

}  // namespace

Inclusion to_inclusion(const client::TransactionReceipt& receipt) {
    using enum Inclusion::Effect;
    const bool is_written = std::ranges::any_of(receipt.logs, [](const client::LogEntry& each) {
        return !each.topics.empty() && each.topics[0] == contracts::answer_updated_topic();
    });
    return {.hash = receipt.transaction_hash,
            .block = receipt.block_number,
            .effect = !receipt.succeeded ? reverted
                      : is_written       ? updated
                                         : skipped,
            .gas_used = receipt.gas_used,
            .effective_gas_price = receipt.effective_gas_price};
}

void read_account(client::Chain& chain, const Address& account, const std::vector<Hash32>& watched,
                  const uint256& default_priority_fee, Reader<AccountReading> done) {
    AccountCalls calls{.nonce = client::transaction_count(account),
                       .balance = client::balance(account)};
    std::vector batch = {to_batch(calls.head), to_batch(calls.nonce), to_batch(calls.balance),
                         to_batch(calls.priority_fee)};
    for (const auto& hash : watched) {
        if (calls.receipts.size() == max_receipts_a_batch) break;
        calls.receipts.push_back(client::transaction_receipt(hash));
        batch.push_back(to_batch(calls.receipts.back()));
    }
    (void)chain.send_batch(batch, [calls = std::move(calls), default_priority_fee,
                                   done = std::move(done)](auto results) mutable {
        if (!results) return done(std::unexpected{client::to_string(results.error())});
        done(decode_account(calls, *results, default_priority_fee));
    });
}

void read_feeds(client::Chain& chain, const Address& account, const std::vector<Address>& feeds,
                Reader<FeedReadings> done) {
    std::vector<client::Call<Bytes>> calls;
    std::vector<client::BatchCall> batch;
    for (const auto& feed : feeds) {
        calls.push_back(client::call(feed, contracts::encode_feed_state(account)));
        batch.push_back(to_batch(calls.back()));
    }
    (void)chain.send_batch(
        batch, [calls = std::move(calls), done = std::move(done)](auto results) mutable {
            if (!results) return done(std::unexpected{client::to_string(results.error())});
            if (results->size() != calls.size())
                return done(std::unexpected{
                    std::string{"a batch has another number of answers than calls"}});
            json::Parser parser;
            FeedReadings readings;
            for (std::size_t i = 0; i < calls.size(); ++i) {
                const auto answer = decode(parser, calls[i], (*results)[i]);
                if (!answer) {
                    readings.emplace_back(std::unexpected{answer.error()});
                    continue;
                }
                const auto state = contracts::decode_feed_state(*answer);
                if (state) {
                    readings.emplace_back(*state);
                } else {
                    readings.emplace_back(std::unexpected{
                        std::string{"there is no Aggregator of this project at its address"}});
                }
            }
            done(std::move(readings));
        });
}

void find_feed(client::Chain& chain, const Address& registry, const std::string& base,
               const std::string& quote, Reader<Address> done) {
    const auto data = contracts::abi::Arguments{}
                          .address(contracts::asset_id(base))
                          .address(contracts::asset_id(quote))
                          .call("getFeed(address,address)");
    chain.send<Bytes>(client::call(registry, data),
                      [done = std::move(done)](client::Result<Bytes> answer) mutable {
                          if (!answer)
                              return done(std::unexpected{client::to_string(answer.error())});
                          contracts::abi::Results results{*answer};
                          const auto feed = results.address();
                          if (!results.ok())
                              return done(std::unexpected{std::string{
                                  "chain.registry is not the address of a feed registry"}});
                          done(feed);
                      });
}

void estimate(client::Chain& chain, const Address& account, const Transmission& transmission,
              std::move_only_function<void(Estimate)> done) {
    const client::CallRequest request{
        .from = account, .to = transmission.aggregator, .data = transmission.call_data};
    chain.send<std::uint64_t>(
        client::estimate_gas(request), [done = std::move(done)](auto gas) mutable {
            if (gas) return done({.gas = *gas});
            const auto& error = gas.error();
            Estimate failed{.reason = client::to_string(error)};
            if (error.kind == client::CallErrorKind::rpc) {
                const auto data = decode_hex(error.data);
                const auto says = data ? contracts::abi::describe_revert(*data) : std::string{};
                failed.is_reverted = true;
                failed.is_round_taken = says.starts_with("UnexpectedRound");
                failed.is_early = says.starts_with("UpdateNotNeeded");
                if (!says.empty()) failed.reason = says;
            }
            done(std::move(failed));
        });
}

}  // namespace meta138::oracle
