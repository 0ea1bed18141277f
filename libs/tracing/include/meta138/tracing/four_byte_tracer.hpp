// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/evm/tracer.hpp"
#include "meta138/types/fork.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace meta138::tracing {

/// A function that was called, with the size of its arguments in bytes.
struct Selector {
    std::array<std::uint8_t, 4> id{};
    std::size_t argument_size = 0;

    friend auto operator<=>(const Selector&, const Selector&) = default;
};

/// How often each was called.
using SelectorCounts = std::map<Selector, std::uint64_t>;

/// {"0x27dc297e-128":1,…}
[[nodiscard]] std::string to_json(const SelectorCounts& counts);

/// go-ethereum's 4byteTracer: the first four bytes of the input of each call, but those of
/// precompiled contracts and creations. For one transaction.
class FourByteTracer final : public evm::Tracer {
public:
    explicit FourByteTracer(Fork fork) : fork_{fork} {}

    [[nodiscard]] const SelectorCounts& counts() const noexcept { return counts_; }

    void on_frame_begin(const evm::Message& message, ByteView code) override;

private:
    Fork fork_;
    SelectorCounts counts_;
};

}  // namespace meta138::tracing
