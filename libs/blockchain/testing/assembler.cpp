// SPDX-License-Identifier: Apache-2.0
#include "meta138/test/assembler.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/hex.hpp"
#include "meta138/evm/opcodes.hpp"

#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace meta138::test {

namespace {

std::optional<std::uint8_t> find_opcode(std::string_view name) {
    for (unsigned opcode = 0; opcode <= 0xff; ++opcode)
        if (evm::info_of(static_cast<std::uint8_t>(opcode)).name == name)
            return static_cast<std::uint8_t>(opcode);
    return std::nullopt;
}

}  // namespace

Bytes assemble(std::string_view text) {
    Bytes code;
    std::map<std::string, std::size_t> labels;
    std::vector<std::pair<std::size_t, std::string>> uses;
    std::istringstream words{std::string{text}};
    for (std::string word; words >> word;) {
        if (word.starts_with(':')) {
            labels[word.substr(1)] = code.size();
            code.push_back(evm::OP_JUMPDEST);
        } else if (word.starts_with('@')) {
            code.push_back(evm::OP_PUSH1 + 1);
            uses.emplace_back(code.size(), word.substr(1));
            code.insert(code.end(), 2, 0);
        } else if (word.starts_with("0x")) {
            const auto number = decode_hex(word);
            META138_ASSERT(number && !number->empty());
            code.push_back(static_cast<std::uint8_t>(evm::OP_PUSH1 + number->size() - 1));
            code.insert(code.end(), number->begin(), number->end());
        } else {
            const auto opcode = find_opcode(word);
            META138_ASSERT(opcode.has_value());
            code.push_back(*opcode);
        }
    }
    for (const auto& [place, label] : uses) {
        META138_ASSERT(labels.contains(label));
        code[place] = static_cast<std::uint8_t>(labels[label] >> 8);
        code[place + 1] = static_cast<std::uint8_t>(labels[label]);
    }
    return code;
}

}  // namespace meta138::test
