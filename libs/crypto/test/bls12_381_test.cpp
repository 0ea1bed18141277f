// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/bls12_381.hpp"

#include "read_json.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <optional>
#include <string>

namespace meta138::crypto {
namespace {

using Operation = std::function<std::optional<Bytes>(ByteView)>;

template <std::size_t Size, typename Function>
Operation of_fixed_size(Function function) {
    return [function](ByteView input) -> std::optional<Bytes> {
        if (input.size() != Size) return std::nullopt;
        return function(input.first<Size>()).transform([](const auto& bytes) {
            return to_bytes(bytes);
        });
    };
}

template <typename Function>
Operation of_any_size(Function function) {
    return [function](ByteView input) -> std::optional<Bytes> {
        return function(input).transform([](const auto& bytes) { return to_bytes(bytes); });
    };
}

std::optional<Bytes> pairing_check(ByteView input) {
    return bls12_381_pairing_check(input).transform([](bool is_one) {
        Bytes word(32);
        word[31] = is_one ? 1 : 0;
        return word;
    });
}

const Operation g1_add = of_fixed_size<256>(bls12_381_g1_add);
const Operation g2_add = of_fixed_size<512>(bls12_381_g2_add);
const Operation g1_msm = of_any_size(bls12_381_g1_msm);
const Operation g2_msm = of_any_size(bls12_381_g2_msm);
const Operation map_fp_to_g1 = of_fixed_size<64>(bls12_381_map_fp_to_g1);
const Operation map_fp2_to_g2 = of_fixed_size<128>(bls12_381_map_fp2_to_g2);

struct VectorFile {
    const char* name;
    Operation operation;
};

class Bls12381Precompile : public testing::TestWithParam<VectorFile> {};

TEST_P(Bls12381Precompile, agrees_with_go_ethereums_vectors) {
    const auto& [name, operation] = GetParam();
    META138_FIXTURE_OR_SKIP(good, std::string{"precompiles/geth/"} + name + ".json");
    for (const auto& test : test::read_json(good)) {
        const auto input = test::bytes_of(test["Input"]);
        const auto output = operation(input);
        ASSERT_TRUE(output) << test["Name"];
        EXPECT_EQ(to_hex_digits(*output), test["Expected"].get<std::string>()) << test["Name"];
    }
}

TEST_P(Bls12381Precompile, fails_where_go_ethereum_fails) {
    const auto& [name, operation] = GetParam();
    META138_FIXTURE_OR_SKIP(bad, std::string{"precompiles/geth/fail-"} + name + ".json");
    for (const auto& test : test::read_json(bad)) {
        const auto input = test::bytes_of(test["Input"]);
        EXPECT_FALSE(operation(input)) << test["Name"];
    }
}

std::string name_of(const testing::TestParamInfo<VectorFile>& info) {
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Geth, Bls12381Precompile,
    testing::Values(VectorFile{"blsG1Add", g1_add}, VectorFile{"blsG1Mul", g1_msm},
                    VectorFile{"blsG1MultiExp", g1_msm}, VectorFile{"blsG2Add", g2_add},
                    VectorFile{"blsG2Mul", g2_msm}, VectorFile{"blsG2MultiExp", g2_msm},
                    VectorFile{"blsPairing", pairing_check}, VectorFile{"blsMapG1", map_fp_to_g1},
                    VectorFile{"blsMapG2", map_fp2_to_g2}),
    name_of);

/// Besu's files: input, output or nothing for a failure, gas, notes.
class Bls12381Csv : public testing::TestWithParam<VectorFile> {};

TEST_P(Bls12381Csv, agrees_with_besus_vectors) {
    const auto& [name, operation] = GetParam();
    META138_FIXTURE_OR_SKIP(path, std::string{"precompiles/eip2537-csv/"} + name + ".csv");
    std::ifstream file{path};
    std::string line;
    std::getline(file, line);  // the names of the columns
    for (std::size_t row = 2; std::getline(file, line); ++row) {
        const auto end_of_input = line.find(',');
        const auto end_of_output = line.find(',', end_of_input + 1);
        const auto input = test::bytes_of(line.substr(0, end_of_input));
        const auto expected =
            test::bytes_of(line.substr(end_of_input + 1, end_of_output - end_of_input - 1));
        const auto output = operation(input);
        ASSERT_EQ(output.has_value(), !expected.empty()) << "row " << row;
        if (output) {
            EXPECT_EQ(to_hex(*output), to_hex(expected)) << "row " << row;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Besu, Bls12381Csv,
                         testing::Values(VectorFile{"g1_add", g1_add}, VectorFile{"g1_mul", g1_msm},
                                         VectorFile{"g1_multiexp", g1_msm},
                                         VectorFile{"g2_add", g2_add}, VectorFile{"g2_mul", g2_msm},
                                         VectorFile{"g2_multiexp", g2_msm},
                                         VectorFile{"pairing", pairing_check},
                                         VectorFile{"invalid_subgroup_for_pairing", pairing_check},
                                         VectorFile{"fp_to_g1", map_fp_to_g1},
                                         VectorFile{"fp2_to_g2", map_fp2_to_g2}),
                         name_of);

}  // namespace
}  // namespace meta138::crypto
