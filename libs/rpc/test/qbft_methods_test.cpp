// SPDX-License-Identifier: Apache-2.0
#include "methods.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/blockchain/block_builder.hpp"
#include "meta138/consensus/qbft_consensus.hpp"
#include "meta138/qbft/extra_data.hpp"
#include "meta138/rpc/qbft_control.hpp"
#include "meta138/rpc/server.hpp"
#include "meta138/storage/database.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace meta138::rpc {
namespace {

using namespace literals;
using nlohmann::json;
using testing::HasSubstr;

Address validator(std::uint8_t number) {
    Address address;
    address[0] = address[19] = number;
    return address;
}

std::string text_of(const Address& address) {
    return to_hex(address.bytes);
}

/// What the node's validator was told, and what it says.
class FakeQbft final : public QbftControl {
public:
    explicit FakeQbft(const consensus::ValidatorSets& sets) : sets_{sets} {}
    [[nodiscard]] const consensus::ValidatorSets& validator_sets() const override { return sets_; }
    void propose_vote(const Address& recipient, bool is_add) override { votes[recipient] = is_add; }
    void discard_vote(const Address& recipient) override { votes.erase(recipient); }
    [[nodiscard]] std::map<Address, bool> proposed_votes() const override { return votes; }
    [[nodiscard]] consensus::Validator::Status status() const override { return says; }
    void reset_round_timer() override { ++resets; }

    std::map<Address, bool> votes;
    consensus::Validator::Status says{.is_paused = false, .waits_for_past = false, .core = {}};
    int resets = 0;

private:
    const consensus::ValidatorSets& sets_;
};

/// A node of a QBFT chain with three validators, whose blocks nobody seals.
class QbftMethods : public testing::Test {
protected:
    void start(std::string_view qbft = "{}", std::string_view alloc = "{}") {
        const qbft::ExtraData extra_data{.vanity = Bytes(32),
                                         .validators = {validator(3), validator(1), validator(2)}};
        genesis_ = parse_genesis(fmt::format(
                                     R"({{"config": {{"chainId": 138, "berlinBlock": 0,
                                     "qbft": {}}}, "alloc": {}, "difficulty": 1,
                                     "gasLimit": 30000000, "extraData": "{}"}})",
                                     qbft, alloc, to_hex(qbft::encode_extra_data(extra_data))))
                       .value();
        rules_ =
            consensus::make_qbft_consensus(genesis_, qbft::parse_config(genesis_)->value()).value();
        chain_.emplace(*database_, genesis_, *rules_);
        qbft_.emplace(rules_->validator_sets());
        backend_.view = [this] { return chain_->view(); };
        backend_.run_on_chain_thread = [this](const auto& task) { task(*chain_); };
        backend_.qbft = &*qbft_;
        MethodTable table;
        add_qbft_methods(table);
        server_ = std::make_unique<Server>(std::move(table), backend_, Settings{});
    }

    void extend(const Address& by, std::optional<qbft::Vote> vote = {}) {
        class Nothing final : public blockchain::TransactionSource {
            std::optional<Candidate> next() override { return std::nullopt; }
            void report(blockchain::Selection, std::optional<TransactionError>) override {}
        } nothing;
        blockchain::BlockAttributes attributes;
        attributes.timestamp = chain_->view()->head().header.timestamp + 1;
        attributes.coinbase = by;
        attributes.prev_randao = consensus::istanbul_mix_hash;
        attributes.extra_data = qbft::encode_extra_data(
            {.vanity = Bytes(32),
             .validators = rules_->validator_sets().after_head(*chain_).value(),
             .vote = std::move(vote)});
        chain_->append(blockchain::build_block(*chain_, attributes, nothing, {}));
    }

    json ask(std::string_view method, const json& params = json::array()) {
        const json request{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}};
        std::string text;
        server_->handle(request.dump(), {}, text);
        auto answer = json::parse(text);
        return answer.contains("result") ? answer["result"] : answer["error"];
    }
    [[nodiscard]] static json error(int code, std::string_view message) {
        return {{"code", code}, {"message", message}};
    }

    Genesis genesis_;
    std::unique_ptr<storage::Database> database_ = storage::Database::open({.in_memory = true});
    std::unique_ptr<consensus::QbftConsensus> rules_;
    std::optional<blockchain::Chain> chain_;
    std::optional<FakeQbft> qbft_;
    Backend backend_;
    std::unique_ptr<Server> server_;
};

const json three = {text_of(validator(1)), text_of(validator(2)), text_of(validator(3))};

TEST_F(QbftMethods, tell_the_validators_of_a_block) {
    start();
    extend(validator(1), qbft::Vote{.recipient = validator(4), .is_add = true});
    extend(validator(2), qbft::Vote{.recipient = validator(4), .is_add = true});
    const json four = {text_of(validator(1)), text_of(validator(2)), text_of(validator(3)),
                       text_of(validator(4))};
    EXPECT_EQ(ask("qbft_getValidatorsByBlockNumber", {"0x0"}), three);
    EXPECT_EQ(ask("qbft_getValidatorsByBlockNumber", {"earliest"}), three);
    EXPECT_EQ(ask("qbft_getValidatorsByBlockNumber", {"latest"}), three);
    EXPECT_EQ(ask("qbft_getValidatorsByBlockNumber", {"pending"}), four);
    EXPECT_EQ(ask("qbft_getValidatorsByBlockNumber", {"0x3"}), json{});
    const auto head = to_hex(chain_->view()->head().hash.bytes);
    EXPECT_EQ(ask("qbft_getValidatorsByBlockHash", {head}), three);
    EXPECT_EQ(ask("qbft_getValidatorsByBlockHash", {to_hex(Hash32{}.bytes)}), json{});
}

TEST_F(QbftMethods, refuse_blocks_that_are_none) {
    start();
    const auto bad_block = error(-32602, "Invalid block param (block not found)");
    EXPECT_EQ(ask("qbft_getValidatorsByBlockNumber"), bad_block);
    EXPECT_EQ(ask("qbft_getValidatorsByBlockNumber", {"newest"}), bad_block);
    EXPECT_EQ(ask("qbft_getValidatorsByBlockHash", {"0x12"}),
              error(-32602, "Invalid block hash params"));
    EXPECT_EQ(ask("qbft_getValidatorsByBlockHash"), error(-32602, "Invalid block hash params"));
}

TEST_F(QbftMethods, keep_the_votes_of_the_operator) {
    start();
    const auto stranger = text_of(validator(9));
    EXPECT_EQ(ask("qbft_getPendingVotes"), json::object());
    EXPECT_EQ(ask("qbft_proposeValidatorVote", {stranger, true}), true);
    EXPECT_EQ(ask("qbft_proposeValidatorVote", {text_of(validator(1)), false}), true);
    EXPECT_EQ(ask("qbft_getPendingVotes"),
              (json{{text_of(validator(1)), false}, {stranger, true}}));
    EXPECT_EQ(ask("qbft_discardValidatorVote", {stranger}), true);
    EXPECT_EQ(ask("qbft_discardValidatorVote", {stranger}), true);
    EXPECT_EQ(ask("qbft_getPendingVotes"), (json{{text_of(validator(1)), false}}));
}

TEST_F(QbftMethods, refuse_votes_that_are_none) {
    start();
    const auto bad_address = error(-32602, "Invalid address params");
    EXPECT_EQ(ask("qbft_proposeValidatorVote"), bad_address);
    EXPECT_EQ(ask("qbft_proposeValidatorVote", {"0x12", true}), bad_address);
    EXPECT_EQ(ask("qbft_proposeValidatorVote", {text_of(validator(9))}),
              error(-32602, "Invalid vote type params"));
    EXPECT_EQ(ask("qbft_proposeValidatorVote", {text_of(validator(9)), 1}),
              error(-32602, "Invalid vote type params"));
    EXPECT_EQ(ask("qbft_discardValidatorVote", {"me"}), bad_address);
}

TEST_F(QbftMethods, know_no_votes_where_a_contract_names_the_validators) {
    start(R"({"validatorcontractaddress": "0x0000000000000000000000000000000000008888"})");
    const auto not_enabled = error(-32604, "Method not enabled");
    EXPECT_EQ(ask("qbft_proposeValidatorVote", {text_of(validator(9)), true}), not_enabled);
    EXPECT_EQ(ask("qbft_discardValidatorVote", {text_of(validator(9))}), not_enabled);
    EXPECT_EQ(ask("qbft_getPendingVotes"), not_enabled);
    // There is no contract: the operator learns what to check.
    const auto answer = ask("qbft_getValidatorsByBlockNumber", {"latest"});
    EXPECT_THAT(answer["message"].get<std::string>(), HasSubstr("check validatorcontractaddress"));
}

TEST_F(QbftMethods, count_who_made_how_many_blocks) {
    start();
    for (const std::uint8_t by : std::initializer_list<std::uint8_t>{1, 2, 1, 1})
        extend(validator(by));
    const auto metric = [](std::uint8_t by, std::string_view count, std::string_view last) {
        return json{{"address", text_of(validator(by))},
                    {"proposedBlockCount", count},
                    {"lastProposedBlockNumber", last}};
    };
    // The head itself is not in the range, as with Besu.
    EXPECT_EQ(ask("qbft_getSignerMetrics", {"0x1"}),
              (json{metric(1, "0x2", "0x3"), metric(2, "0x1", "0x2"), metric(3, "0x0", "0x0")}));
    EXPECT_EQ(ask("qbft_getSignerMetrics", {"0x1", "0x2"}),
              (json{metric(1, "0x1", "0x1"), metric(2, "0x0", "0x0"), metric(3, "0x0", "0x0")}));
    EXPECT_EQ(ask("qbft_getSignerMetrics", {"0x1", "0x9999"}),
              ask("qbft_getSignerMetrics", {"0x1"}));
    EXPECT_EQ(ask("qbft_getSignerMetrics"), ask("qbft_getSignerMetrics", {"earliest", "latest"}));
    const auto bad_range = error(-32602, "Invalid block number params");
    EXPECT_EQ(ask("qbft_getSignerMetrics", {"0x2", "0x2"}), bad_range);
    EXPECT_EQ(ask("qbft_getSignerMetrics", {"0x3", "0x2"}), bad_range);
    EXPECT_EQ(ask("qbft_getSignerMetrics", {"soon"}), bad_range);
    EXPECT_EQ(ask("qbft_getSignerMetrics", {"finalized"})["code"], -32603);
}

TEST_F(QbftMethods, tell_the_time_out_of_round_0) {
    start(R"({"requesttimeoutseconds": 4})");
    EXPECT_EQ(ask("qbft_getRequestTimeoutSeconds"), 4);
}

TEST_F(QbftMethods, say_why_nothing_is_decided) {
    start();
    auto& core = qbft_->says.core;
    core.number = 7;
    core.round = 2;
    core.is_validator = true;
    core.proposer = validator(2);
    core.quorum = 2;
    core.validators = {{.validator = validator(1), .round = 2},
                       {.validator = validator(2)},
                       {.validator = validator(3)}};
    auto answer = ask("qbft_getStatus");
    EXPECT_EQ(answer["explanation"], "waits for the proposal of " + text_of(validator(2)) +
                                         "; 1 of 3 validators were heard at this height, and 2 are "
                                         "needed");
    EXPECT_EQ(answer["number"], "0x7");
    EXPECT_EQ(answer["round"], 2);
    EXPECT_EQ(answer["preparedRound"], json{});
    EXPECT_EQ(answer["validators"][0], (json{{"address", text_of(validator(1))}, {"round", 2}}));
    EXPECT_EQ(answer["validators"][1],
              (json{{"address", text_of(validator(2))}, {"round", nullptr}}));

    const auto explanation = [&] { return ask("qbft_getStatus")["explanation"]; };
    core.has_proposal = true;
    core.prepares = 1;
    EXPECT_EQ(explanation(), "a proposal is there, with 1 of 2 prepares");
    core.prepares = 2;
    core.commits = 1;
    EXPECT_EQ(explanation(), "prepared, with 1 of 2 commits");
    core.is_validator = false;
    EXPECT_EQ(explanation(), "this node is not a validator of the block to be decided");
    qbft_->says.is_paused = true;
    EXPECT_EQ(explanation(), "this node synchronises, and takes no part in consensus meanwhile");
}

TEST_F(QbftMethods, reset_the_timer_of_a_round) {
    start();
    EXPECT_EQ(ask("qbft_resetRoundTimer"), true);
    EXPECT_EQ(qbft_->resets, 1);
}

TEST_F(QbftMethods, are_not_enabled_on_other_chains) {
    start();
    backend_.qbft = nullptr;
    MethodTable table;
    add_qbft_methods(table);
    server_ = std::make_unique<Server>(std::move(table), backend_, Settings{});
    for (const auto* method :
         {"qbft_getPendingVotes", "qbft_getStatus", "qbft_getRequestTimeoutSeconds"})
        EXPECT_EQ(ask(method), error(-32604, "Method not enabled"));
}

}  // namespace
}  // namespace meta138::rpc
