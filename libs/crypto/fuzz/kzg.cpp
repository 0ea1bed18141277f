// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/kzg.hpp"

#include "meta138/base/assert.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

using namespace meta138;
using namespace meta138::crypto;

namespace {

/// Takes bytes off the input, and zeros when it is over.
template <std::size_t N>
FixedBytes<N> take(ByteView& input) {
    FixedBytes<N> result;
    const auto count = std::min(N, input.size());
    std::copy_n(input.begin(), count, result.begin());
    input = input.subspan(count);
    return result;
}

void check_point_evaluation(ByteView input) {
    const auto commitment = take<48>(input);
    const auto z = take<32>(input);
    const auto y = take<32>(input);
    const auto proof = take<48>(input);
    const auto verdict = verify_kzg_proof(commitment, z, y, proof);
    if (z >= BLS_MODULUS || y >= BLS_MODULUS) META138_ASSERT(!verdict.has_value());
}

/// Up to three cells; a batch is valid only if each of its cells is.
void check_cells(ByteView input) {
    std::vector<KzgCommitment> commitments;
    std::vector<std::uint64_t> indices;
    std::vector<FixedBytes<BYTES_PER_CELL>> cells;
    std::vector<KzgProof> proofs;
    while (!input.empty() && cells.size() < 3) {
        indices.push_back(take<1>(input)[0]);
        commitments.push_back(take<48>(input));
        proofs.push_back(take<48>(input));
        cells.push_back(take<BYTES_PER_CELL>(input));
    }
    const std::vector<CellView> views{cells.begin(), cells.end()};
    bool all_valid = true;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto verdict = verify_cell_kzg_proof_batch({&commitments[i], 1}, {&indices[i], 1},
                                                         {&views[i], 1}, {&proofs[i], 1});
        all_valid = all_valid && verdict == true;
    }
    META138_ASSERT((verify_cell_kzg_proof_batch(commitments, indices, views, proofs) == true) ==
                   all_valid);
}

}  // namespace

/// The first byte chooses the function.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const ByteView input{data + 1, size - 1};
    if (data[0] % 2 == 0) {
        check_point_evaluation(input);
    } else {
        check_cells(input);
    }
    return 0;
}
