// SPDX-License-Identifier: Apache-2.0
#include "rpc_cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace meta138::conformance {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Folders above a case that are looked at: enough for the deepest family.
constexpr int max_levels = 8;
constexpr std::size_t max_index_bytes = std::size_t{1} << 20;

fs::path above(const fs::path& folder) {
    const auto parent = folder.parent_path();
    return parent == folder ? fs::path{} : parent;
}

bool has_chain_file(const fs::path& folder) {
    return fs::exists(folder / "genesis.json") &&
           (fs::exists(folder / "chain.rlp") || fs::exists(folder / "blocks.rlp"));
}

bool is_below(const fs::path& folder, const fs::path& ancestor) {
    const auto [end, rest] =
        std::mismatch(ancestor.begin(), ancestor.end(), folder.begin(), folder.end());
    return end == ancestor.end();
}

// Whether a text file holds messages to a server.
bool looks_like_transcript(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("--> ")) return true;
    return false;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto first = text.find_first_not_of(space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(space) - first + 1);
}

}  // namespace

bool is_step_name(std::string_view file_name) {
    const auto digits = file_name.find_first_not_of("0123456789");
    return digits != std::string_view::npos && digits > 0 && file_name[digits] == '_' &&
           file_name.ends_with(".json");
}

std::optional<RpcPlace> RpcPlaces::find(const fs::path& given) {
    const auto file = fs::absolute(given).lexically_normal();
    const auto folder = file.parent_path();
    const auto extension = file.extension();
    if (extension == ".io") return find_chain_above(folder);
    if (extension == ".txt") {
        if (!looks_like_transcript(file)) return std::nullopt;
        return RpcPlace{RpcFamily::geth_transcript, folder, folder};
    }
    if (extension != ".json") return std::nullopt;
    if (is_step_name(file.filename().string()) && fs::exists(folder / "genesis.json"))
        return RpcPlace{RpcFamily::besu_sequence, folder, folder};
    return find_indexed(folder);
}

bool RpcPlaces::is_index(const fs::path& file) {
    return !index_of(fs::absolute(file).lexically_normal().parent_path()).empty();
}

std::optional<RpcPlace> RpcPlaces::find_chain_above(const fs::path& folder) {
    if (const auto known = chains_.find(folder); known != chains_.end()) return known->second;
    std::optional<RpcPlace> place;
    auto at = folder;
    for (int level = 0; level < max_levels && !at.empty() && !place; ++level, at = above(at))
        if (has_chain_file(at)) place = RpcPlace{RpcFamily::execution_apis, at, at};
    return chains_[folder] = place;
}

std::optional<RpcPlace> RpcPlaces::find_indexed(const fs::path& folder) {
    if (const auto known = specs_.find(folder); known != specs_.end()) return known->second;
    std::optional<RpcPlace> place;
    std::size_t longest = 0;
    auto at = folder;
    for (int level = 0; level < max_levels && !at.empty() && !place; ++level, at = above(at)) {
        for (const auto& entry : index_of(at)) {
            const auto length = entry.specs.native().size();
            if (length <= longest || !is_below(folder, entry.specs)) continue;
            longest = length;
            place = entry.place;
        }
    }
    return specs_[folder] = place;
}

// An index.json that says which chain each family runs on; none: an empty list.
const std::vector<RpcPlaces::Index>& RpcPlaces::index_of(const fs::path& folder) {
    const auto [known, is_new] = indexes_.try_emplace(folder);
    if (!is_new) return known->second;
    const auto text = read_case_file(folder / "index.json", max_index_bytes);
    if (!text) return known->second;
    const auto index = json::parse(*text, nullptr, false);
    if (!index.is_array()) return known->second;
    for (const auto& entry : index) {
        if (!entry.is_object() || !entry.contains("specs") || !entry.contains("chain")) continue;
        const bool graphql = entry.value("protocol", "") == "graphql";
        known->second.push_back({(folder / entry.value("specs", "")).lexically_normal(),
                                 {graphql ? RpcFamily::besu_graphql : RpcFamily::besu_specs,
                                  folder / entry.value("chain", ""), folder}});
    }
    return known->second;
}

std::expected<RpcDialogue, std::string> parse_dialogue(std::string_view text,
                                                       std::string_view to_server,
                                                       std::string_view from_server) {
    RpcDialogue dialogue;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = trim(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (line.empty()) continue;
        if (line.starts_with("//")) {
            if (trim(line.substr(2)).starts_with("speconly")) dialogue.spec_only = true;
        } else if (line.starts_with(to_server)) {
            dialogue.exchanges.push_back(
                {std::string{trim(line.substr(to_server.size()))}, std::vector<std::string>{}});
        } else if (line.starts_with(from_server) && !dialogue.exchanges.empty()) {
            dialogue.exchanges.back().responses.emplace_back(trim(line.substr(from_server.size())));
        } else {
            return std::unexpected{fmt::format("a line that is no message: {}", line)};
        }
    }
    if (dialogue.exchanges.empty()) return std::unexpected{std::string{"holds no request"}};
    return dialogue;
}

std::expected<BesuCase, std::string> parse_besu_case(std::string_view text) {
    auto file = json::parse(text, nullptr, false);
    if (!file.is_object() || !file.contains("request") || !file.contains("response"))
        return std::unexpected{std::string{"is no object with a request and a response"}};
    const auto status = file.value("statusCode", json(200));
    if (!status.is_number_integer()) return std::unexpected{std::string{"statusCode is no number"}};
    return BesuCase{.request = std::move(file["request"]),
                    .response = std::move(file["response"]),
                    .status = status.get<int>()};
}

std::expected<std::string, std::string> read_case_file(const fs::path& file,
                                                       std::size_t max_bytes) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (error) return std::unexpected{error.message()};
    if (size > max_bytes)
        return std::unexpected{fmt::format("is too large: at most {} bytes are read", max_bytes)};
    std::ifstream in{file, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (!in.good() && !in.eof()) return std::unexpected{std::string{"cannot be read"}};
    return text;
}

}  // namespace meta138::conformance
