// SPDX-License-Identifier: Apache-2.0
#include "meta138/contracts/artifact.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

extern "C" const std::uint8_t meta138_contract_artifacts[];  // NOLINT(*-avoid-c-arrays)

namespace meta138::contracts {
namespace {

/// Where something is in artifacts.bin.
struct Place {
    std::size_t offset = 0;
    std::size_t size = 0;
};

struct Row {
    std::string_view name{};
    Place abi;
    Place creation_code;
    Place runtime_code;
    bool is_predeployable = false;
    Place storage_layout;
    Place method_identifiers;
    Place user_documentation;
    Place developer_documentation;
};

// compiler, content_size and rows
#include "artifact_table.inc"

ByteView code(Place place) noexcept {
    return ByteView{static_cast<const std::uint8_t*>(meta138_contract_artifacts), content_size}
        .subspan(place.offset, place.size);
}

std::string_view text(Place place) noexcept {
    const ByteView bytes = code(place);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

using Artifacts = std::array<Artifact, rows.size()>;

Artifacts load() noexcept {
    Artifacts result;
    std::ranges::transform(rows, result.begin(), [](const Row& row) {
        return Artifact{
            .name = row.name,
            .abi = text(row.abi),
            .creation_code = code(row.creation_code),
            .runtime_code = code(row.runtime_code),
            .is_predeployable = row.is_predeployable,
            .storage_layout = text(row.storage_layout),
            .method_identifiers = text(row.method_identifiers),
            .user_documentation = text(row.user_documentation),
            .developer_documentation = text(row.developer_documentation),
        };
    });
    return result;
}

}  // namespace

std::span<const Artifact> all() noexcept {
    static const Artifacts artifacts = load();
    return artifacts;
}

const Artifact* find(std::string_view name) noexcept {
    const auto found = std::ranges::lower_bound(all(), name, {}, &Artifact::name);
    return found != all().end() && found->name == name ? &*found : nullptr;
}

const Artifact& artifact(std::string_view name) noexcept {
    const Artifact* const found = find(name);
    META138_ASSERT(found != nullptr);
    return *found;
}

std::string_view compiler_version() noexcept {
    return compiler;
}

}  // namespace meta138::contracts
