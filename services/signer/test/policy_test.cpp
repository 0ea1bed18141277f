// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/policy.hpp"

#include "test_files.hpp"

#include <gtest/gtest.h>

#include <string>

namespace meta138::signer {
namespace {

using namespace literals;
using namespace std::chrono_literals;

constexpr auto key = "0x00000000000000000000000000000000000000aa"_address;
constexpr auto feed = "0x00000000000000000000000000000000000000fe"_address;
constexpr auto other = "0x0000000000000000000000000000000000000001"_address;
constexpr PolicyTime start{std::chrono::hours{24 * 365}};

Policy decode(const std::string& text) {
    auto policy = Policy::decode(text, "policy.toml");
    EXPECT_TRUE(policy) << (policy ? "" : policy.error().to_string());
    return policy ? *std::move(policy) : Policy::allow_everything();
}

std::string error_of(const std::string& text) {
    const auto policy = Policy::decode(text, "policy.toml");
    return policy ? "none" : policy.error().to_string();
}

const std::string head = "[[key]]\naddress = \"0x00000000000000000000000000000000000000aa\"\n";

/// A policy of one key and what it says to one request after another.
class PolicyTest : public testing::Test {
protected:
    void use(const std::string& rules) { policy = decode(head + rules); }

    std::string ask(decltype(PolicyRequest::what) what, std::vector<std::string> client = {}) {
        const auto verdict =
            decide(policy, state, {.key = key, .client = std::move(client), .what = what}, now);
        return verdict ? "allowed" : std::string{verdict.error().rule};
    }
    std::string ask_to_send(std::vector<std::string> client = {}) {
        return ask(PolicyRequest::Transact{.chain_id = 138, .transaction = &transaction},
                   std::move(client));
    }
    std::string send(const uint256& value) {
        transaction.value = value;
        return ask_to_send();
    }

    Policy policy = Policy::allow_everything();
    PolicyState state;
    PolicyTime now = start;
    Transaction transaction = [] {
        Transaction call;
        call.chain_id = 138;
        call.gas_limit = 100'000;
        call.to = feed;
        return call;
    }();
};

TEST_F(PolicyTest, without_a_file_everything_is_allowed) {
    EXPECT_TRUE(policy.allows_everything());
    EXPECT_EQ(ask_to_send(), "allowed");
    EXPECT_EQ(ask(PolicyRequest::RawData{}), "allowed");
}

TEST_F(PolicyTest, with_a_file_a_key_that_it_does_not_name_may_do_nothing) {
    policy = decode("[[key]]\naddress = \"0x0000000000000000000000000000000000000001\"\n");
    EXPECT_EQ(ask_to_send(), "key");
    policy = decode("[default]\n");
    EXPECT_EQ(ask_to_send(), "allowed");
}

TEST_F(PolicyTest, a_table_allows_calls_and_no_more_than_it_says) {
    use("");
    EXPECT_EQ(ask_to_send(), "allowed");
    EXPECT_EQ(ask(PolicyRequest::Message{}), "messages");
    EXPECT_EQ(ask(PolicyRequest::TypedData{}), "typed_data");
    EXPECT_EQ(ask(PolicyRequest::RawData{}), "raw_data");
    transaction.to.reset();
    EXPECT_EQ(ask_to_send(), "contract_creation");
    transaction.to = feed;
    transaction.type = TransactionType::set_code;
    EXPECT_EQ(ask_to_send(), "set_code");
    use("messages = true\ntyped_data = true\nraw_data = true\nset_code = true\n"
        "contract_creation = true\n");
    EXPECT_EQ(ask(PolicyRequest::Message{}), "allowed");
    EXPECT_EQ(ask(PolicyRequest::TypedData{}), "allowed");
    EXPECT_EQ(ask(PolicyRequest::RawData{}), "allowed");
    EXPECT_EQ(ask_to_send(), "allowed");
    transaction.to.reset();
    EXPECT_EQ(ask_to_send(), "allowed");
}

TEST_F(PolicyTest, only_named_clients_may_use_a_key) {
    use("clients = [\"oracle-1\", \"oracle-2\"]\n");
    EXPECT_EQ(ask_to_send({"oracle-2"}), "allowed");
    EXPECT_EQ(ask_to_send({"10.0.0.1", "oracle-1"}), "allowed");
    EXPECT_EQ(ask_to_send({"oracle-3"}), "client");
    EXPECT_EQ(ask_to_send(), "client");
}

TEST_F(PolicyTest, only_listed_chains_and_destinations_are_allowed) {
    use("chains = [138]\n[[key.allow]]\nto = \"0x00000000000000000000000000000000000000fe\"\n");
    EXPECT_EQ(ask_to_send(), "allowed");
    EXPECT_EQ(ask(PolicyRequest::Transact{.chain_id = 1, .transaction = &transaction}), "chain");
    transaction.to = other;
    EXPECT_EQ(ask_to_send(), "destination");
    use("allow = []\n");
    EXPECT_EQ(ask_to_send(), "destination");
}

TEST_F(PolicyTest, only_listed_calls_of_a_contract_are_allowed) {
    use("[[key.allow]]\nto = \"0x00000000000000000000000000000000000000fe\"\n"
        "calls = [\"transfer(address,uint256)\", \"0x01020304\"]\n");
    transaction.data = *decode_hex("0xa9059cbb00000000");
    EXPECT_EQ(ask_to_send(), "allowed");
    transaction.data = *decode_hex("0x01020304");
    EXPECT_EQ(ask_to_send(), "allowed");
    transaction.data = *decode_hex("0x01020305");
    EXPECT_EQ(ask_to_send(), "selector");
    transaction.data = *decode_hex("0xa9059c");
    EXPECT_EQ(ask_to_send(), "selector");
    transaction.data.clear();
    EXPECT_EQ(ask_to_send(), "selector");
    use("[[key.allow]]\nto = \"0x00000000000000000000000000000000000000fe\"\ncalls = []\n"
        "transfer = true\n");
    EXPECT_EQ(ask_to_send(), "allowed");
}

TEST_F(PolicyTest, caps_hold) {
    use("max_value = \"1 gwei\"\nmax_gas_limit = 100000\nmax_fee_per_gas = \"20 gwei\"\n"
        "max_priority_fee_per_gas = 5\n");
    EXPECT_EQ(send(1'000'000'000), "allowed");
    EXPECT_EQ(send(1'000'000'001), "max_value");
    transaction.value = 0;
    transaction.gas_limit = 100'001;
    EXPECT_EQ(ask_to_send(), "max_gas_limit");
    transaction.gas_limit = 21'000;
    transaction.max_fee_per_gas = 20'000'000'001;
    EXPECT_EQ(ask_to_send(), "max_fee_per_gas");
    transaction.max_fee_per_gas = 100;
    transaction.max_priority_fee_per_gas = 100;
    EXPECT_EQ(ask_to_send(), "allowed");  // a legacy transaction has no priority fee
    transaction.type = TransactionType::dynamic_fee;
    EXPECT_EQ(ask_to_send(), "max_priority_fee_per_gas");
}

TEST_F(PolicyTest, value_over_a_period_is_capped) {
    use("value_per_period = { value = \"100\", seconds = 3600 }\n");
    EXPECT_EQ(send(60), "allowed");
    EXPECT_EQ(send(41), "value_window");
    EXPECT_EQ(send(40), "allowed");
    EXPECT_EQ(send(1), "value_window");
    EXPECT_EQ(send(0), "allowed");
    now = start + 3600s;
    EXPECT_EQ(send(1), "value_window");  // never too early, ...
    now = start + 3600s * 65 / 63;
    EXPECT_EQ(send(100), "allowed");  // ... and at most a part of the period too late
    EXPECT_EQ(send(uint256::max()), "value_window");
}

TEST_F(PolicyTest, in_no_period_more_than_its_value_is_spent) {
    use("value_per_period = { value = \"1000\", seconds = 60 }\n");
    std::vector<std::pair<PolicyTime, std::uint64_t>> spent;
    std::uint64_t random = 1;
    for (int i = 0; i < 5'000; ++i) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        now += std::chrono::milliseconds{random >> 54};
        const auto value = 1 + (random >> 40) % 200;
        if (send(value) == "allowed") spent.emplace_back(now, value);
    }
    ASSERT_GT(spent.size(), 100U);
    std::uint64_t window = 0;
    std::size_t oldest = 0;
    for (const auto& [time, value] : spent) {
        window += value;
        while (spent[oldest].first <= time - 60s) window -= spent[oldest++].second;
        EXPECT_LE(window, 1'000U);
    }
}

TEST_F(PolicyTest, what_was_spent_before_a_restart_counts) {
    use("value_per_period = { value = \"100\", seconds = 60 }\n");
    state.add_spent(key, 90, now - 30s, 60s);
    state.add_spent(key, 90, now - 600s, 60s);
    EXPECT_EQ(send(11), "value_window");
    EXPECT_EQ(send(10), "allowed");
}

TEST_F(PolicyTest, another_period_in_a_new_policy_forgets_nothing) {
    use("value_per_period = { value = \"100\", seconds = 60 }\n");
    EXPECT_EQ(send(90), "allowed");
    now += 30s;
    use("value_per_period = { value = \"100\", seconds = 3600 }\n");
    state.retain(policy);
    EXPECT_EQ(send(11), "value_window");
}

TEST_F(PolicyTest, signatures_are_rationed) {
    use("rate = { per_second = 2, burst = 3 }\nmessages = true\n");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(PolicyRequest::Message{}), "allowed");
    EXPECT_EQ(ask(PolicyRequest::Message{}), "rate");
    now += 499ms;
    EXPECT_EQ(ask_to_send(), "rate");
    now += 1ms;
    EXPECT_EQ(ask_to_send(), "allowed");
    EXPECT_EQ(ask_to_send(), "rate");
    now += 1h;
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ask_to_send(), "allowed");
    EXPECT_EQ(ask_to_send(), "rate");
}

TEST_F(PolicyTest, a_clock_that_goes_back_gives_nothing_away) {
    use("rate = { per_second = 1, burst = 1 }\n"
        "value_per_period = { value = \"100\", seconds = 60 }\n");
    EXPECT_EQ(send(100), "allowed");
    now -= 1h;
    EXPECT_EQ(send(0), "rate");
    now = start + 500ms;
    EXPECT_EQ(send(0), "rate");
    now = start + 2s;
    EXPECT_EQ(send(1), "value_window");
    EXPECT_EQ(send(0), "allowed");
}

TEST_F(PolicyTest, what_is_denied_counts_for_nothing) {
    use("max_value = \"10\"\nrate = { per_second = 1, burst = 1 }\n");
    for (int i = 0; i < 5; ++i) EXPECT_EQ(send(11), "max_value");
    EXPECT_EQ(send(10), "allowed");
}

TEST(PolicyFile, errors_name_the_line_and_the_reason) {
    EXPECT_EQ(error_of("[[key]]\naddress = \"0x12\"\n"),
              "policy.toml:2: address: not an address (0x and 40 hexadecimal digits)");
    EXPECT_EQ(error_of(head + "max_valeu = 1\n").substr(0, 44),
              "policy.toml:3: max_valeu: unknown name; know");
    EXPECT_EQ(error_of(head + "\nmax_value = \"1 eth\"\n"),
              "policy.toml:4: max_value: not an amount, such as \"1000\", \"20 gwei\" or "
              "\"1 ether\"");
    EXPECT_EQ(error_of(head + "max_gas_limit = -1\n").substr(0, 43),
              "policy.toml:3: max_gas_limit: -1 is not fro");
    EXPECT_EQ(error_of(head + "messages = 1\n"), "policy.toml:3: messages: neither true nor false");
    EXPECT_EQ(error_of(head + "rate = { per_second = 0 }\n").substr(0, 35),
              "policy.toml:3: rate.per_second: 0 i");
    EXPECT_EQ(error_of(head + "value_per_period = { value = \"1\" }\n"),
              "policy.toml:3: seconds is missing");
    EXPECT_EQ(error_of(head + "clients = \"a\"\n"),
              "policy.toml:3: clients: not a list in brackets");
    EXPECT_EQ(error_of(head + head),
              "policy.toml:3: 0x00000000000000000000000000000000000000aa has a policy already, in "
              "line 1");
    EXPECT_EQ(error_of("[[key]]\nchains = [1]\n"),
              "policy.toml:1: give either address or addresses");
    EXPECT_EQ(error_of("[default]\naddress = \"0x00\"\n"),
              "policy.toml:1: default: names a key; such a table is [[key]]");
    EXPECT_EQ(error_of("a = \n").substr(0, 23), "policy.toml:1: not TOML");
    EXPECT_EQ(error_of("").substr(0, 25), "policy.toml: names no key");
    EXPECT_EQ(error_of("[keys]\n"),
              "policy.toml:1: keys: unknown name; known here are default, "
              "key");
}

TEST(PolicyFile, calls_are_selectors_or_canonical_signatures) {
    const auto error = [](std::string_view call) {
        return error_of(head +
                        "[[key.allow]]\nto = \"0x00000000000000000000000000000000000000fe\"\n"
                        "calls = [\"" +
                        std::string{call} + "\"]\n");
    };
    for (const auto* call :
         {"0x12345678", "f()", "transmit(int256,uint64)", "g((address,uint8[2]),bytes)"})
        EXPECT_EQ(error(call), "none") << call;
    for (const auto* call : {"0x123456", "f", "f(uint)", "f(uint256 a)", "f(address, bool)", "f(()",
                             "f()g()", "()", "f(int[])"})
        EXPECT_NE(error(call), "none") << call;
}

TEST(PolicyFile, several_keys_may_share_a_table) {
    const auto policy = decode(
        "[[key]]\naddresses = [\"0x00000000000000000000000000000000000000aa\",\n"
        "\"0x0000000000000000000000000000000000000001\"]\nmax_value = 0\n");
    EXPECT_NE(policy.find(key), nullptr);
    EXPECT_NE(policy.find(other), nullptr);
    EXPECT_EQ(policy.find(feed), nullptr);
    EXPECT_EQ(policy.find(key)->max_value, 0);
    EXPECT_EQ(policy.find(key)->line, 1U);
}

}  // namespace
}  // namespace meta138::signer
