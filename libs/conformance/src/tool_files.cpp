// SPDX-License-Identifier: Apache-2.0
#include "tool_files.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/codec/rlp/reader.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace meta138::conformance {

namespace {

constexpr std::size_t max_input_bytes = std::size_t{256} << 20U;

std::string read_all(std::istream& in) {
    return {std::istreambuf_iterator<char>{in}, {}};
}

// The string item's content as a typed transaction, the list item as a legacy one.
ByteView opaque_form(ByteView item) {
    auto in = rlp::Reader::sequence(item);
    return in.is_list() ? item : in.bytes();
}

}  // namespace

std::expected<JsonNode, ToolError> ToolInputs::load(const std::string& key,
                                                    const std::string& file) {
    auto& document = documents_[key];
    if (document) return document->root();
    document = std::make_unique<JsonDocument>();
    std::expected<void, JsonFault> loaded;
    if (file.empty()) {
        loaded = document->parse(read_all(in_));
    } else {
        std::error_code error;
        if (!std::filesystem::is_regular_file(file, error))
            return std::unexpected{
                ToolError{ToolExit::input, fmt::format("{}: no such file", file)}};
        loaded = document->load(file, max_input_bytes);
    }
    if (!loaded)
        return std::unexpected{
            ToolError{ToolExit::json, fmt::format("{}: {}", key, loaded.error().to_string())}};
    return document->root();
}

std::expected<JsonNode, ToolError> ToolInputs::read(const std::string& place,
                                                    std::string_view member) {
    if (place != "stdin") return load(place, place);
    TRY_LET(const auto root, load("stdin", ""));
    return root[member];
}

std::expected<void, ToolError> ToolInputs::check() {
    for (const auto& [key, document] : documents_) {
        if (const auto fault = document->take_fault())
            return std::unexpected{
                ToolError{ToolExit::json, fmt::format("{}: {}", key, fault->to_string())}};
    }
    return {};
}

std::expected<void, ToolError> ToolOutputs::write(const std::string& place, std::string_view member,
                                                  nlohmann::ordered_json value) {
    if (place.empty()) return {};
    if (place == "stdout" || place == "stderr") {
        (place == "stdout" ? for_out_ : for_errors_)[std::string{member}] = std::move(value);
        return {};
    }
    const auto file = std::filesystem::path{basedir_} / place;
    std::error_code error;
    if (!basedir_.empty()) std::filesystem::create_directories(basedir_, error);
    std::ofstream out{file, std::ios::binary};
    out << value.dump(1, ' ') << '\n';
    out.close();
    if (!out)
        return std::unexpected{
            ToolError{ToolExit::input, fmt::format("{}: cannot be written", file.string())}};
    return {};
}

void ToolOutputs::finish() {
    if (!for_out_.is_null()) out_ << for_out_.dump(1, ' ') << '\n';
    if (!for_errors_.is_null()) errors_ << for_errors_.dump(1, ' ') << '\n';
}

std::expected<std::vector<InputTransaction>, ToolError> decode_transactions(
    const JsonNode& json, Fork fork, std::uint64_t chain_id) {
    std::vector<InputTransaction> result;
    if (json.is_array()) {
        for (const auto item : json.items()) {
            auto transaction = decode_json_transaction(item, fork, chain_id);
            auto encoded = encode_transaction(transaction);
            result.push_back({std::move(transaction), std::move(encoded)});
        }
        return result;
    }
    if (json.empty()) return result;
    const auto bytes = json.bytes();
    auto in = rlp::Reader::list(bytes);
    while (!in.empty()) {
        const auto opaque = opaque_form(in.raw_item());
        if (in.failed()) break;
        auto decoded = decode_transaction(opaque);
        if (decoded)
            result.push_back({*std::move(decoded), to_bytes(opaque)});
        else
            result.push_back({std::unexpected{to_string(decoded.error())}, to_bytes(opaque)});
    }
    if (const auto end = in.finish(); !end)
        return std::unexpected{
            ToolError{ToolExit::input, "transactions: " + to_string(end.error())}};
    return result;
}

int report(const std::expected<void, ToolError>& result, std::ostream& errors) {
    if (result) return std::to_underlying(ToolExit::success);
    errors << fmt::format("ERROR({}): {}\n", std::to_underlying(result.error().exit),
                          result.error().message);
    return std::to_underlying(result.error().exit);
}

}  // namespace meta138::conformance
