// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/uint256.hpp"
#if __has_include("meta138/crypto/kzg.hpp")
#include "meta138/crypto/kzg.hpp"
#endif

#include "precompile_table.hpp"

namespace meta138::evm {
#if __has_include("meta138/crypto/kzg.hpp")
// EIP-4844: versioned hash (32), z (32), y (32), commitment (48), proof (48).
bool point_evaluation_run(ByteView input, Fork /*fork*/, Bytes& output) {
    if (input.size() != 192) return false;
    const PaddedInput in{input};
    const auto commitment = in.fixed<48>(96);
    if (crypto::kzg_to_versioned_hash(commitment) != in.fixed<32>(0)) return false;
    if (!crypto::verify_kzg_proof(commitment, in.fixed<32>(32), in.fixed<32>(64), in.fixed<48>(144))
             .value_or(false))
        return false;
    constexpr std::uint64_t FIELD_ELEMENTS_PER_BLOB = 4096;
    constexpr auto BLS_MODULUS = uint256::from_limbs(0xffffffff00000001, 0x53bda402fffe5bfe,
                                                     0x3339d80809a1d805, 0x73eda753299d7d48);
    append(output, to_hash32(FIELD_ELEMENTS_PER_BLOB).bytes);
    append(output, to_hash32(BLS_MODULUS).bytes);
    return true;
}

#else
bool point_evaluation_run(ByteView, Fork, Bytes&) {
    return false;
}
#endif
}  // namespace meta138::evm
