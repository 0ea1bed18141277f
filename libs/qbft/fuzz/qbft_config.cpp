// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/qbft/config.hpp"

#include <algorithm>

using namespace meta138;

// A whole genesis file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto genesis = parse_genesis({reinterpret_cast<const char*>(data), size});
    if (!genesis) return 0;
    const auto parsed = qbft::parse_config(*genesis);
    if (!parsed || !*parsed) return 0;
    const auto& config = **parsed;
    META138_ASSERT(std::ranges::is_sorted(config.transitions, {}, &qbft::Config::Transition::from));
    META138_ASSERT(config.milestones.at(0).from == 0);
    for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
        for (const std::uint64_t time : {std::uint64_t{0}, ~std::uint64_t{0}}) {
            META138_ASSERT(config.at(number, time).block_period.count() > 0);
            META138_ASSERT(config.of_block(number).rules_at(number, time).block_period.count() > 0);
        }
        static_cast<void>(config.is_epoch_block(number));
        static_cast<void>(config.validators_from(number));
    }
    return 0;
}
