// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/blob_gas.hpp"

#include "meta138/types/fork_schedule.hpp"

#include <gmock/gmock.h>

namespace meta138 {
namespace {

using namespace literals;

TEST(FakeExponential, approximates_as_in_eip_4844) {
    struct Row {
        std::uint64_t factor, numerator, denominator, result;
    };
    for (const auto& row :
         {Row{1, 0, 1, 1}, Row{38493, 0, 1000, 38493}, Row{0, 1234, 2345, 0}, Row{1, 2, 1, 6},
          Row{1, 4, 2, 6}, Row{1, 3, 1, 16}, Row{1, 6, 2, 18}, Row{1, 4, 1, 49}, Row{1, 8, 2, 50},
          Row{10, 8, 2, 542}, Row{11, 8, 2, 596}, Row{1, 5, 1, 136}, Row{1, 5, 2, 11},
          Row{2, 5, 2, 23}, Row{1, 50000000, 2225652, 5709098764}}) {
        EXPECT_EQ(fake_exponential(row.factor, row.numerator, row.denominator), uint256{row.result})
            << row.factor << ' ' << row.numerator << ' ' << row.denominator;
    }
}

TEST(FakeExponential, ends_at_the_largest_number) {
    EXPECT_EQ(fake_exponential(1, ~std::uint64_t{0}, 1), uint256::max());
    EXPECT_EQ(fake_exponential(1, ~std::uint64_t{0}, 3338477), uint256::max());
    EXPECT_EQ(
        fake_exponential(~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0}).bit_length(),
        66u);  // e * 2^64
}

TEST(BlobBaseFee, starts_at_one_wei) {
    const auto cancun = default_blob_parameters(Fork::cancun);
    EXPECT_EQ(blob_base_fee(0, cancun), 1_u256);
    EXPECT_EQ(blob_base_fee(2314057, cancun), 1_u256);
    EXPECT_EQ(blob_base_fee(2314058, cancun), 2_u256);
    EXPECT_EQ(blob_base_fee(10 * 1024 * 1024, cancun), 23_u256);
}

Header parent_with(std::uint64_t excess_blobs, std::uint64_t used_blobs,
                   std::uint64_t base_fee_per_gas = 0) {
    Header parent;
    parent.excess_blob_gas = excess_blobs * GAS_PER_BLOB;
    parent.blob_gas_used = used_blobs * GAS_PER_BLOB;
    parent.base_fee_per_gas = base_fee_per_gas;
    return parent;
}

TEST(CalcExcessBlobGas, adds_what_is_above_the_target) {
    const auto cancun = default_blob_parameters(Fork::cancun);
    const auto excess_after = [&](std::uint64_t excess, std::uint64_t used) {
        return calc_excess_blob_gas(parent_with(excess, used), Fork::cancun, cancun);
    };
    EXPECT_EQ(calc_excess_blob_gas(Header{}, Fork::cancun, cancun), 0u);
    EXPECT_EQ(excess_after(0, 3), 0u);
    EXPECT_EQ(excess_after(0, 4), GAS_PER_BLOB);
    EXPECT_EQ(excess_after(1, 3), GAS_PER_BLOB);
    EXPECT_EQ(excess_after(1, 2), 0u);
    EXPECT_EQ(excess_after(10, 0), 7 * GAS_PER_BLOB);
}

TEST(CalcExcessBlobGas, does_not_fall_while_execution_is_dearer_than_blobs) {  // EIP-7918
    const BlobParameters parameters{.target = 6, .max = 9, .base_fee_update_fraction = 5007716};
    const auto excess_after = [&](Fork fork, std::uint64_t base_fee_per_gas) {
        return calc_excess_blob_gas(parent_with(10, 3, base_fee_per_gas), fork, parameters);
    };
    // The blob base fee is 1 wei: the reserve price is reached at GAS_PER_BLOB / BLOB_BASE_COST.
    EXPECT_EQ(excess_after(Fork::osaka, 16), 7 * GAS_PER_BLOB);
    EXPECT_EQ(excess_after(Fork::osaka, 17), 11 * GAS_PER_BLOB);  // 3 * (9 - 6) / 9 more
    EXPECT_EQ(excess_after(Fork::prague, 17), 7 * GAS_PER_BLOB);
    // Below the target it is zero in any case.
    EXPECT_EQ(calc_excess_blob_gas(parent_with(1, 3, 1000), Fork::osaka, parameters), 0u);
}

}  // namespace
}  // namespace meta138
