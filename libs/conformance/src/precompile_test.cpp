// SPDX-License-Identifier: Apache-2.0
#include "runners.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/evm/precompiles.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace meta138::conformance {

namespace {

constexpr std::string_view kind = "precompile";
constexpr std::int64_t ample_gas = 100'000'000;

// Which precompiled contract a file of vectors is about. The first row whose name the file's name
// begins with.
struct Row {
    std::string_view file;  // lower case
    std::uint16_t address;
    Fork fork;  // whose prices the vectors have
};
constexpr std::array rows{
    Row{"ecrecover", 0x01, Fork::homestead},
    Row{"sha256", 0x02, Fork::homestead},
    Row{"ripemd160", 0x03, Fork::homestead},
    Row{"identity", 0x04, Fork::homestead},
    Row{"modexp_eip2565", 0x05, Fork::berlin},
    Row{"modexp_eip7883", 0x05, Fork::osaka},
    Row{"modexp", 0x05, Fork::byzantium},
    Row{"bn256add", 0x06, Fork::istanbul},
    Row{"bn256scalarmul", 0x07, Fork::istanbul},
    Row{"bn256pairing", 0x08, Fork::istanbul},
    Row{"blake2f", 0x09, Fork::istanbul},
    Row{"pointevaluation", 0x0a, Fork::cancun},
    Row{"blsg1add", 0x0b, Fork::prague},
    Row{"blsg1mul", 0x0c, Fork::prague},
    Row{"blsg2add", 0x0d, Fork::prague},
    Row{"blsg2mul", 0x0e, Fork::prague},
    Row{"blspairing", 0x0f, Fork::prague},
    Row{"blsmapg1", 0x10, Fork::prague},
    Row{"blsmapg2", 0x11, Fork::prague},
    Row{"p256verify", 0x100, Fork::osaka},
    // Besu's tables of EIP-2537.
    Row{"g1_add", 0x0b, Fork::prague},
    Row{"g1_mul", 0x0c, Fork::prague},
    Row{"g2_add", 0x0d, Fork::prague},
    Row{"g2_mul", 0x0e, Fork::prague},
    Row{"pairing", 0x0f, Fork::prague},
    Row{"invalid_subgroup_for_pairing", 0x0f, Fork::prague},
    Row{"fp_to_g1", 0x10, Fork::prague},
    Row{"fp2_to_g2", 0x11, Fork::prague},
};

const Row* find_row(const std::filesystem::path& path) {
    auto name = path.stem().string();
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    if (name.starts_with("fail-")) name.erase(0, 5);
    // g1_multiexp and blsG1MultiExp are the multiplications with more than one pair.
    const auto* row =
        std::ranges::find_if(rows, [&](const Row& r) { return name.starts_with(r.file); });
    return row == rows.end() ? nullptr : row;
}

Address address_of(const Row& row) {
    Address address;
    address[18] = static_cast<std::uint8_t>(row.address >> 8U);
    address[19] = static_cast<std::uint8_t>(row.address);
    return address;
}

struct Vector {
    Bytes input;
    std::optional<Bytes> output;      // Absent: the call must fail.
    std::optional<std::int64_t> gas;  // The price, where the vector's is that of the fork.
};

Verdict check(const Row& row, const Vector& vector) {
    const auto address = address_of(row);
    if (!evm::is_precompile(address, row.fork))
        return failed("no precompiled contract at {} in {}", to_hex(address.bytes),
                      row_of(row.fork).name);
    Bytes output;
    const auto run = [&](std::int64_t gas) {
        return evm::run_precompile(address, row.fork, vector.input, gas, output);
    };
    const auto result = run(vector.gas.value_or(ample_gas));
    const bool succeeded = result.status == evm::Status::success;
    if (!vector.output) {
        return succeeded ? failed("expected a failure, got the output {}", to_hex(output))
                         : passed();
    }
    if (!succeeded)
        return failed("expected the output {}, got the failure: {}", to_hex(*vector.output),
                      to_string(result.status));
    if (output != *vector.output)
        return failed("expected the output {}, got {}", to_hex(*vector.output), to_hex(output));
    if (!vector.gas) return passed();
    if (result.gas_left != 0)
        return failed("expected the price {}, got {}", *vector.gas, *vector.gas - result.gas_left);
    if (*vector.gas > 0 && run(*vector.gas - 1).status != evm::Status::out_of_gas)
        return failed("expected {} gas to be too little", *vector.gas - 1);
    return passed();
}

Vector decode_vector(const JsonNode& node, const Row& row) {
    // RIP-7212's price of P256VERIFY, which EIP-7951 has doubled.
    constexpr std::uint64_t rip_7212_price = 3450;
    Vector vector{.input = node["Input"].bare_bytes(), .output = {}, .gas = {}};
    if (node.has("ExpectedError")) return vector;
    vector.output = node["Expected"].bare_bytes();
    const auto gas = node["Gas"].integer();
    if (row.address != 0x100 || gas != rip_7212_price)
        vector.gas = static_cast<std::int64_t>(std::min<std::uint64_t>(gas, INT64_MAX));
    return vector;
}

}  // namespace

void run_precompile_vectors(const WholeFile& file) {
    const auto* row = find_row(file.path);
    if (row == nullptr) {
        file.sink.add("", "", kind,
                      failed("the file's name is that of no precompiled contract we know"));
        return;
    }
    for (const auto node : file.root.items()) {
        file.sink.run(node["Name"].text(), row_of(row->fork).fixture_name, kind, [&] {
            const auto vector = decode_vector(node, *row);
            if (const auto fault = file.workspace.document.take_fault())
                return failed("{}", fault->to_string());
            return check(*row, vector);
        });
    }
}

void run_point_evaluation_vectors(const WholeFile& file) {
    constexpr Row row{"pointevaluation", 0x0a, Fork::cancun};
    const auto output = file.root["PrecompileReturnValue"].bare_bytes();
    std::size_t number = 0;
    for (const auto node : file.root["TestCases"].items()) {
        const auto name = fmt::format("{}: {}", number++, node["FailureMode"].text());
        file.sink.run(name, row_of(row.fork).fixture_name, kind, [&] {
            Vector vector{.input = node["Input"].bare_bytes(), .output = {}, .gas = {}};
            if (node["Valid"].boolean()) vector.output = output;
            if (const auto fault = file.workspace.document.take_fault())
                return failed("{}", fault->to_string());
            return check(row, vector);
        });
    }
}

void run_eip2537_csv(CaseSink& sink, const std::filesystem::path& path, std::string_view csv) {
    const auto* row = find_row(path);
    const auto take_line = [&csv] {
        const auto end = std::min(csv.find('\n'), csv.size());
        auto line = csv.substr(0, end);
        csv.remove_prefix(std::min(end + 1, csv.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        return line;
    };
    if (row == nullptr || take_line() != "input,result,gas,notes") {
        sink.add("", "", kind,
                 failed("unknown format: a table whose columns are not input,result,gas,notes, or "
                        "whose name is that of no precompiled contract"));
        return;
    }
    for (std::size_t number = 2; !csv.empty(); ++number) {
        const auto line = take_line();
        if (line.empty()) continue;
        sink.run(fmt::format("line {}", number), row_of(row->fork).fixture_name, kind, [&] {
            const auto first = line.find(',');
            const auto second = line.find(',', first + 1);
            if (first == std::string_view::npos || second == std::string_view::npos)
                return failed("line {}: should have four columns", number);
            auto input = decode_hex_digits(line.substr(0, first));
            auto digits = line.substr(first + 1, second - first - 1);
            if (digits.starts_with("0x")) digits.remove_prefix(2);
            auto result = decode_hex_digits(digits);
            if (!input || !result) return failed("line {}: should be hex digits", number);
            Vector vector{.input = *std::move(input), .output = {}, .gas = {}};
            if (!result->empty()) vector.output = *std::move(result);
            return check(*row, vector);
        });
    }
}

}  // namespace meta138::conformance
