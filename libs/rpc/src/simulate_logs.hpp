// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/evm/tracer.hpp"
#include "meta138/types/receipt.hpp"

#include <cstdint>
#include <vector>

namespace meta138::rpc {

/// A log of a simulated call, with its number in the block. Numbers of logs that were taken back
/// are not used again.
struct NumberedLog {
    Log log;
    std::uint64_t index = 0;
};

/// Collects the logs of a simulated block's calls and, if wanted, a log for each transfer of ether
/// (ERC-7528: as if a token at 0xeeee…ee had emitted it).
class SimulatedLogs final : public evm::Tracer {
public:
    explicit SimulatedLogs(bool has_transfers) : has_transfers_{has_transfers} {}

    /// Of the call that has ended: none when it failed.
    [[nodiscard]] std::vector<NumberedLog> take();

    void on_frame_begin(const evm::Message& message, ByteView code) override;
    void on_log(const Log& log) override;
    void on_selfdestruct(const Address& address, const Address& beneficiary,
                         const uint256& balance) override;
    void on_frame_end(const evm::Message& message, evm::Status status, std::int64_t gas_left,
                      ByteView output) override;

private:
    void add_transfer(const Address& from, const Address& to, const uint256& value);

    bool has_transfers_;
    std::uint64_t count_ = 0;
    std::vector<std::vector<NumberedLog>> frames_;
    std::vector<NumberedLog> finished_;
};

}  // namespace meta138::rpc
