// SPDX-License-Identifier: Apache-2.0
#include "precompile_table.hpp"

#include "meta138/base/uint256.hpp"
#include "meta138/crypto/kzg.hpp"

namespace meta138::evm {

// EIP-4844: versioned hash (32), z (32), y (32), commitment (48), proof (48).
bool point_evaluation_run(ByteView input, Fork /*fork*/, Bytes& output) {
    if (input.size() != 192) return false;
    const PaddedInput in{input};
    const auto commitment = in.fixed<48>(96);
    if (crypto::kzg_to_versioned_hash(commitment) != in.fixed<32>(0)) return false;
    if (!crypto::verify_kzg_proof(commitment, in.fixed<32>(32), in.fixed<32>(64), in.fixed<48>(144))
             .value_or(false))
        return false;
    append(output, to_hash32(crypto::FIELD_ELEMENTS_PER_BLOB).bytes);
    append(output, crypto::BLS_MODULUS.bytes);
    return true;
}

}  // namespace meta138::evm
