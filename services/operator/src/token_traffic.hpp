// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "endpoint.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/operator/load_rpc.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace meta138::op {

/// Signed ERC-20 transfers from the accounts of a development chain.
class TokenTraffic {
public:
    /// Deploys a token and gives every sender some of it. Throws LoadError.
    explicit TokenTraffic(const Endpoint& endpoint);

    /// Bodies of eth_sendRawTransaction with `count` transfers, the senders in turn.
    [[nodiscard]] std::vector<std::string> sign_transfers(std::size_t count);

    /// Sends transfers as fast as the node takes them, until stop is requested; then counts what
    /// went into blocks meanwhile.
    [[nodiscard]] TrafficFigures run(const std::stop_token& stop);

private:
    struct Sender {
        crypto::SecretKey key;
        Address address;
        std::uint64_t nonce = 0;
    };

    [[nodiscard]] Bytes sign(Sender& sender, const std::optional<Address>& to, Bytes data,
                             std::uint64_t gas_limit) const;
    /// Sends a transaction of the first sender, and waits for its receipt.
    nlohmann::json include(const std::optional<Address>& to, const Bytes& data,
                           std::uint64_t gas_limit);
    nlohmann::json await_receipt(const nlohmann::json& hash);
    void refresh_nonces();

    Endpoint endpoint_;
    Client client_;
    std::uint64_t chain_id_ = 0;
    uint256 gas_price_;
    std::vector<Sender> senders_;
    Address token_;
    std::size_t turn_ = 0;
};

}  // namespace meta138::op
