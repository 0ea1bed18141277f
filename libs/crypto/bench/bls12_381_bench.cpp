// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/encoding.hpp"
#include "bls12_381/fp12.hpp"
#include "bls12_381/map_to_curve.hpp"
#include "bls12_381/multi_scalar.hpp"
#include "bls12_381/pairing.hpp"
#include "bls12_381/walkers_ifma.hpp"

#include "meta138/crypto/bls12_381.hpp"
#include "meta138/crypto/kzg.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <vector>

namespace meta138::crypto {
namespace {

using namespace bls12_381;

std::mt19937_64& random_numbers() {
    static std::mt19937_64 generator{138};  // NOLINT(cert-msc51-cpp): reproducible on purpose
    return generator;
}

Fp random_fp() {
    std::array<std::uint64_t, 6> limbs{};
    for (auto& limb : limbs) limb = random_numbers()();
    limbs[5] %= Fp::modulus[5];
    return Fp::from_limbs(limbs);
}
Fp2 random_fp2() {
    return {random_fp(), random_fp()};
}
Fp12 random_fp12() {
    return {{random_fp2(), random_fp2(), random_fp2()}, {random_fp2(), random_fp2(), random_fp2()}};
}
G1 random_g1() {
    return clear_cofactor(map_to_curve(random_fp()));
}
G2 random_g2() {
    return clear_cofactor(map_to_curve(random_fp2()));
}

void append(Bytes& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_scalar(Bytes& out) {
    for (int i = 0; i < 32; ++i) out.push_back(static_cast<std::uint8_t>(random_numbers()()));
}

template <typename Element>
void multiply(benchmark::State& state, Element a, const Element& b) {
    for (auto _ : state) benchmark::DoNotOptimize(a = a * b);
}
void fp_multiply(benchmark::State& state) {
    multiply(state, random_fp(), random_fp());
}
void fp2_multiply(benchmark::State& state) {
    multiply(state, random_fp2(), random_fp2());
}
void fp12_multiply(benchmark::State& state) {
    multiply(state, random_fp12(), random_fp12());
}
void fp_inverse(benchmark::State& state) {
    Fp a = random_fp();
    for (auto _ : state) benchmark::DoNotOptimize(a = a.inverse() + a);
}
void fp2_square(benchmark::State& state) {
    Fp2 a = random_fp2();
    for (auto _ : state) benchmark::DoNotOptimize(a = a.square());
}
void fp12_square(benchmark::State& state) {
    Fp12 a = random_fp12();
    for (auto _ : state) benchmark::DoNotOptimize(a = a.square());
}
void fp12_cyclotomic_square(benchmark::State& state) {
    Fp12 a = random_fp12();
    for (auto _ : state) benchmark::DoNotOptimize(a = a.cyclotomic_square());
}
BENCHMARK(fp_multiply);
BENCHMARK(fp_inverse);
BENCHMARK(fp2_multiply);
BENCHMARK(fp2_square);
BENCHMARK(fp12_multiply);
BENCHMARK(fp12_square);
BENCHMARK(fp12_cyclotomic_square);

void g1_subgroup_check(benchmark::State& state) {
    const auto point = random_g1().to_affine();
    for (auto _ : state) benchmark::DoNotOptimize(is_in_subgroup(point));
}
void g2_subgroup_check(benchmark::State& state) {
    const auto point = random_g2().to_affine();
    for (auto _ : state) benchmark::DoNotOptimize(is_in_subgroup(point));
}
void g1_decompress(benchmark::State& state) {
    const auto bytes = compress(random_g1().to_affine());
    for (auto _ : state) benchmark::DoNotOptimize(decompress_g1(bytes));
}
BENCHMARK(g1_subgroup_check);
BENCHMARK(g2_subgroup_check);
BENCHMARK(g1_decompress);

void g1_subgroup_checks(benchmark::State& state) {
    std::vector<G1Affine> points;
    for (auto i = state.range(0); i > 0; --i) points.push_back(random_g1().to_affine());
    for (auto _ : state) benchmark::DoNotOptimize(are_in_subgroup(points));
}
void g2_subgroup_checks(benchmark::State& state) {
    std::vector<G2Affine> points;
    for (auto i = state.range(0); i > 0; --i) points.push_back(random_g2().to_affine());
    for (auto _ : state) benchmark::DoNotOptimize(are_in_subgroup(points));
}
BENCHMARK(g1_subgroup_checks)->Arg(2)->Arg(8)->Arg(128)->Unit(benchmark::kMicrosecond);
BENCHMARK(g2_subgroup_checks)->Arg(1)->Arg(4)->Arg(128)->Unit(benchmark::kMicrosecond);

template <typename SomeWalkers>
void miller_loop(benchmark::State& state) {
    std::vector<PairingInput> inputs;
    for (auto i = state.range(0); i > 0; --i)
        inputs.push_back({random_g1().to_affine(), random_g2().to_affine()});
    for (auto _ : state) benchmark::DoNotOptimize(miller_loop_with<SomeWalkers>(inputs));
}
template <typename Tower>
void final_exponentiation(benchmark::State& state) {
    const auto f = random_fp12();
    for (auto _ : state) benchmark::DoNotOptimize(final_exponentiation_with<Tower>(f));
}
BENCHMARK(miller_loop<Walkers>)->Arg(1)->Arg(2)->Arg(8)->Unit(benchmark::kMicrosecond);
BENCHMARK(final_exponentiation<Fp12>)->Unit(benchmark::kMicrosecond);
#if defined(__x86_64__)
void skip_without_ifma(benchmark::State& state, void (*run)(benchmark::State&)) {
    if (has_ifma()) {
        run(state);
    } else {
        state.SkipWithError("no AVX-512 IFMA");
    }
}
BENCHMARK_CAPTURE(skip_without_ifma, miller_loop<WalkersIfma>, miller_loop<WalkersIfma>)
    ->Arg(1)
    ->Arg(2)
    ->Arg(8)
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(skip_without_ifma, final_exponentiation<Fp12Ifma>, final_exponentiation<Fp12Ifma>)
    ->Unit(benchmark::kMicrosecond);
#endif

// The precompiles, from bytes to bytes.

void g1_add(benchmark::State& state) {
    std::array<std::uint8_t, 256> input{};
    std::ranges::copy(encode_g1(random_g1()), input.begin());
    std::ranges::copy(encode_g1(random_g1()), input.begin() + 128);
    for (auto _ : state) benchmark::DoNotOptimize(bls12_381_g1_add(input));
}
void g2_add(benchmark::State& state) {
    std::array<std::uint8_t, 512> input{};
    std::ranges::copy(encode_g2(random_g2()), input.begin());
    std::ranges::copy(encode_g2(random_g2()), input.begin() + 256);
    for (auto _ : state) benchmark::DoNotOptimize(bls12_381_g2_add(input));
}
void g1_msm(benchmark::State& state) {
    Bytes input;
    for (auto i = state.range(0); i > 0; --i) {
        append(input, encode_g1(random_g1()));
        append_scalar(input);
    }
    for (auto _ : state) benchmark::DoNotOptimize(bls12_381_g1_msm(input));
}
void g2_msm(benchmark::State& state) {
    Bytes input;
    for (auto i = state.range(0); i > 0; --i) {
        append(input, encode_g2(random_g2()));
        append_scalar(input);
    }
    for (auto _ : state) benchmark::DoNotOptimize(bls12_381_g2_msm(input));
}
void pairing_check(benchmark::State& state) {
    Bytes input;
    for (auto i = state.range(0); i > 0; --i) {
        append(input, encode_g1(random_g1()));
        append(input, encode_g2(random_g2()));
    }
    for (auto _ : state) benchmark::DoNotOptimize(bls12_381_pairing_check(input));
}
void map_fp_to_g1(benchmark::State& state) {
    std::array<std::uint8_t, 64> input{};
    input[63] = 1;
    input[17] = 7;
    for (auto _ : state) benchmark::DoNotOptimize(bls12_381_map_fp_to_g1(input));
}
void map_fp2_to_g2(benchmark::State& state) {
    std::array<std::uint8_t, 128> input{};
    input[63] = 1;
    input[81] = 7;
    for (auto _ : state) benchmark::DoNotOptimize(bls12_381_map_fp2_to_g2(input));
}
BENCHMARK(g1_add)->Unit(benchmark::kMicrosecond);
BENCHMARK(g1_msm)->Arg(1)->Arg(2)->Arg(16)->Arg(32)->Arg(128)->Unit(benchmark::kMicrosecond);
BENCHMARK(g2_add)->Unit(benchmark::kMicrosecond);
BENCHMARK(g2_msm)->Arg(1)->Arg(2)->Arg(16)->Arg(32)->Arg(128)->Unit(benchmark::kMicrosecond);
BENCHMARK(pairing_check)->Arg(1)->Arg(2)->Arg(4)->Arg(8)->Unit(benchmark::kMicrosecond);
BENCHMARK(map_fp_to_g1)->Unit(benchmark::kMicrosecond);
BENCHMARK(map_fp2_to_g2)->Unit(benchmark::kMicrosecond);

// KZG.

struct SomeBlob {
    std::array<std::uint8_t, BYTES_PER_BLOB> bytes{};
    KzgCommitment commitment;
    KzgProof proof;
    Hash32 z;
    KzgOpening opening;
    CellsAndProofs cells;

    SomeBlob() {
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_numbers()());
        for (std::size_t i = 0; i < bytes.size(); i += 32) bytes[i] &= 0x3f;
        z[31] = 7;
        commitment = blob_to_kzg_commitment(bytes).value();
        proof = compute_blob_kzg_proof(bytes, commitment).value();
        opening = compute_kzg_proof(bytes, z).value();
        cells = compute_cells_and_kzg_proofs(bytes).value();
    }
};
const SomeBlob& some_blob() {
    static const SomeBlob blob;
    return blob;
}

void kzg_point_evaluation(benchmark::State& state) {
    const auto& blob = some_blob();
    for (auto _ : state)
        benchmark::DoNotOptimize(
            verify_kzg_proof(blob.commitment, blob.z, blob.opening.y, blob.opening.proof));
}
void kzg_verify_blob(benchmark::State& state) {
    const auto& blob = some_blob();
    for (auto _ : state)
        benchmark::DoNotOptimize(verify_blob_kzg_proof(blob.bytes, blob.commitment, blob.proof));
}
void kzg_verify_blob_batch(benchmark::State& state) {
    const auto& blob = some_blob();
    const auto count = static_cast<std::size_t>(state.range(0));
    const std::vector<BlobView> blobs(count, blob.bytes);
    const std::vector<KzgCommitment> commitments(count, blob.commitment);
    const std::vector<KzgProof> proofs(count, blob.proof);
    for (auto _ : state)
        benchmark::DoNotOptimize(verify_blob_kzg_proof_batch(blobs, commitments, proofs));
}
void kzg_verify_cells(benchmark::State& state) {
    const auto& blob = some_blob();
    const std::vector<CellView> cells{blob.cells.cells.begin(), blob.cells.cells.end()};
    const std::vector<KzgCommitment> commitments(cells.size(), blob.commitment);
    std::vector<std::uint64_t> indices;
    for (std::size_t i = 0; i < cells.size(); ++i) indices.push_back(i);
    for (auto _ : state)
        benchmark::DoNotOptimize(
            verify_cell_kzg_proof_batch(commitments, indices, cells, blob.cells.proofs));
}
void kzg_commitment(benchmark::State& state) {
    const auto& blob = some_blob();
    for (auto _ : state) benchmark::DoNotOptimize(blob_to_kzg_commitment(blob.bytes));
}
void kzg_blob_proof(benchmark::State& state) {
    const auto& blob = some_blob();
    for (auto _ : state)
        benchmark::DoNotOptimize(compute_blob_kzg_proof(blob.bytes, blob.commitment));
}
void kzg_cells_and_proofs(benchmark::State& state) {
    const auto& blob = some_blob();
    for (auto _ : state) benchmark::DoNotOptimize(compute_cells_and_kzg_proofs(blob.bytes));
}
BENCHMARK(kzg_point_evaluation)->Unit(benchmark::kMicrosecond);
BENCHMARK(kzg_verify_blob)->Unit(benchmark::kMicrosecond);
BENCHMARK(kzg_verify_blob_batch)->Arg(6)->Unit(benchmark::kMicrosecond);
BENCHMARK(kzg_verify_cells)->Unit(benchmark::kMillisecond);
BENCHMARK(kzg_commitment)->Unit(benchmark::kMillisecond);
BENCHMARK(kzg_blob_proof)->Unit(benchmark::kMillisecond);
BENCHMARK(kzg_cells_and_proofs)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace meta138::crypto
