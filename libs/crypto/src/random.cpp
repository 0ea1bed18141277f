// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

namespace meta138::crypto {

void fill_random(std::span<std::uint8_t> out) {
    while (!out.empty()) {
        const auto got = ::getrandom(out.data(), out.size(), 0);
        if (got > 0)
            out = out.subspan(static_cast<std::size_t>(got));
        else if (got < 0 && errno != EINTR)
            throw std::system_error{errno, std::generic_category(), "getrandom"};
    }
}

}  // namespace meta138::crypto
