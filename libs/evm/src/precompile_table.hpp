// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/assert.hpp"
#include "meta138/base/bytes.hpp"
#include "meta138/types/fork.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace meta138::evm {

/// One precompiled contract. `price` is charged before `run`; INT64_MAX means that no gas suffices.
/// `run` appends its result to `output`, which is empty, and returns false when the call fails.
struct Precompile {
    std::uint16_t address;
    Fork since;
    Fork current_results_since;  ///< The fork that last changed what an input comes to.
    std::string_view name;
    std::int64_t (*price)(ByteView input, Fork fork) noexcept;
    bool (*run)(ByteView input, Fork fork, Bytes& output);
};

std::span<const Precompile> precompile_table() noexcept;

/// Whether the fork has the latest results of the contract, for which is_precompile() holds: an
/// output made in one such fork serves in all.
bool has_current_results(const Address& address, Fork fork) noexcept;

/// Input with zeros behind its end, as most precompiles read it: size bytes from offset.
class PaddedInput {
public:
    explicit PaddedInput(ByteView input) noexcept : input_{input} {}

    template <std::size_t N>
    [[nodiscard]] FixedBytes<N> fixed(std::size_t offset) const noexcept {
        FixedBytes<N> result;
        copy(offset, result.bytes);
        return result;
    }

    void copy(std::size_t offset, std::span<std::uint8_t> out) const noexcept {
        const auto available = offset < input_.size() ? input_.size() - offset : 0;
        const auto copied = std::min(available, out.size());
        if (copied != 0) std::memcpy(out.data(), input_.data() + offset, copied);
        std::ranges::fill(out.subspan(copied), std::uint8_t{0});
    }

private:
    ByteView input_;
};

inline void append(Bytes& output, ByteView bytes) {
    output.insert(output.end(), bytes.begin(), bytes.end());
}

// EIP-198, EIP-2565, EIP-7823 and EIP-7883.
std::int64_t modexp_price(ByteView input, Fork fork) noexcept;
bool modexp_run(ByteView input, Fork fork, Bytes& output);

// EIP-4844.
bool point_evaluation_run(ByteView input, Fork fork, Bytes& output);

// EIP-2537.
std::int64_t bls12_g1msm_price(ByteView input, Fork fork) noexcept;
std::int64_t bls12_g2msm_price(ByteView input, Fork fork) noexcept;
std::int64_t bls12_pairing_price(ByteView input, Fork fork) noexcept;
bool bls12_g1add_run(ByteView input, Fork fork, Bytes& output);
bool bls12_g1msm_run(ByteView input, Fork fork, Bytes& output);
bool bls12_g2add_run(ByteView input, Fork fork, Bytes& output);
bool bls12_g2msm_run(ByteView input, Fork fork, Bytes& output);
bool bls12_pairing_run(ByteView input, Fork fork, Bytes& output);
bool bls12_map_fp_run(ByteView input, Fork fork, Bytes& output);
bool bls12_map_fp2_run(ByteView input, Fork fork, Bytes& output);

}  // namespace meta138::evm
