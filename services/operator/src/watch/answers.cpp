// SPDX-License-Identifier: Apache-2.0
#include "watch/answers.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/client/calls.hpp"
#include "meta138/contracts/feed.hpp"
#include "meta138/qbft/extra_data.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace meta138::op {
namespace {

using Json = nlohmann::json;

/// Null for an error and for what is no JSON.
Json json_of(const client::BatchResult& answer) {
    if (!answer) return nullptr;
    return Json::parse(*answer, nullptr, false);
}

std::string text_of(const Json& json) {
    return json.is_string() ? json.get<std::string>() : std::string{};
}

std::optional<std::uint64_t> quantity_of(const Json& json) {
    if (json.is_number_unsigned()) return json.get<std::uint64_t>();
    const auto text = text_of(json);
    if (!text.starts_with("0x") || text.size() > 18) return std::nullopt;
    std::size_t used = 0;
    const auto digits = text.substr(2);
    if (digits.empty() || digits.find_first_not_of("0123456789abcdef") != std::string::npos)
        return std::nullopt;
    const auto number = std::stoull(digits, &used, 16);
    return number;
}

const Json& member(const Json& object, const char* name) {
    static const Json nothing;
    if (!object.is_object()) return nothing;
    const auto found = object.find(name);
    return found == object.end() ? nothing : *found;
}

template <class Fixed>
std::optional<Fixed> fixed_of(const Json& json) {
    const auto bytes = decode_hex(text_of(json));
    if (!bytes || bytes->size() != sizeof(Fixed)) return std::nullopt;
    return Fixed::from(std::span<const std::uint8_t, sizeof(Fixed)>{*bytes});
}

void read_status(const Json& status, NodeSight& node) {
    if (!status.is_object()) return;
    node.quorum = quantity_of(member(status, "quorum"));
    for (const auto& validator : member(status, "validators")) {
        const auto address = fixed_of<Address>(member(validator, "address"));
        if (!address) continue;
        node.validators.push_back(*address);
        if (member(validator, "round").is_null()) node.unheard.push_back(*address);
    }
    node.deciding = quantity_of(member(status, "number"));
    node.round = quantity_of(member(status, "round"));
    node.explanation = text_of(member(status, "explanation"));
}

}  // namespace

std::vector<client::BatchCall> node_questions(bool is_validator) {
    std::vector<client::BatchCall> questions{
        {.method = "eth_getBlockByNumber", .params = R"(["latest",false])"},
        {.method = "net_peerCount"},
        {.method = "txpool_besuStatistics"},
        {.method = "eth_syncing"},
        {.method = "web3_clientVersion"},
        {.method = "eth_chainId"},
        block_question(0),
    };
    if (is_validator) questions.push_back({.method = "qbft_getStatus"});
    return questions;
}

void read_node(const std::vector<client::BatchResult>& answers, NodeSight& node) {
    constexpr std::size_t status_at = 7;
    if (answers.size() < status_at) return;
    const auto head = json_of(answers[0]);
    node.height = quantity_of(member(head, "number"));
    node.head_timestamp = quantity_of(member(head, "timestamp"));
    node.head_hash = fixed_of<Hash32>(member(head, "hash"));
    node.peers = quantity_of(json_of(answers[1]));
    const auto pool = json_of(answers[2]);
    const auto local = quantity_of(member(pool, "localCount"));
    const auto remote = quantity_of(member(pool, "remoteCount"));
    if (local && remote) node.pooled = *local + *remote;
    node.is_syncing = json_of(answers[3]).is_object();
    node.client = text_of(json_of(answers[4]));
    node.chain_id = quantity_of(json_of(answers[5]));
    node.genesis_hash = fixed_of<Hash32>(member(json_of(answers[6]), "hash"));
    if (answers.size() > status_at) read_status(json_of(answers[status_at]), node);
    if (!answers[0]) node.problem = client::to_string(answers[0].error());
}

client::BatchCall block_question(std::uint64_t number) {
    return {.method = "eth_getBlockByNumber", .params = fmt::format(R"(["0x{:x}",false])", number)};
}

std::optional<BlockSight> read_block(const client::BatchResult& answer) {
    const auto json = json_of(answer);
    const auto number = quantity_of(member(json, "number"));
    if (!number) return std::nullopt;
    BlockSight block;
    block.number = *number;
    block.timestamp = quantity_of(member(json, "timestamp")).value_or(0);
    block.transactions = member(json, "transactions").size();
    block.gas_used = quantity_of(member(json, "gasUsed")).value_or(0);
    block.gas_limit = quantity_of(member(json, "gasLimit")).value_or(0);
    if (const auto extra_data = decode_hex(text_of(member(json, "extraData"))))
        if (const auto decoded = qbft::decode_extra_data(*extra_data)) block.round = decoded->round;
    block.proposer = fixed_of<Address>(member(json, "miner")).value_or(Address{});
    return block;
}

client::BatchCall feed_question(const Address& feed) {
    return {.method = "eth_call",
            .params = fmt::format(R"([{{"to":"{}","data":"{}"}},"latest"])", to_hex(feed),
                                  to_hex(contracts::encode_latest_round_data()))};
}

void read_feed(const client::BatchResult& answer, unsigned decimals, FeedSight& feed) {
    if (!answer) {
        // Chainlink's aggregators revert as long as there is no round.
        feed.problem = answer.error().message.find("No data present") != std::string::npos
                           ? "no answer yet"
                           : client::to_string(answer.error());
        return;
    }
    const auto bytes = decode_hex(text_of(json_of(answer)));
    const auto round = bytes ? contracts::decode_round_data(*bytes) : std::nullopt;
    if (!round) {
        feed.problem = "what stands at its address is no feed";
        return;
    }
    constexpr std::uint64_t round_bits = ~std::uint64_t{0};  // without a proxy's phase
    feed.round = static_cast<std::uint64_t>(round->round_id & uint256{round_bits});
    feed.updated_at = round->updated_at;
    if (feed.updated_at == 0)
        feed.problem = "no answer yet";
    else
        feed.price = decimal_text(round->answer, decimals);
}

std::string first_problem(const std::string& body) {
    const auto json = Json::parse(body, nullptr, false);
    const auto& problems = member(json, "problems");
    return problems.is_array() && !problems.empty() ? text_of(problems.front()) : std::string{};
}

}  // namespace meta138::op
