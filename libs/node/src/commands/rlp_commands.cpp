// SPDX-License-Identifier: Apache-2.0
#include "commands/rlp_commands.hpp"

#include "commands/commands.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/qbft/ibft_extra_data.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

namespace meta138::node {
namespace {

std::string_view without_prefix(std::string_view digits) {
    if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
    return digits;
}

Address to_address(const nlohmann::json& value) {
    if (value.is_string()) {
        const auto bytes = decode_hex_digits(without_prefix(value.get_ref<const std::string&>()));
        if (bytes && bytes->size() == Address::size())
            return Address::from(ByteView{*bytes}.first<Address::size()>());
    }
    throw OptionError{fmt::format("Not an address: {}", value.dump())};
}

std::string trimmed(std::string text) {
    constexpr auto space = " \t\r\n";
    text.erase(0, text.find_first_not_of(space));
    text.erase(text.find_last_not_of(space) + 1);
    return text;
}

/// The text of --from, or of standard input.
std::string read_input(const CommandLine& line) {
    const auto from = line.command_options.find("from");
    if (from == line.command_options.end())
        return trimmed({std::istreambuf_iterator<char>{std::cin}, {}});
    std::ifstream in{from->second};
    if (!in) throw OptionError{fmt::format("Unable to read {}", from->second)};
    return trimmed({std::istreambuf_iterator<char>{in}, {}});
}

/// To the file of --to without a line's end, or to standard output.
void write_output(const CommandLine& line, const std::string& text) {
    const auto to = line.command_options.find("to");
    if (to == line.command_options.end()) {
        fmt::print("{}\n", text);
        return;
    }
    std::ofstream out{to->second};
    out << text;
    out.close();
    if (!out) throw OptionError{fmt::format("Unable to write {}", to->second)};
}

ExtraDataType type_of(const CommandLine& line) {
    const auto type = line.command_options.find("type");
    return type == line.command_options.end() ? ExtraDataType::ibft
                                              : parse_extra_data_type(type->second);
}

}  // namespace

ExtraDataType parse_extra_data_type(std::string_view word) {
    if (word == "IBFT_EXTRA_DATA") return ExtraDataType::ibft;
    if (word == "QBFT_EXTRA_DATA") return ExtraDataType::qbft;
    throw OptionError{
        fmt::format("Invalid value for option '--type': expected one of "
                    "[IBFT_EXTRA_DATA, QBFT_EXTRA_DATA] but was '{}'",
                    word)};
}

Bytes encode_validators(ExtraDataType type, std::span<const Address> validators) {
    constexpr std::size_t vanity_size = 32;
    const qbft::ExtraData extra_data{.vanity = Bytes(vanity_size),
                                     .validators = {validators.begin(), validators.end()}};
    return type == ExtraDataType::qbft ? qbft::encode_extra_data(extra_data)
                                       : qbft::ibft2::encode_extra_data(extra_data);
}

std::string encode_validators_json(ExtraDataType type, std::string_view json) {
    if (json.empty()) throw OptionError{"An error occurred while trying to read the JSON data."};
    const auto list = nlohmann::json::parse(json, nullptr, false);
    if (list.is_discarded())
        throw OptionError{"Unable to load the JSON data. Please check JSON input format."};
    if (!list.is_array())
        throw OptionError{
            "Unable to map the JSON data with selected type: an array of addresses is expected."};
    std::vector<Address> validators;
    for (const auto& element : list) validators.push_back(to_address(element));
    return to_hex(encode_validators(type, validators));
}

std::string decode_validators_hex(ExtraDataType type, std::string_view hex) {
    if (hex.empty()) throw OptionError{"An error occurred while trying to read the RLP data."};
    const auto encoded = decode_hex_digits(without_prefix(hex));
    if (!encoded) throw OptionError{"The RLP data is not hexadecimal."};
    const auto extra_data = type == ExtraDataType::qbft ? qbft::decode_extra_data(*encoded)
                                                        : qbft::ibft2::decode_extra_data(*encoded);
    if (!extra_data)
        throw OptionError{fmt::format("Unable to decode the RLP data with selected type: {}",
                                      to_string(extra_data.error()))};
    std::string text = "[";
    for (const auto& validator : extra_data->validators) {
        if (text.size() > 1) text += ", ";
        text += to_hex(validator.bytes);
    }
    return text + "]";
}

int run_rlp_encode(const CommandLine& line) {
    const auto type = type_of(line);
    write_output(line, encode_validators_json(type, read_input(line)));
    return 0;
}

int run_rlp_decode(const CommandLine& line) {
    const auto type = type_of(line);
    write_output(line, decode_validators_hex(type, read_input(line)));
    return 0;
}

}  // namespace meta138::node
