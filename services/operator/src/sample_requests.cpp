// SPDX-License-Identifier: Apache-2.0
#include "sample_requests.hpp"

#include "meta138/operator/load_rpc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace meta138::op {
namespace {

constexpr std::uint64_t blocks_looked_at = 64;  // that are asked for themselves
constexpr std::uint64_t blocks_searched =
    1024;  // for transactions: some nodes make many empty ones
constexpr std::size_t enough_samples = 256;
constexpr std::uint64_t log_range = 16;  // blocks: what an indexer asks for at a time

std::uint64_t number(const nlohmann::json& quantity) {
    return std::stoull(quantity.get<std::string>(), nullptr, 16);
}

std::string request(std::string_view method, std::string_view params) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"{}","params":[{}]}})", method, params);
}

template <typename Make>
Bodies each(std::string_view method, const std::vector<std::string>& values, Make&& params) {
    Bodies bodies;
    for (const auto& value : values) bodies.push_back(request(method, params(value)));
    if (bodies.empty())
        throw LoadError{
            fmt::format("the chain has nothing to ask {} for: send some transactions "
                        "first, or let --traffic do it",
                        method)};
    return bodies;
}

}  // namespace

Sample::Sample(Client& client) : head_{number(client.call("eth_blockNumber"))} {
    std::set<std::string> accounts;
    for (std::uint64_t back = 0; back <= std::min(head_, blocks_searched); ++back) {
        const auto block =
            client.call("eth_getBlockByNumber", {fmt::format("{:#x}", head_ - back), true});
        if (block.is_null()) break;
        for (const auto& transaction : block["transactions"]) {
            transactions_.push_back(transaction["hash"]);
            accounts.insert(transaction["from"].get<std::string>());
            if (transaction["to"].is_string())
                accounts.insert(transaction["to"].get<std::string>());
            if (transactions_.size() == enough_samples) break;
        }
        if (transactions_.size() == enough_samples) break;
    }
    accounts_.assign(accounts.begin(), accounts.end());
    for (const auto& hash : transactions_) {
        const auto receipt = client.call("eth_getTransactionReceipt", {hash});
        if (receipt.is_null() || receipt["logs"].empty()) continue;
        token_ = receipt["logs"][0]["address"];
        break;
    }
}

Bodies Sample::requests(std::string_view method) const {
    if (method == "eth_blockNumber") return {request(method, "")};
    if (method == "eth_getBalance")
        return each(method, accounts_,
                    [](const auto& account) { return fmt::format(R"("{}","latest")", account); });
    if (method == "eth_getTransactionReceipt")
        return each(method, transactions_,
                    [](const auto& hash) { return fmt::format(R"("{}")", hash); });
    if (method == "eth_getBlockByNumber") {
        Bodies bodies;
        for (std::uint64_t back = 0; back <= std::min(head_, blocks_looked_at); ++back)
            bodies.push_back(request(method, fmt::format(R"("{:#x}",false)", head_ - back)));
        return bodies;
    }
    if (token_.empty())
        throw LoadError{
            fmt::format("{} needs a contract with logs in the last {} blocks; --traffic "
                        "deploys one",
                        method, blocks_searched)};
    if (method == "eth_call")
        return each(method, accounts_, [&](const auto& account) {
            return fmt::format(R"({{"to":"{}","data":"0x70a08231{:0>64}"}},"latest")", token_,
                               account.substr(2));
        });
    if (method == "eth_getLogs")
        return {request(method,
                        fmt::format(R"({{"fromBlock":"{:#x}","toBlock":"{:#x}","address":"{}"}})",
                                    head_ - std::min(head_, log_range), head_, token_))};
    throw LoadError{fmt::format("{} is none of the methods that can be measured", method)};
}

}  // namespace meta138::op
