// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/try.hpp"
#include "meta138/codec/json/reader.hpp"
#include "meta138/p2p/enode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

namespace meta138::p2p {
namespace {

constexpr std::size_t max_file_bytes = std::size_t{4} << 20;

}  // namespace

std::expected<std::vector<Enode>, std::string> parse_static_nodes(std::string_view json) {
    constexpr std::string_view space = " \t\r\n";
    if (json.find_first_not_of(space) == std::string_view::npos) return std::vector<Enode>{};
    json::Parser parser;
    const auto document = parser.parse(json);
    if (!document) return std::unexpected{fmt::format("not JSON: {}", to_string(document.error()))};
    if (!document->is_array()) return std::unexpected{"not a JSON array of enode URLs"};
    std::vector<Enode> result;
    for (const auto element : document->elements()) {
        const auto number = result.size() + 1;
        const auto url = element.string();
        if (!url) return std::unexpected{fmt::format("entry {} is not a text", number)};
        auto enode = parse_enode(*url);
        if (!enode)
            return std::unexpected{fmt::format("entry {}, '{}': {}", number, *url, enode.error())};
        if (enode->tcp_port == 0)
            return std::unexpected{fmt::format(
                "entry {}, '{}': a static node must have a listening port, not 0", number, *url)};
        result.push_back(*std::move(enode));
    }
    return result;
}

std::expected<std::vector<Enode>, std::string> read_static_nodes(
    const std::filesystem::path& path) {
    const auto in_file = [&path](std::string_view what) {
        return fmt::format("Static nodes file {}: {}", path.string(), what);
    };
    std::ifstream file{path, std::ios::binary};
    if (!file) return std::unexpected{in_file(std::generic_category().message(errno))};
    std::string text;
    text.assign(std::istreambuf_iterator<char>{file}, {});
    if (file.bad()) return std::unexpected{in_file("cannot be read")};
    if (text.size() > max_file_bytes) return std::unexpected{in_file("larger than 4 MiB")};
    auto nodes = parse_static_nodes(text);
    if (!nodes) return std::unexpected{in_file(nodes.error())};
    return nodes;
}

}  // namespace meta138::p2p
