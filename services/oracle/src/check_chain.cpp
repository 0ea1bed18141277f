// SPDX-License-Identifier: Apache-2.0
#include "check_chain.hpp"

#include "chain_reader.hpp"
#include "text_table.hpp"
#include "transaction_signer.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/client/calls.hpp"
#include "meta138/client/chain.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/oracle/decimal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <utility>

namespace meta138::oracle {

namespace {

constexpr unsigned ether_decimals = 18;

client::ChainOptions chain_options(const ChainConfig& config) {
    client::ChainOptions options;
    for (const auto& endpoint : config.endpoints)
        options.endpoints.push_back({.url = endpoint.reveal()});
    options.request_timeout = config.request_timeout;
    options.http.tls.certificate_file = config.tls.certificate_file.string();
    options.http.tls.key_file = config.tls.key_file.string();
    options.http.tls.authorities_file = config.tls.ca_file.string();
    options.http.tls.system_authorities = config.tls.ca_file.empty();
    return options;
}

std::string age_text(std::uint64_t timestamp) {
    const auto now = std::chrono::duration_cast<seconds>(read_clocks().wall).count();
    return fmt::format("{} s", now - static_cast<std::int64_t>(timestamp));
}

/// Waits for what is told to a callback.
template <class T, class Ask>
T wait_for(Ask ask) {
    auto promise = std::make_shared<std::promise<T>>();
    auto future = promise->get_future();
    ask([promise](T value) { promise->set_value(std::move(value)); });
    return future.get();
}

ChainReport::Endpoint ask_endpoint(client::Chain& chain, const ChainConfig& config,
                                   std::size_t index, std::string name) {
    ChainReport::Endpoint row{.name = std::move(name)};
    const client::CallOptions only{.endpoint = index};
    const auto id = chain.ask(client::chain_id(), only);
    if (!id) {
        row.reason = client::to_string(id.error());
        return row;
    }
    row.chain_id = std::to_string(*id);
    if (*id != config.id) row.reason = fmt::format("chain.id is {}", config.id);
    const auto head = chain.ask(client::head(), only);
    if (!head || !*head) {
        row.reason = head ? "it has no latest block" : client::to_string(head.error());
        return row;
    }
    row.head = std::to_string((*head)->number);
    row.head_age = age_text((*head)->timestamp);
    const auto age = read_clocks().wall - seconds{static_cast<std::int64_t>((*head)->timestamp)};
    if (row.reason.empty() && age > config.max_head_age)
        row.reason = "its head is older than chain.max_head_age";
    return row;
}

ChainReport::Signer ask_signer(const Config& config, client::Chain& chain,
                               TransactionSigner& signer) {
    ChainReport::Signer row{.name = signer.description(),
                            .account = to_hex(signer.account().bytes)};
    const auto found = wait_for<std::expected<void, std::string>>(
        [&signer](auto done) { signer.probe(std::move(done)); });
    if (!found) row.reason = found.error();
    const auto balance = chain.ask(client::balance(signer.account()));
    if (!balance) return row;
    const auto amount = from_answer(*balance, ether_decimals);
    row.balance = amount ? to_string(*amount) : "0";
    // Where gas is free an account needs nothing.
    if (row.reason.empty() && balance->is_zero() &&
        !config.transactions.max_fee_per_gas.is_zero()) {
        const auto head = chain.ask(client::head());
        if (head && *head && !(*head)->base_fee_per_gas.value_or(0).is_zero())
            row.reason = "it has nothing to pay gas with";
    }
    return row;
}

ReadResult<Address> address_of(client::Chain& chain, const Config& config, const FeedConfig& feed) {
    if (feed.address) return *feed.address;
    return wait_for<ReadResult<Address>>([&](auto done) {
        find_feed(chain, *config.chain.registry, feed.base, feed.quote, std::move(done));
    });
}

ChainReport::Contract ask_contract(client::Chain& chain, const Config& config,
                                   const FeedConfig& feed, const std::optional<Address>& account) {
    ChainReport::Contract row{.feed = feed.name};
    const auto address = address_of(chain, config, feed);
    if (!address || address->is_zero()) {
        row.reason = address
                         ? fmt::format("the registry has no feed {} / {}", feed.base, feed.quote)
                         : address.error();
        return row;
    }
    row.address = to_hex(address->bytes);
    const auto readings = wait_for<ReadResult<FeedReadings>>([&](auto done) {
        read_feeds(chain, account.value_or(Address{}), {*address}, std::move(done));
    });
    if (!readings || !readings->front()) {
        row.reason = readings ? readings->front().error() : readings.error();
        return row;
    }
    const auto& state = *readings->front();
    row.round = std::to_string(state.round);
    if (state.round != 0) {
        const auto answer = from_answer(state.answer, std::min<unsigned>(state.decimals, 36));
        row.answer = answer ? to_string(*answer) : "not positive";
        row.age = age_text(state.updated_at);
    }
    row.reason = find_obstacles(feed, state, account.has_value());
    return row;
}

std::string status_of(const std::string& reason) {
    return reason.empty() ? "ok" : "failed";
}

}  // namespace

bool ChainReport::is_good() const {
    const auto is_fine = [](const auto& row) { return row.reason.empty(); };
    return std::ranges::all_of(endpoints, is_fine) && std::ranges::all_of(signers, is_fine) &&
           std::ranges::all_of(contracts, is_fine);
}

std::string find_obstacles(const FeedConfig& feed, const contracts::FeedState& state,
                           bool is_publishing) {
    std::string all;
    const auto add = [&all](const std::string& reason) {
        if (!all.empty()) all += "; ";
        all += reason;
    };
    if (state.decimals != feed.decimals)
        add(fmt::format("it has {} decimals, the configuration says {}", state.decimals,
                        feed.decimals));
    if (is_publishing && !state.may_transmit) add("the account is no transmitter of it");
    if (state.is_paused) add("it is paused");
    if (seconds{state.heartbeat} < feed.heartbeat)
        add(fmt::format("its heartbeat is {} s, the configuration says {} s", state.heartbeat,
                        feed.heartbeat.count()));
    if (feed.deviation_threshold.ppb < std::uint64_t{state.deviation_bps} * 100'000)
        add(fmt::format("it takes deviations from {} on, the configuration says {}",
                        to_string(Ratio{std::uint64_t{state.deviation_bps} * 100'000}),
                        to_string(feed.deviation_threshold)));
    return all;
}

ChainReport ask_chain(const Config& config) {
    ChainReport report;
    client::Chain chain{chain_options(config.chain)};
    const auto endpoints = chain.endpoints();
    for (std::size_t i = 0; i < endpoints.size(); ++i)
        report.endpoints.push_back(ask_endpoint(chain, config.chain, i, endpoints[i].name));
    std::optional<Address> account;
    std::unique_ptr<TransactionSigner> signer;
    if (!config.signer.url.empty() || !config.signer.key_file.empty()) {
        signer = make_signer(config.signer, config.chain.id);
        account = signer->account();
        report.signers.push_back(ask_signer(config, chain, *signer));
    }
    for (const auto& feed : config.feeds)
        report.contracts.push_back(ask_contract(chain, config, feed, account));
    return report;
}

std::string to_text(const ChainReport& report, bool colour) {
    std::vector<std::vector<std::string>> endpoints{
        {"ENDPOINT", "STATUS", "CHAIN", "HEAD", "AGE", "REASON"}};
    for (const auto& row : report.endpoints)
        endpoints.push_back(
            {row.name, status_of(row.reason), row.chain_id, row.head, row.head_age, row.reason});
    std::vector<std::vector<std::string>> signers{
        {"SIGNER", "STATUS", "ACCOUNT", "BALANCE", "REASON"}};
    for (const auto& row : report.signers)
        signers.push_back({row.name, status_of(row.reason), row.account, row.balance, row.reason});
    std::vector<std::vector<std::string>> contracts{
        {"CONTRACT", "STATUS", "ADDRESS", "ROUND", "ANSWER", "AGE", "REASON"}};
    for (const auto& row : report.contracts)
        contracts.push_back({row.feed, status_of(row.reason), row.address, row.round, row.answer,
                             row.age, row.reason});
    auto text = text_table(endpoints, 1, colour) + '\n';
    if (!report.signers.empty()) text += text_table(signers, 1, colour) + '\n';
    return text + text_table(contracts, 1, colour);
}

std::string to_json_members(const ChainReport& report) {
    std::string text;
    json::Writer out{text};
    const auto object = [&out](const std::vector<std::pair<const char*, const std::string*>>& row) {
        out.open_object();
        for (const auto& [name, value] : row) {
            out.key(name);
            value->empty() ? out.null() : out.string(*value);
        }
        out.close_object();
    };
    out.key("chain").open_array();
    for (const auto& row : report.endpoints)
        object({{"endpoint", &row.name},
                {"chainId", &row.chain_id},
                {"head", &row.head},
                {"headAge", &row.head_age},
                {"reason", &row.reason}});
    out.close_array().key("signer").open_array();
    for (const auto& row : report.signers)
        object({{"signer", &row.name},
                {"account", &row.account},
                {"balance", &row.balance},
                {"reason", &row.reason}});
    out.close_array().key("contracts").open_array();
    for (const auto& row : report.contracts)
        object({{"feed", &row.feed},
                {"address", &row.address},
                {"round", &row.round},
                {"answer", &row.answer},
                {"age", &row.age},
                {"reason", &row.reason}});
    out.close_array();
    return text;
}

}  // namespace meta138::oracle
