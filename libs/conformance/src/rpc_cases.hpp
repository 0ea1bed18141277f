// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <compare>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::conformance {

/// The families of JSON-RPC cases, each with its own files and its own idea of equality.
enum class RpcFamily : std::uint8_t {
    execution_apis,  ///< METHOD/CASE.io on the chain of a folder above.
    besu_specs,      ///< specs/FAMILY/CASE.json on the chain that an index.json above names.
    besu_graphql,    ///< The same, for GraphQL.
    besu_sequence,   ///< NN_STEP.json beside a genesis.json: ordered steps on a node of their own.
    geth_transcript  ///< Messages to a server and back, without a chain.
};

/// Whose node a case runs on.
struct RpcPlace {
    RpcFamily family = RpcFamily::execution_apis;
    std::filesystem::path chain;    ///< A folder with a genesis.json; of transcripts: theirs.
    std::filesystem::path archive;  ///< Where the walk up from the case ended.

    auto operator<=>(const RpcPlace&) const = default;
};

/// Tells files that are JSON-RPC cases from others, by what lies above them. Remembers folders.
class RpcPlaces {
public:
    [[nodiscard]] std::optional<RpcPlace> find(const std::filesystem::path& file);
    /// Whether the file says which cases run on which chain.
    [[nodiscard]] bool is_index(const std::filesystem::path& file);

private:
    struct Index {
        std::filesystem::path specs;
        RpcPlace place;
    };

    std::optional<RpcPlace> find_chain_above(const std::filesystem::path& folder);
    std::optional<RpcPlace> find_indexed(const std::filesystem::path& folder);
    const std::vector<Index>& index_of(const std::filesystem::path& folder);

    std::map<std::filesystem::path, std::vector<Index>> indexes_;
    std::map<std::filesystem::path, std::optional<RpcPlace>> chains_;
    std::map<std::filesystem::path, std::optional<RpcPlace>> specs_;
};

/// A message and what must come back.
struct RpcExchange {
    std::string request;
    std::vector<std::string> responses;  ///< More than one only in transcripts.
};

/// Of an .io file ("//" comments, ">>", "<<") or a transcript ("-->", "<--").
struct RpcDialogue {
    std::vector<RpcExchange> exchanges;
    bool spec_only = false;  ///< Only the schema of the response counts.
};
std::expected<RpcDialogue, std::string> parse_dialogue(std::string_view text,
                                                       std::string_view to_server,
                                                       std::string_view from_server);

/// Besu's {request, response, statusCode, variables?}.
struct BesuCase {
    nlohmann::json request;
    nlohmann::json response;
    int status = 200;
};
std::expected<BesuCase, std::string> parse_besu_case(std::string_view text);

/// The text of a file of at most `max_bytes`.
std::expected<std::string, std::string> read_case_file(const std::filesystem::path& file,
                                                       std::size_t max_bytes);

/// "07" of "07_unknown_payload.json": a step of a sequence.
bool is_step_name(std::string_view file_name);

}  // namespace meta138::conformance
