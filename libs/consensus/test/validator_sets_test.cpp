// SPDX-License-Identifier: Apache-2.0
#include "meta138/consensus/validator_sets.hpp"

#include "sealed_chain.hpp"
#include "validator_contract.hpp"

#include "meta138/test/fixtures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>

namespace meta138::consensus {
namespace {

using namespace literals;
using test::GenesisText;
using test::SealedChain;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr auto newcomer = "0x00000000000000000000000000000000000000ee"_address;

qbft::Vote to_add(const Address& recipient) {
    return {.recipient = recipient, .is_add = true};
}
qbft::Vote to_drop(const Address& recipient) {
    return {.recipient = recipient, .is_add = false};
}

GenesisText with_config(std::string config) {
    return {.config = std::move(config)};
}

/// A view that counts what is looked up, and may hide blocks.
class CountingAncestry final : public blockchain::Ancestry {
public:
    explicit CountingAncestry(const blockchain::ChainView& view) : view_{view} {}
    [[nodiscard]] Hash32 block_hash(std::uint64_t number) const override {
        return view_.block_hash(number);
    }
    [[nodiscard]] std::optional<Header> find_header(const Hash32& hash) const override {
        ++looked_up;
        auto header = view_.find_header(hash);
        if (header && header->number == hidden) return std::nullopt;
        return header;
    }
    [[nodiscard]] std::unique_ptr<state::StateView> state_after(const Hash32& hash) const override {
        return has_states ? view_.state_after(hash) : nullptr;
    }

    mutable std::size_t looked_up = 0;
    std::uint64_t hidden = ~std::uint64_t{0};
    bool has_states = true;

private:
    const blockchain::ChainView& view_;
};

TEST(ValidatorSets, are_at_first_those_of_the_genesis_block) {
    const SealedChain chain{{}};
    EXPECT_EQ(chain.validators(), chain.addresses());
}

TEST(ValidatorSets, are_ascending_whatever_the_order_in_the_genesis_block) {
    auto addresses = SealedChain{{}}.addresses();
    std::ranges::reverse(addresses);
    const SealedChain chain{
        {.extra_data = qbft::encode_extra_data({.vanity = Bytes(32), .validators = addresses})}};
    EXPECT_EQ(chain.validators(), chain.addresses());
}

TEST(ValidatorSets, change_with_the_block_after_the_deciding_vote) {
    SealedChain chain{{}};
    chain.extend({.builder = 0, .vote = to_add(newcomer)});
    chain.extend({.builder = 1, .vote = to_add(newcomer)});
    EXPECT_THAT(chain.validators(), SizeIs(4));
    // The block with the third vote of four still has the old list.
    chain.extend({.builder = 2, .vote = to_add(newcomer)});
    EXPECT_THAT(qbft::decode_extra_data(chain.head().extra_data)->validators, SizeIs(4));
    EXPECT_THAT(chain.validators(), SizeIs(5));
    EXPECT_TRUE(std::ranges::binary_search(chain.validators(), newcomer));
    EXPECT_EQ(chain.refusal(chain.seal(chain.build({.builder = 3}), {0, 1, 2, 3})), "");
    EXPECT_THAT(qbft::decode_extra_data(chain.head().extra_data)->validators, SizeIs(5));
}

TEST(ValidatorSets, lose_a_validator_by_votes_whose_blocks_are_refused_from_then_on) {
    SealedChain chain{{}};
    for (const std::size_t builder : {0U, 1U, 2U})
        chain.extend({.builder = builder, .vote = to_drop(chain.address(3))});
    EXPECT_EQ(chain.validators(),
              (std::vector{chain.address(0), chain.address(1), chain.address(2)}));
    EXPECT_THAT(chain.refusal(chain.seal(chain.build({.builder = 3}), {0, 1, 2})),
                HasSubstr("which is not a validator"));
    EXPECT_EQ(chain.refusal(chain.seal(chain.build({.builder = 0}), {0, 1})), "");
}

TEST(ValidatorSets, forget_open_votes_at_an_epoch_and_ignore_the_epoch_block_s_own) {
    SealedChain chain{with_config(R"("berlinBlock": 0, "qbft": {"epochlength": 3})")};
    chain.extend({.builder = 0, .vote = to_add(newcomer)});
    chain.extend({.builder = 1, .vote = to_add(newcomer)});
    chain.extend({.builder = 2, .vote = to_add(newcomer)});  // block 3
    EXPECT_THAT(chain.validators(), SizeIs(4));
    chain.extend({.builder = 3, .vote = to_add(newcomer)});
    chain.extend({.builder = 0, .vote = to_add(newcomer)});
    EXPECT_THAT(chain.validators(), SizeIs(4));
}

TEST(ValidatorSets, survive_a_restart_by_walking_back_to_the_epoch_once) {
    SealedChain chain{with_config(R"("berlinBlock": 0, "qbft": {"epochlength": 10})")};
    chain.extend_to(11);
    for (const std::size_t builder : {0U, 1U, 2U})
        chain.extend({.builder = builder, .vote = to_add(newcomer)});
    const auto view = chain.chain->view();
    const ValidatorSets fresh{chain.genesis, chain.config};
    const CountingAncestry ancestry{*view};
    EXPECT_EQ(fresh.after(chain.head(), ancestry), chain.validators());
    EXPECT_EQ(ancestry.looked_up, 4U);  // 13, 12, 11 and 10
    EXPECT_EQ(fresh.after(chain.head(), ancestry), chain.validators());
    EXPECT_EQ(ancestry.looked_up, 4U);
}

TEST(ValidatorSets, say_which_block_is_missing) {
    SealedChain chain{{}};
    chain.extend_to(5);
    const auto view = chain.chain->view();
    CountingAncestry ancestry{*view};
    ancestry.hidden = 2;
    const ValidatorSets fresh{chain.genesis, chain.config};
    const auto found = fresh.after(chain.head(), ancestry);
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error(), HasSubstr("block 2, 0x"));
    EXPECT_EQ(fresh.tally_after(chain.head(), ancestry), nullptr);
}

TEST(ValidatorSets, are_replaced_by_a_transition_which_forgets_open_votes) {
    SealedChain chain{with_config(fmt::format(
        R"("berlinBlock": 0, "qbft": {{}}, "transitions": {{"qbft": [
            {{"block": 3, "validators": ["{}", "{}"]}}]}})",
        to_hex(SealedChain{{}}.address(2).bytes), to_hex(SealedChain{{}}.address(1).bytes)))};
    chain.extend({.builder = 1, .vote = to_add(newcomer)});
    EXPECT_THAT(chain.validators(), SizeIs(4));
    chain.extend({.builder = 0});
    EXPECT_EQ(chain.validators(), (std::vector{chain.address(1), chain.address(2)}));
    // The vote of block 1 would be the second of two.
    chain.extend({.builder = 2, .vote = to_add(newcomer)});
    EXPECT_THAT(chain.validators(), SizeIs(2));
    chain.extend({.builder = 1, .vote = to_add(newcomer)});
    EXPECT_THAT(chain.validators(), SizeIs(3));
}

TEST(ValidatorSets, count_a_vote_in_the_block_before_a_transition) {
    SealedChain chain{with_config(fmt::format(
        R"("berlinBlock": 0, "qbft": {{}}, "transitions": {{"qbft": [
            {{"block": 2, "validators": ["{}"]}}]}})",
        to_hex(SealedChain{{}}.address(2).bytes)))};
    // A majority of the new list, though its voter is not in it: so Besu counts.
    chain.extend({.builder = 0, .vote = to_add(newcomer)});
    EXPECT_EQ(chain.validators(), (std::vector{newcomer, chain.address(2)}));
}

TEST(ValidatorSets, without_anybody_are_an_error) {
    const SealedChain chain{{.extra_data = qbft::encode_extra_data({.vanity = Bytes(32)})}};
    const auto found = chain.sets().after_head(*chain.chain);
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error(), HasSubstr("extraData of the genesis file"));
}

TEST(ValidatorSets, of_a_genesis_block_that_cannot_be_read_are_an_error) {
    const SealedChain chain{{.extra_data = {0x01}}};
    const auto found = chain.sets().after_head(*chain.chain);
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error(), HasSubstr("extraData in the genesis file"));
}

TEST(ValidatorSets, of_a_block_are_those_in_its_header) {
    SealedChain chain{{}};
    for (const std::size_t builder : {0U, 1U, 2U})
        chain.extend({.builder = builder, .vote = to_add(newcomer)});
    EXPECT_THAT(chain.sets().of_block(chain.head(), *chain.chain->view()).value(), SizeIs(4));
}

// The first block of QBFT is decided by the list of the block before it, whose vote is lost.
TEST(ValidatorSets, go_over_from_ibft_2_without_its_votes) {
    SealedChain chain{with_config(R"("berlinBlock": 0, "ibft2": {"epochlength": 100},
        "qbft": {"startblock": 4, "epochlength": 100})")};
    for (const std::size_t builder : {0U, 1U, 2U})
        chain.extend({.builder = builder, .vote = to_drop(chain.address(3))});
    EXPECT_THAT(chain.validators(), SizeIs(4));
    chain.extend();
    EXPECT_THAT(chain.validators(), SizeIs(4));
}

TEST(ValidatorSets, of_ibft_2_follow_its_votes) {
    SealedChain chain{with_config(R"("berlinBlock": 0, "ibft2": {"epochlength": 100},
        "qbft": {"startblock": 100, "epochlength": 100})")};
    for (const std::size_t builder : {0U, 1U, 2U})
        chain.extend({.builder = builder, .vote = to_drop(chain.address(3))});
    EXPECT_THAT(chain.validators(), SizeIs(3));
    chain.extend({.builder = 1});
}

// --- Contract mode

/// A contract that returns that ABI-encoded list, whatever it is asked.
std::string contract_that_returns(const std::vector<Address>& validators) {
    Bytes output(64 + 32 * validators.size());
    output[31] = 32;
    output[63] = static_cast<std::uint8_t>(validators.size());
    for (std::size_t i = 0; i < validators.size(); ++i)
        std::ranges::copy(validators[i], output.begin() + static_cast<std::ptrdiff_t>(76 + 32 * i));
    // codecopy(0, 12, size); return(0, size)
    const auto size = static_cast<std::uint8_t>(output.size());
    Bytes code{0x60, size, 0x60, 0x0c, 0x60, 0x00, 0x39, 0x60, size, 0x60, 0x00, 0xf3};
    code.insert(code.end(), output.begin(), output.end());
    return to_hex(code);
}

std::string account(std::string_view address, std::string_view code) {
    return fmt::format(R"("{}": {{"balance": "0", "code": "{}"}})", address, code);
}

constexpr std::string_view contract = "0x0000000000000000000000000000000000008888";
const std::string contract_config =
    fmt::format(R"("berlinBlock": 0, "qbft": {{"validatorcontractaddress": "{}"}})", contract);

/// Why the contract's word is not taken.
std::string refusal_of(std::string_view code) {
    const SealedChain chain{{.config = contract_config, .alloc = account(contract, code)}};
    const auto found = chain.sets().after_head(*chain.chain);
    return found ? "" : found.error();
}

TEST(ContractValidators, decide_blocks_without_validators_in_their_headers) {
    auto addresses = SealedChain{{}}.addresses();
    std::ranges::reverse(addresses);
    SealedChain chain{
        {.config = contract_config, .alloc = account(contract, contract_that_returns(addresses))}};
    EXPECT_EQ(chain.validators(), chain.addresses());
    EXPECT_TRUE(chain.sets().uses_contract_after(chain.head()));
    chain.extend();
    EXPECT_TRUE(qbft::decode_extra_data(chain.head().extra_data)->validators.empty());
    EXPECT_EQ(chain.sets().tally_after(chain.head(), *chain.chain->view()), nullptr);
    EXPECT_EQ(chain.sets().of_block(chain.head(), *chain.chain->view()), chain.addresses());

    const auto with_list = chain.build({.validators = chain.addresses()});
    EXPECT_THAT(chain.refusal(chain.seal(with_list)), HasSubstr("though a contract has them"));
    const auto with_vote = chain.build({.vote = to_add(newcomer)});
    EXPECT_THAT(chain.refusal(chain.seal(with_vote)), HasSubstr("though a contract has them"));
}

TEST(ContractValidators, are_refused_with_what_to_check) {
    EXPECT_THAT(refusal_of("0x"), HasSubstr("after block 0 returned nothing: there may be no code; "
                                            "check validatorcontractaddress"));
    EXPECT_THAT(refusal_of("0x5f5ffd"), HasSubstr("failed"));  // PUSH0 is of Shanghai
    EXPECT_THAT(refusal_of("0x60006000fd"), HasSubstr("reverted"));
    EXPECT_THAT(refusal_of(contract_that_returns({})), HasSubstr("returned no validators"));
    EXPECT_THAT(refusal_of(contract_that_returns({newcomer, newcomer})),
                HasSubstr("an address twice"));
    EXPECT_THAT(refusal_of("0x601f6000f3"), HasSubstr("did not return an address[]"));
}

TEST(ContractValidators, need_the_state_of_the_parent) {
    SealedChain chain{
        {.config = contract_config, .alloc = account(contract, contract_that_returns({newcomer}))}};
    const auto view = chain.chain->view();
    CountingAncestry ancestry{*view};
    ancestry.has_states = false;
    const auto found = chain.sets().after(chain.head(), ancestry);
    ASSERT_FALSE(found);
    EXPECT_THAT(found.error(), HasSubstr("needs the state after that block"));
}

TEST(ContractValidators, take_over_from_votes_and_give_back) {
    const auto all = SealedChain{{}}.addresses();
    const std::vector two{all[0], all[1]};
    SealedChain chain{{.config = fmt::format(
                           R"("berlinBlock": 0, "qbft": {{}}, "transitions": {{"qbft": [
                {{"block": 2, "validatorselectionmode": "contract",
                  "validatorcontractaddress": "{}"}},
                {{"block": 4, "validatorselectionmode": "blockheader", "validators": ["{}"]}}]}})",
                           contract, to_hex(all[2].bytes)),
                       .alloc = account(contract, contract_that_returns(two))}};
    EXPECT_EQ(chain.validators(), all);
    chain.extend();
    EXPECT_EQ(chain.validators(), two);
    chain.extend({.builder = 0});
    EXPECT_TRUE(qbft::decode_extra_data(chain.head().extra_data)->validators.empty());
    chain.extend({.builder = 1});
    EXPECT_EQ(chain.validators(), std::vector{all[2]});
    chain.extend({.builder = 2});
    EXPECT_EQ(qbft::decode_extra_data(chain.head().extra_data)->validators, std::vector{all[2]});
    chain.extend({.builder = 2});
}

TEST(ContractValidators, are_read_from_the_contracts_of_the_fixtures) {
    META138_FIXTURE_OR_SKIP(folder, "qbft/genesis");
    for (const auto* name :
         {"genesis_validator_contract.json", "genesis_validator_contract_london.json",
          "genesis_validator_contract_shanghai.json"}) {
        std::ifstream file{folder / name};
        std::string text{std::istreambuf_iterator<char>{file}, {}};
        const std::string_view forks =
            std::string_view{name}.contains("shanghai") ? R"("londonBlock": 0, "shanghaiTime": 0)"
            : std::string_view{name}.contains("london") ? R"("londonBlock": 0)"
                                                        : R"("berlinBlock": 0)";
        const auto validators_by = [&](std::string_view address) {
            auto with_config = text;
            with_config.insert(
                with_config.find('{') + 1,
                fmt::format(
                    R"("config": {{"chainId": 1, {}, "qbft": {{"validatorcontractaddress": "{}"}}}},)",
                    forks, address));
            const auto genesis = parse_genesis(with_config).value();
            const auto rules =
                make_qbft_consensus(genesis, qbft::parse_config(genesis)->value()).value();
            const auto database = storage::Database::open({.in_memory = true});
            const blockchain::Chain chain{*database, genesis, *rules};
            return rules->validator_sets().after_head(chain).value();
        };
        EXPECT_THAT(validators_by("0x0000000000000000000000000000000000008888"),
                    ElementsAre("0xeac51e3fe1afc9894f0dfeab8ceb471899b932df"_address));
        EXPECT_THAT(validators_by("0x0000000000000000000000000000000000009999"),
                    ElementsAre("0xe98d92560fac3069ccff53ef348ded26a51d4b68"_address,
                                "0xeac51e3fe1afc9894f0dfeab8ceb471899b932df"_address));
    }
}

TEST(DecodeValidators, takes_any_place_for_the_list_and_no_lie_about_its_length) {
    const auto words = [](std::initializer_list<std::uint64_t> values) {
        Bytes output;
        for (const auto value : values) {
            const auto word = to_hash32(uint256{value});
            output.insert(output.end(), word.begin(), word.end());
        }
        return output;
    };
    EXPECT_THAT(decode_validators(words({32, 2, 7, 8})).value(), SizeIs(2));
    EXPECT_THAT(decode_validators(words({64, 99, 1, 8})).value(), SizeIs(1));
    EXPECT_THAT(decode_validators(words({32, 1, 7, 8})).value(), SizeIs(1));
    EXPECT_FALSE(decode_validators(words({32, 3, 7, 8})));
    EXPECT_FALSE(decode_validators(words({97, 1})));
    EXPECT_FALSE(decode_validators(words({~std::uint64_t{0}, 1})));
    EXPECT_FALSE(decode_validators(words({32, ~std::uint64_t{0}, 1})));
    EXPECT_FALSE(decode_validators(words({32})));
    EXPECT_FALSE(decode_validators({}));
    auto many = words({32, max_contract_validators + 1});
    many.resize(many.size() + 32 * (max_contract_validators + 1));
    EXPECT_THAT(decode_validators(many).error(), HasSubstr("more than"));
}

// --- What a proposer votes

TEST(VotesToCast, are_those_that_still_change_something) {
    const SealedChain chain{{}};
    const auto local = chain.address(0);
    const auto stranger = newcomer;
    const auto member = chain.address(1);
    qbft::VoteTally tally{chain.addresses()};
    EXPECT_THAT(votes_to_cast({{stranger, true}, {member, false}}, local, tally),
                testing::UnorderedElementsAre(to_add(stranger), to_drop(member)));
    // Nothing to change.
    EXPECT_THAT(votes_to_cast({{stranger, false}, {member, true}}, local, tally), SizeIs(0));
    // Cast already.
    tally.apply(local, to_add(stranger));
    EXPECT_THAT(votes_to_cast({{stranger, true}}, local, tally), SizeIs(0));
    // The operator has changed his mind.
    EXPECT_THAT(votes_to_cast({{stranger, false}}, local, tally), ElementsAre(to_drop(stranger)));
}

}  // namespace
}  // namespace meta138::consensus
