// SPDX-License-Identifier: Apache-2.0
#include "precompile_table.hpp"

#include "meta138/crypto/bls12_381.hpp"

#include <array>

namespace meta138::evm {
namespace {

constexpr std::size_t g1_pair_size = 160;  // a point and a scalar
constexpr std::size_t g2_pair_size = 288;
constexpr std::size_t pairing_size = 384;  // a point of G1 and one of G2

constexpr std::int64_t G1_MUL_GAS = 12000;
constexpr std::int64_t G2_MUL_GAS = 22500;
constexpr std::int64_t MSM_MULTIPLIER = 1000;

// EIP-2537, discounts for k = 1 to 128 pairs, in thousandths.
// clang-format off
constexpr std::array<std::int64_t, 128> G1_DISCOUNTS = {
    1000, 949, 848, 797, 764, 750, 738, 728, 719, 712, 705, 698, 692, 687, 682, 677,
    673, 669, 665, 661, 658, 654, 651, 648, 645, 642, 640, 637, 635, 632, 630, 627,
    625, 623, 621, 619, 617, 615, 613, 611, 609, 608, 606, 604, 603, 601, 599, 598,
    596, 595, 593, 592, 591, 589, 588, 586, 585, 584, 582, 581, 580, 579, 577, 576,
    575, 574, 573, 572, 570, 569, 568, 567, 566, 565, 564, 563, 562, 561, 560, 559,
    558, 557, 556, 555, 554, 553, 552, 551, 550, 549, 548, 547, 547, 546, 545, 544,
    543, 542, 541, 540, 540, 539, 538, 537, 536, 536, 535, 534, 533, 532, 532, 531,
    530, 529, 528, 528, 527, 526, 525, 525, 524, 523, 522, 522, 521, 520, 520, 519,
};
constexpr std::array<std::int64_t, 128> G2_DISCOUNTS = {
    1000, 1000, 923, 884, 855, 832, 812, 796, 782, 770, 759, 749, 740, 732, 724, 717,
    711, 704, 699, 693, 688, 683, 679, 674, 670, 666, 663, 659, 655, 652, 649, 646,
    643, 640, 637, 634, 632, 629, 627, 624, 622, 620, 618, 615, 613, 611, 609, 607,
    606, 604, 602, 600, 598, 597, 595, 593, 592, 590, 589, 587, 586, 584, 583, 582,
    580, 579, 578, 576, 575, 574, 573, 571, 570, 569, 568, 567, 566, 565, 563, 562,
    561, 560, 559, 558, 557, 556, 555, 554, 553, 552, 552, 551, 550, 549, 548, 547,
    546, 545, 545, 544, 543, 542, 541, 541, 540, 539, 538, 537, 537, 536, 535, 535,
    534, 533, 532, 532, 531, 530, 530, 529, 528, 528, 527, 526, 526, 525, 524, 524,
};
// clang-format on

std::int64_t msm_price(std::size_t pairs, std::int64_t mul_gas,
                       const std::array<std::int64_t, 128>& discounts) noexcept {
    if (pairs == 0) return 0;
    const auto discount = discounts[std::min(pairs, discounts.size()) - 1];
    return static_cast<std::int64_t>(pairs) * mul_gas * discount / MSM_MULTIPLIER;
}

/// Appends the result of a curve operation; false when its input was malformed.
template <typename Result>
bool deliver(const Result& result, Bytes& output) {
    if (result) append(output, *result);
    return result.has_value();
}

}  // namespace

std::int64_t bls12_g1msm_price(ByteView input, Fork /*fork*/) noexcept {
    return msm_price(input.size() / g1_pair_size, G1_MUL_GAS, G1_DISCOUNTS);
}

std::int64_t bls12_g2msm_price(ByteView input, Fork /*fork*/) noexcept {
    return msm_price(input.size() / g2_pair_size, G2_MUL_GAS, G2_DISCOUNTS);
}

std::int64_t bls12_pairing_price(ByteView input, Fork /*fork*/) noexcept {
    return 32600 * static_cast<std::int64_t>(input.size() / pairing_size) + 37700;
}

bool bls12_g1add_run(ByteView input, Fork /*fork*/, Bytes& output) {
    if (input.size() != 256) return false;
    return deliver(crypto::bls12_381_g1_add(input.first<256>()), output);
}

bool bls12_g1msm_run(ByteView input, Fork /*fork*/, Bytes& output) {
    return deliver(crypto::bls12_381_g1_msm(input), output);
}

bool bls12_g2add_run(ByteView input, Fork /*fork*/, Bytes& output) {
    if (input.size() != 512) return false;
    return deliver(crypto::bls12_381_g2_add(input.first<512>()), output);
}

bool bls12_g2msm_run(ByteView input, Fork /*fork*/, Bytes& output) {
    return deliver(crypto::bls12_381_g2_msm(input), output);
}

bool bls12_pairing_run(ByteView input, Fork /*fork*/, Bytes& output) {
    if (input.empty()) return false;
    const auto is_one = crypto::bls12_381_pairing_check(input);
    if (!is_one) return false;
    output.resize(32);
    output.back() = *is_one ? 1 : 0;
    return true;
}

bool bls12_map_fp_run(ByteView input, Fork /*fork*/, Bytes& output) {
    if (input.size() != 64) return false;
    return deliver(crypto::bls12_381_map_fp_to_g1(input.first<64>()), output);
}

bool bls12_map_fp2_run(ByteView input, Fork /*fork*/, Bytes& output) {
    if (input.size() != 128) return false;
    return deliver(crypto::bls12_381_map_fp2_to_g2(input.first<128>()), output);
}

}  // namespace meta138::evm
