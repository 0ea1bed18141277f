// SPDX-License-Identifier: Apache-2.0
// Numbers and times of strangers: what is read prints as text that reads as the same, and what is
// done with it stays in range.
#include "sources/reading.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/oracle/decimal.hpp"

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace meta138::oracle;
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const auto space = input.find(' ');
    const auto x = parse_decimal(input.substr(0, space));
    if (x) {
        const auto again = parse_decimal(to_string(*x));
        META138_ASSERT(again && *again == *x);
        META138_ASSERT(deviation(*x, *x) == Ratio{});
        for (const unsigned decimals : {0U, 8U, 18U, 36U}) {
            const auto answer = to_answer(*x, decimals);
            if (!answer) continue;
            const auto back = from_answer(*answer, decimals);
            META138_ASSERT(back && to_answer(*back, decimals) == answer);
        }
    }
    if (space != std::string_view::npos) {
        const auto y = parse_decimal(input.substr(space + 1));
        if (x && y) {
            META138_ASSERT((*x < *y) == (*y > *x));
            const auto product = multiply(*x, *y);
            META138_ASSERT(product == multiply(*y, *x));
            if (!y->is_zero()) static_cast<void>(divide(*x, *y));
            const auto middle = midpoint(*x, *y);
            if (middle) META138_ASSERT(*middle >= std::min(*x, *y) && *middle <= std::max(*x, *y));
            static_cast<void>(deviation(*x, *y));
        }
    }
    for (const auto form : {TimeForm::automatic, TimeForm::iso8601, TimeForm::unix_seconds,
                            TimeForm::unix_nanoseconds})
        static_cast<void>(parse_time(input, form));
    return 0;
}
