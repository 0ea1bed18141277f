// SPDX-License-Identifier: Apache-2.0
#include "json_tracer.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/evm/opcodes.hpp"

#include <fmt/format.h>

#include <iterator>

namespace meta138::conformance {

std::string_view error_text(evm::Status status) noexcept {
    // As go-ethereum puts them, whose texts other tools look for.
    switch (status) {
        case evm::Status::success: return "";
        case evm::Status::revert: return "execution reverted";
        case evm::Status::out_of_gas: return "out of gas";
        case evm::Status::stack_underflow: return "stack underflow";
        case evm::Status::stack_overflow: return "stack limit reached";
        case evm::Status::invalid_opcode: return "invalid opcode";
        case evm::Status::invalid_jump: return "invalid jump destination";
        case evm::Status::out_of_bounds_read: return "return data out of bounds";
        case evm::Status::write_protection: return "write protection";
        case evm::Status::call_depth_exceeded: return "max call depth exceeded";
        case evm::Status::insufficient_balance: return "insufficient balance for transfer";
        case evm::Status::address_collision: return "contract address collision";
        case evm::Status::nonce_overflow: return "nonce uint64 overflow";
        case evm::Status::precompile_failure: return "precompile failed";
        case evm::Status::initcode_size_exceeded: return "max initcode size exceeded";
        case evm::Status::code_size_exceeded: return "max code size exceeded";
        case evm::Status::invalid_code_prefix: return "invalid code: must not begin with 0xef";
    }
    return "unknown";
}

void JsonTracer::on_step(const evm::Step& step) {
    head_ = fmt::format(R"({{"pc":{},"op":{},"gas":"0x{:x}")", step.pc, step.opcode, step.gas);
    tail_.clear();
    auto out = std::back_inserter(tail_);
    fmt::format_to(out, R"(,"memSize":{})", step.memory.size());
    if (details_.memory) fmt::format_to(out, R"(,"memory":"{}")", to_hex(step.memory));
    if (details_.stack) {
        tail_ += R"(,"stack":[)";
        bool is_first = true;
        for (const auto& word : step.stack) {
            fmt::format_to(out, R"({}"{}")", is_first ? "" : ",", to_quantity(word));
            is_first = false;
        }
        tail_ += ']';
    }
    if (details_.return_data)
        fmt::format_to(out, R"(,"returnData":"{}")", to_hex(step.return_data));
    const auto name = evm::info_of(step.opcode).name;
    fmt::format_to(out, R"(,"depth":{},"refund":{},"opName":"{}")", step.depth + 1, step.refund,
                   name.empty() ? fmt::format("opcode 0x{:x} not defined", step.opcode)
                                : std::string{name});
}

void JsonTracer::on_step_charged(std::int64_t gas_cost, evm::Status status) {
    out_ << head_ << fmt::format(R"(,"gasCost":"0x{:x}")", gas_cost) << tail_;
    if (status != evm::Status::success && status != evm::Status::revert)
        out_ << fmt::format(R"(,"error":"{}")", error_text(status));
    out_ << "}\n";
}

}  // namespace meta138::conformance
