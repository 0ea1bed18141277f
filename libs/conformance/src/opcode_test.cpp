// SPDX-License-Identifier: Apache-2.0
#include "runners.hpp"
#include "state_fixture.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/evm/evm.hpp"
#include "meta138/evm/opcodes.hpp"
#include "meta138/execution/state_host.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace meta138::conformance {

namespace {

constexpr std::string_view kind = "opcode";
constexpr Fork fork = Fork::osaka;

// "testcases_signext.json": the opcode by the beginning of its name.
std::optional<std::uint8_t> opcode_of(const std::filesystem::path& path) {
    constexpr std::string_view prefix = "testcases_";
    auto name = path.stem().string();
    if (!name.starts_with(prefix)) return std::nullopt;
    name.erase(0, prefix.size());
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
    if (name == "SIGNEXT") name = "SIGNEXTEND";
    for (unsigned opcode = 0; opcode < 256; ++opcode) {
        const auto value = static_cast<std::uint8_t>(opcode);
        if (evm::info_of(value).name == name) return value;
    }
    return std::nullopt;
}

Bytes program(std::uint8_t opcode, const Hash32& x, const Hash32& y) {
    Bytes code;
    for (const auto* word : {&x, &y}) {
        code.push_back(evm::OP_PUSH32);
        code.insert(code.end(), word->begin(), word->end());
    }
    const std::initializer_list<std::uint8_t> rest{
        opcode, evm::OP_PUSH0, evm::OP_MSTORE, evm::OP_PUSH1, 0x20, evm::OP_PUSH0, evm::OP_RETURN};
    code.insert(code.end(), rest);
    return code;
}

Verdict check(const WholeFile& file, std::uint8_t opcode, const JsonNode& vector) {
    auto& workspace = file.workspace;
    const auto x = vector["X"].hash();
    const auto y = vector["Y"].hash();
    const auto expected = vector["Expected"].hash();
    if (const auto fault = workspace.document.take_fault()) return failed("{}", fault->to_string());
    evm::Message message;
    message.gas = 1'000'000;
    message.recipient[19] = message.code_address[19] = message.sender[0] = 0xff;
    state::MapState pre;
    pre.set_account(message.recipient, 1, 0, program(opcode, x, y));
    workspace.state.reset(pre);
    workspace.state.begin_transaction();
    const FixtureBlockHashes hashes;
    execution::StateHost host{workspace.state, hashes, fork};
    evm::Evm evm{host, workspace.code_cache, fork, {}};
    const auto result = evm.execute(message, {});
    static_cast<void>(workspace.state.finish_transaction(true));
    if (result.status != evm::Status::success)
        return failed("expected {}, got: {}", to_hex(expected.bytes), to_string(result.status));
    return equal(result.output, expected.bytes)
               ? passed()
               : failed("expected {}, got {}", to_hex(expected.bytes), to_hex(result.output));
}

}  // namespace

void run_opcode_vectors(const WholeFile& file) {
    const auto opcode = opcode_of(file.path);
    if (!opcode) {
        file.sink.add("", "", kind, failed("unknown format: the file's name names no opcode"));
        return;
    }
    std::size_t number = 0;
    for (const auto vector : file.root.items())
        file.sink.run(fmt::format("[{}]", number++), "", kind,
                      [&] { return check(file, *opcode, vector); });
}

}  // namespace meta138::conformance
