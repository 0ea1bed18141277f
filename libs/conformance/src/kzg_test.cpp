// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/kzg.hpp"

#include "runners.hpp"

#include "meta138/base/hex.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace meta138::conformance {

namespace {

constexpr std::string_view kind = "KZG";

// What a function returns for a vector whose input is malformed: null. A JSON value otherwise.
using Output = std::optional<std::string>;

std::string quote(ByteView bytes) {
    return '"' + to_hex(bytes) + '"';
}
Output json_of(std::optional<bool> value) {
    if (!value) return std::nullopt;
    return *value ? "true" : "false";
}
template <std::size_t N>
Output json_of(const std::optional<FixedBytes<N>>& value) {
    return value ? Output{quote(value->bytes)} : std::nullopt;
}

// A fixed number of bytes; absent where the vector has another number, which is one of the ways of
// being malformed.
template <std::size_t N>
std::optional<FixedBytes<N>> fixed(const JsonNode& node) {
    const auto bytes = node.bytes();
    if (bytes.size() != N) return std::nullopt;
    FixedBytes<N> result;
    std::ranges::copy(bytes, result.begin());
    return result;
}

// Lists of a vector's strings; absent when one of them has another size.
template <std::size_t N>
std::optional<std::vector<FixedBytes<N>>> fixed_list(const JsonNode& list) {
    std::vector<FixedBytes<N>> result;
    for (const auto item : list.items()) {
        const auto value = fixed<N>(item);
        if (!value) return std::nullopt;
        result.push_back(*value);
    }
    return result;
}
// Views of `storage`, which the bytes go to.
template <std::size_t N>
std::optional<std::vector<std::span<const std::uint8_t, N>>> views(const JsonNode& list,
                                                                   std::vector<Bytes>& storage) {
    storage.clear();
    for (const auto item : list.items()) {
        storage.push_back(item.bytes());
        if (storage.back().size() != N) return std::nullopt;
    }
    std::vector<std::span<const std::uint8_t, N>> result;
    for (const auto& bytes : storage) result.emplace_back(bytes.data(), N);
    return result;
}

// A blob for as long as this lives.
struct Blob {
    explicit Blob(const JsonNode& node) : bytes{node.bytes()} {}
    [[nodiscard]] bool is_whole() const { return bytes.size() == crypto::BYTES_PER_BLOB; }
    [[nodiscard]] crypto::BlobView view() const {
        return crypto::BlobView{bytes.data(), crypto::BYTES_PER_BLOB};
    }
    Bytes bytes;
};

Output verify_kzg_proof(const JsonNode& in) {
    const auto commitment = fixed<48>(in["commitment"]);
    const auto z = fixed<32>(in["z"]);
    const auto y = fixed<32>(in["y"]);
    const auto proof = fixed<48>(in["proof"]);
    if (!commitment || !z || !y || !proof) return std::nullopt;
    return json_of(crypto::verify_kzg_proof(*commitment, *z, *y, *proof));
}

Output verify_blob_kzg_proof(const JsonNode& in) {
    const Blob blob{in["blob"]};
    const auto commitment = fixed<48>(in["commitment"]);
    const auto proof = fixed<48>(in["proof"]);
    if (!blob.is_whole() || !commitment || !proof) return std::nullopt;
    return json_of(crypto::verify_blob_kzg_proof(blob.view(), *commitment, *proof));
}

Output verify_blob_kzg_proof_batch(const JsonNode& in) {
    std::vector<Bytes> storage;
    const auto blobs = views<crypto::BYTES_PER_BLOB>(in["blobs"], storage);
    const auto commitments = fixed_list<48>(in["commitments"]);
    const auto proofs = fixed_list<48>(in["proofs"]);
    if (!blobs || !commitments || !proofs) return std::nullopt;
    return json_of(crypto::verify_blob_kzg_proof_batch(*blobs, *commitments, *proofs));
}

Output verify_cell_kzg_proof_batch(const JsonNode& in) {
    std::vector<Bytes> storage;
    const auto cells = views<crypto::BYTES_PER_CELL>(in["cells"], storage);
    const auto commitments = fixed_list<48>(in["commitments"]);
    const auto proofs = fixed_list<48>(in["proofs"]);
    std::vector<std::uint64_t> indices;
    for (const auto index : in["cell_indices"].items()) indices.push_back(index.any_integer());
    if (!cells || !commitments || !proofs) return std::nullopt;
    return json_of(crypto::verify_cell_kzg_proof_batch(*commitments, indices, *cells, *proofs));
}

Output blob_to_kzg_commitment(const JsonNode& in) {
    const Blob blob{in["blob"]};
    if (!blob.is_whole()) return std::nullopt;
    return json_of(crypto::blob_to_kzg_commitment(blob.view()));
}

Output compute_kzg_proof(const JsonNode& in) {
    const Blob blob{in["blob"]};
    const auto z = fixed<32>(in["z"]);
    if (!blob.is_whole() || !z) return std::nullopt;
    const auto opening = crypto::compute_kzg_proof(blob.view(), *z);
    if (!opening) return std::nullopt;
    return '[' + quote(opening->proof.bytes) + ',' + quote(opening->y.bytes) + ']';
}

Output compute_blob_kzg_proof(const JsonNode& in) {
    const Blob blob{in["blob"]};
    const auto commitment = fixed<48>(in["commitment"]);
    if (!blob.is_whole() || !commitment) return std::nullopt;
    return json_of(crypto::compute_blob_kzg_proof(blob.view(), *commitment));
}

Output compute_cells_and_kzg_proofs(const JsonNode& in) {
    const Blob blob{in["blob"]};
    if (!blob.is_whole()) return std::nullopt;
    const auto result = crypto::compute_cells_and_kzg_proofs(blob.view());
    if (!result) return std::nullopt;
    const auto list = [](const auto& elements, auto&& view_of) {
        std::string text = "[";
        for (const auto& element : elements)
            text += (text.size() > 1 ? "," : "") + quote(view_of(element));
        return text + ']';
    };
    return '[' + list(result->cells, [](const auto& cell) { return ByteView{cell}; }) + ',' +
           list(result->proofs, [](const auto& proof) { return ByteView{proof.bytes}; }) + ']';
}

struct Row {
    std::string_view function;
    Output (*run)(const JsonNode& input);
};
constexpr std::array functions{
    Row{"verify_kzg_proof", verify_kzg_proof},
    Row{"verify_blob_kzg_proof", verify_blob_kzg_proof},
    Row{"verify_blob_kzg_proof_batch", verify_blob_kzg_proof_batch},
    Row{"verify_cell_kzg_proof_batch", verify_cell_kzg_proof_batch},
    Row{"blob_to_kzg_commitment", blob_to_kzg_commitment},
    Row{"compute_kzg_proof", compute_kzg_proof},
    Row{"compute_blob_kzg_proof", compute_blob_kzg_proof},
    Row{"compute_cells_and_kzg_proofs", compute_cells_and_kzg_proofs},
};

std::string shorten(std::string text) {
    constexpr std::size_t limit = 200;
    if (text.size() > limit) text.replace(limit, std::string::npos, "…");
    return text;
}

Verdict check(const WholeFile& file, const Row& row) {
    const auto output = file.root["output"];
    const auto got = row.run(file.root["input"]);
    if (const auto fault = file.workspace.document.take_fault())
        return failed("{}", fault->to_string());
    const auto expected = output.is_null() ? Output{} : Output{simdjson::minify(output.element())};
    if (got == expected) return passed();
    return failed("expected {}, got {}", shorten(expected.value_or("an error")),
                  shorten(got.value_or("an error")));
}

}  // namespace

void run_kzg_test(const WholeFile& file) {
    // The folder is named after the function; where it is not, the file's name begins with it.
    const auto folder = std::filesystem::absolute(file.path).parent_path().filename().string();
    const auto name = file.path.stem().string();
    const auto* row = std::ranges::find(functions, folder, &Row::function);
    if (row == functions.end()) {
        row = std::ranges::find_if(functions, [&](const Row& r) {
            return name.starts_with(fmt::format("{}_case", r.function));
        });
    }
    if (row == functions.end()) {
        file.sink.add(name, "", kind,
                      failed("unknown format: neither folder nor file name a function of KZG"));
        return;
    }
    file.sink.run(name, "", kind, [&] { return check(file, *row); });
}

}  // namespace meta138::conformance
