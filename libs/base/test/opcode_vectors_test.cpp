// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/uint256.hpp"
#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <functional>
#include <map>
#include <string>

namespace meta138 {
namespace {

using Operation = std::function<uint256(const uint256& top, const uint256& below)>;

/// Instructions of two operands, by the name in the file's name.
const std::map<std::string, Operation>& operations() {
    static const std::map<std::string, Operation> result{
        {"add", [](const auto& y, const auto& x) { return y + x; }},
        {"sub", [](const auto& y, const auto& x) { return y - x; }},
        {"mul", [](const auto& y, const auto& x) { return y * x; }},
        {"div", [](const auto& y, const auto& x) { return y / x; }},
        {"sdiv", [](const auto& y, const auto& x) { return sdiv(y, x); }},
        {"mod", [](const auto& y, const auto& x) { return y % x; }},
        {"smod", [](const auto& y, const auto& x) { return smod(y, x); }},
        {"exp", [](const auto& y, const auto& x) { return exp(y, x); }},
        {"and", [](const auto& y, const auto& x) { return y & x; }},
        {"or", [](const auto& y, const auto& x) { return y | x; }},
        {"xor", [](const auto& y, const auto& x) { return y ^ x; }},
        {"lt", [](const auto& y, const auto& x) { return uint256{y < x}; }},
        {"gt", [](const auto& y, const auto& x) { return uint256{y > x}; }},
        {"slt", [](const auto& y, const auto& x) { return uint256{slt(y, x)}; }},
        {"sgt", [](const auto& y, const auto& x) { return uint256{sgt(y, x)}; }},
        {"eq", [](const auto& y, const auto& x) { return uint256{y == x}; }},
        {"byte", [](const auto& y, const auto& x) { return byte_at(y, x); }},
        {"shl", [](const auto& y, const auto& x) { return shl(y, x); }},
        {"shr", [](const auto& y, const auto& x) { return shr(y, x); }},
        {"sar", [](const auto& y, const auto& x) { return sar(y, x); }},
        {"signext", [](const auto& y, const auto& x) { return signextend(y, x); }},
    };
    return result;
}

uint256 word(const nlohmann::json& digits) {
    return parse_hex_uint256("0x" + digits.get<std::string>()).value();
}

TEST(OpcodeVectors, agree_with_the_arithmetic) {
    META138_FIXTURE_OR_SKIP(folder, "precompiles/opcodes");
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
        const auto name = entry.path().stem().string();
        const auto operation = name.substr(name.find('_') + 1);
        ASSERT_TRUE(operations().contains(operation)) << name;
        std::ifstream file{entry.path()};
        for (const auto& vector : nlohmann::json::parse(file)) {
            EXPECT_EQ(operations().at(operation)(word(vector["Y"]), word(vector["X"])),
                      word(vector["Expected"]))
                << operation << ' ' << vector;
        }
    }
}

}  // namespace
}  // namespace meta138
