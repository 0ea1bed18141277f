// SPDX-License-Identifier: Apache-2.0
#include "meta138/contracts/abi.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/contracts/artifact.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace meta138::contracts::abi {
namespace {

using namespace literals;

Bytes from_hex(std::string_view digits) {
    return decode_hex_digits(digits).value();
}

std::string word(std::string_view last_digits) {
    return std::string(64 - last_digits.size(), '0') + std::string{last_digits};
}

TEST(AbiArguments, encodes_the_example_of_the_specification) {
    // f(uint256,uint32[],bytes10,bytes) with (0x123, [0x456, 0x789], "1234567890", "Hello,
    // world!"), from "Contract ABI Specification", with uint256[] for uint32[]
    const std::array<uint256, 2> numbers{0x456, 0x789};
    Hash32 fixed;
    std::ranges::copy(std::string_view{"1234567890"}, fixed.begin());
    const Bytes encoded =
        Arguments{}.integer(0x123).integers(numbers).fixed(fixed).text("Hello, world!").encode();
    EXPECT_EQ(to_hex_digits(encoded), word("123") + word("80") + "31323334353637383930" +
                                          std::string(44, '0') + word("e0") + word("2") +
                                          word("456") + word("789") + word("d") +
                                          "48656c6c6f2c20776f726c6421" + std::string(38, '0'));
}

TEST(AbiArguments, a_call_starts_with_the_selector) {
    EXPECT_EQ(to_hex(Arguments{}.call("decimals()")), "0x313ce567");
    EXPECT_EQ(to_hex(Arguments{}.call("latestRoundData()")), "0xfeaf968c");
}

TEST(AbiArguments, empty_arrays_and_texts_have_a_length_only) {
    EXPECT_EQ(to_hex_digits(Arguments{}.addresses({}).text("").encode()),
              word("40") + word("60") + word("0") + word("0"));
}

TEST(AbiResults, read_what_arguments_wrote) {
    const std::array<Address, 2> some{"0x4e59b44847b379578588920ca78fbf26c0b4956c"_address,
                                      "0xca11bde05977b3631167028862be2a173976ca11"_address};
    const Bytes encoded = Arguments{}
                              .integer(uint256::max())
                              .boolean(true)
                              .text("ETH / USD")
                              .address(some[0])
                              .addresses(some)
                              .encode();
    Results results{encoded};
    EXPECT_EQ(results.integer(), uint256::max());
    EXPECT_TRUE(results.boolean());
    EXPECT_EQ(results.text(), "ETH / USD");
    EXPECT_EQ(results.address(), some[0]);
    EXPECT_EQ(results.addresses(), (std::vector<Address>{some[0], some[1]}));
    EXPECT_TRUE(results.ok());
}

TEST(AbiResults, refuse_what_is_not_of_the_type) {
    const auto ok = [](std::string_view digits, auto read) {
        const Bytes data = from_hex(digits);
        Results results{data};
        read(results);
        return results.ok();
    };
    const auto integer = [](Results& results) { (void)results.integer(); };
    const auto small = [](Results& results) { (void)results.small_integer(); };
    const auto boolean = [](Results& results) { (void)results.boolean(); };
    const auto address = [](Results& results) { (void)results.address(); };
    const auto text = [](Results& results) { (void)results.text(); };
    const auto addresses = [](Results& results) { (void)results.addresses(); };
    EXPECT_FALSE(ok("", integer));
    EXPECT_FALSE(ok(word("1").substr(2), integer));
    EXPECT_FALSE(ok(word("10000000000000000"), small));
    EXPECT_FALSE(ok(word("2"), boolean));
    EXPECT_FALSE(ok(word("1" + std::string(40, '0')), address));
    EXPECT_FALSE(ok(word("21"), text)) << "an offset behind the end";
    EXPECT_FALSE(ok(word("ffffffffffffffff"), text));
    EXPECT_FALSE(ok(word("20") + word("1"), text)) << "a length behind the end";
    EXPECT_FALSE(ok(word("20") + word("ffffffffffffffff"), text));
    EXPECT_FALSE(ok(word("20") + word("2") + word("1"), addresses));
    EXPECT_FALSE(ok(word("20") + word("1") + word("1" + std::string(40, '0')), addresses));
}

TEST(DescribeRevert, tells_the_text_of_require) {
    EXPECT_EQ(describe_revert(Arguments{}.text("No data present").call("Error(string)")),
              "No data present");
}

TEST(DescribeRevert, names_errors_of_the_feed_with_their_parameters) {
    EXPECT_EQ(
        describe_revert(Arguments{}.integer(3).integer(2).call("UnexpectedRound(uint256,uint256)")),
        "UnexpectedRound(3, 2)");
    EXPECT_EQ(describe_revert(Arguments{}
                                  .integer(uint256{} - uint256{5})
                                  .integer(1)
                                  .integer(9)
                                  .call("AnswerOutOfBounds(int256,int256,int256)")),
              "AnswerOutOfBounds(-5, 1, 9)");
    EXPECT_EQ(describe_revert(Arguments{}.text("heartbeat").call("InvalidSetting(string)")),
              "InvalidSetting(\"heartbeat\")");
    EXPECT_EQ(describe_revert(Arguments{}.call("FeedPaused()")), "FeedPaused()");
}

/// "NotAdmin(address)" and so on, of an ABI as solc writes it: inputs, name, type of each item.
std::vector<std::string> errors_of(std::string_view contract) {
    const std::string json{artifact(contract).abi};
    const std::regex error{R"re(\{"inputs":\[([^\]]*)\],"name":"(\w+)","type":"error"\})re"};
    const std::regex type{R"re("type":"(\w+)")re"};
    std::vector<std::string> result;
    for (std::sregex_iterator at{json.begin(), json.end(), error}, end; at != end; ++at) {
        const std::string inputs = (*at)[1];
        std::string types;
        for (std::sregex_iterator input{inputs.begin(), inputs.end(), type}; input != end; ++input)
            types += (types.empty() ? "" : ",") + (*input)[1].str();
        result.push_back((*at)[2].str() + '(' + types + ')');
    }
    return result;
}

TEST(DescribeRevert, knows_every_error_of_the_feed_and_the_registry) {
    // Those that libraries of OpenZeppelin have in store for what the contracts never do.
    const std::set<std::string> unreachable{"AddressEmptyCode(address)", "ERC1967NonPayable()",
                                            "FailedCall()", "NotInitializing()"};
    std::size_t known = 0;
    for (const std::string_view contract : {"Aggregator", "FeedRegistry"}) {
        for (const std::string& error : errors_of(contract)) {
            if (unreachable.contains(error)) continue;
            Arguments parameters;
            if (error == "InvalidSetting(string)") {
                parameters.text("heartbeat");
            } else if (!error.ends_with("()")) {
                for (auto i = std::ranges::count(error, ','); i >= 0; --i) parameters.integer(1);
            }
            EXPECT_TRUE(describe_revert(parameters.call(error))
                            .starts_with(error.substr(0, error.find('(') + 1)))
                << error;
            ++known;
        }
    }
    EXPECT_GE(known, 15);
}

TEST(DescribeRevert, shows_what_it_does_not_know) {
    EXPECT_EQ(describe_revert({}), "");
    EXPECT_EQ(describe_revert(from_hex("0102")), "0x0102");
    EXPECT_EQ(describe_revert(from_hex("0102030405")), "0x0102030405");
    EXPECT_EQ(describe_revert(Arguments{}.integer(0x11).call("Panic(uint256)")), "Panic(0x11)");
    EXPECT_EQ(describe_revert(Arguments{}.integer(3).call("UnexpectedRound(uint256,uint256)")),
              to_hex(Arguments{}.integer(3).call("UnexpectedRound(uint256,uint256)")));
}

}  // namespace
}  // namespace meta138::contracts::abi
