// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/kzg.hpp"

#include "kzg/trusted_setup.hpp"
#include "read_json.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/crypto/sha256.hpp"
#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace meta138::crypto {
namespace {

using nlohmann::json;

/// A case's inputs are decoded as the specification does: a wrong length is a malformed input.
struct MalformedInput {};

template <std::size_t N>
FixedBytes<N> fixed(const json& text) {
    const auto bytes = test::bytes_of(text);
    if (bytes.size() != N) throw MalformedInput{};
    return FixedBytes<N>::from(std::span<const std::uint8_t, N>{bytes});
}

template <std::size_t N>
std::vector<FixedBytes<N>> fixed_list(const json& texts) {
    std::vector<FixedBytes<N>> result;
    for (const auto& text : texts) result.push_back(fixed<N>(text));
    return result;
}

template <std::size_t N>
std::vector<std::span<const std::uint8_t, N>> views(const std::vector<FixedBytes<N>>& list) {
    return {list.begin(), list.end()};
}

using Blob = FixedBytes<BYTES_PER_BLOB>;

json text_of(const std::optional<FixedBytes<48>>& point) {
    return point ? json(to_hex(point->bytes)) : json();
}
json text_of(const std::optional<bool>& verdict) {
    return verdict ? json(*verdict) : json();
}

const std::vector<std::pair<std::string, std::function<json(const json&)>>> functions{
    {"verify_kzg_proof",
     [](const json& in) {
         return text_of(verify_kzg_proof(fixed<48>(in["commitment"]), fixed<32>(in["z"]),
                                         fixed<32>(in["y"]), fixed<48>(in["proof"])));
     }},
    {"verify_blob_kzg_proof",
     [](const json& in) {
         return text_of(verify_blob_kzg_proof(fixed<BYTES_PER_BLOB>(in["blob"]).bytes,
                                              fixed<48>(in["commitment"]), fixed<48>(in["proof"])));
     }},
    {"verify_blob_kzg_proof_batch",
     [](const json& in) {
         const auto blobs = fixed_list<BYTES_PER_BLOB>(in["blobs"]);
         return text_of(verify_blob_kzg_proof_batch(views(blobs), fixed_list<48>(in["commitments"]),
                                                    fixed_list<48>(in["proofs"])));
     }},
    {"verify_cell_kzg_proof_batch",
     [](const json& in) {
         const auto cells = fixed_list<BYTES_PER_CELL>(in["cells"]);
         return text_of(
             verify_cell_kzg_proof_batch(fixed_list<48>(in["commitments"]),
                                         in["cell_indices"].get<std::vector<std::uint64_t>>(),
                                         views(cells), fixed_list<48>(in["proofs"])));
     }},
    {"blob_to_kzg_commitment",
     [](const json& in) {
         return text_of(blob_to_kzg_commitment(fixed<BYTES_PER_BLOB>(in["blob"]).bytes));
     }},
    {"compute_kzg_proof",
     [](const json& in) {
         const auto opening =
             compute_kzg_proof(fixed<BYTES_PER_BLOB>(in["blob"]).bytes, fixed<32>(in["z"]));
         if (!opening) return json();
         return json::array({to_hex(opening->proof.bytes), to_hex(opening->y.bytes)});
     }},
    {"compute_blob_kzg_proof",
     [](const json& in) {
         return text_of(compute_blob_kzg_proof(fixed<BYTES_PER_BLOB>(in["blob"]).bytes,
                                               fixed<48>(in["commitment"])));
     }},
    {"compute_cells_and_kzg_proofs",
     [](const json& in) {
         const auto result = compute_cells_and_kzg_proofs(fixed<BYTES_PER_BLOB>(in["blob"]).bytes);
         if (!result) return json();
         json cells;
         json proofs;
         for (const auto& cell : result->cells) cells.push_back(to_hex(cell));
         for (const auto& proof : result->proofs) proofs.push_back(to_hex(proof.bytes));
         return json::array({cells, proofs});
     }},
};

class KzgVectors : public testing::TestWithParam<std::size_t> {};

TEST_P(KzgVectors, are_reproduced) {
    const auto& [name, function] = functions[GetParam()];
    META138_FIXTURE_OR_SKIP(folder, "kzg/" + name);
    for (const auto& file : std::filesystem::directory_iterator{folder}) {
        const auto test = test::read_json(file.path());
        json output;
        try {
            output = function(test["input"]);
        } catch (const MalformedInput&) {
        }
        EXPECT_TRUE(output == test["output"]) << file.path().filename();
    }
}

INSTANTIATE_TEST_SUITE_P(Consensus, KzgVectors, testing::Range(std::size_t{0}, functions.size()),
                         [](const auto& instance) { return functions[instance.param].first; });

TEST(PointEvaluation, agrees_with_besus_vectors) {
    META138_FIXTURE_OR_SKIP(path, "precompiles/point-evaluation/pointEvaluationPrecompile.json");
    for (const auto& test : test::read_json(path)["TestCases"]) {
        const auto input = test::bytes_of(test["Input"]);
        const bool is_valid = input.size() == 192 && [&] {
            const std::span<const std::uint8_t, 192> in{input};
            const auto commitment = KzgCommitment::from(in.subspan<96, 48>());
            return kzg_to_versioned_hash(commitment) == Hash32::from(in.first<32>()) &&
                   verify_kzg_proof(commitment, Hash32::from(in.subspan<32, 32>()),
                                    Hash32::from(in.subspan<64, 32>()),
                                    KzgProof::from(in.subspan<144, 48>())) == true;
        }();
        EXPECT_EQ(is_valid, test["Valid"].get<bool>()) << test["Input"];
    }
}

TEST(TrustedSetup, is_the_ceremonys_output) {
    EXPECT_EQ(to_hex(sha256(kzg::trusted_setup_bytes())),
              "0x608ac720ba55fc77f65d155391020fc5b0501db266a3e360e734d6c0db0dfae3");
}

}  // namespace
}  // namespace meta138::crypto
