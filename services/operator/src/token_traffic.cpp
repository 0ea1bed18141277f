// SPDX-License-Identifier: Apache-2.0
#include "token_traffic.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/types/transaction.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace meta138::op {
namespace {

using namespace literals;

// The keys that every development chain funds: of the mnemonic "test test ... junk". Public.
constexpr std::array development_keys{
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"_hash32,
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"_hash32,
    "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"_hash32,
    "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"_hash32,
    "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a"_hash32,
    "0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba"_hash32,
    "0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e"_hash32,
    "0x4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356"_hash32,
};

// A token with ERC-20's transfer, balanceOf and Transfer event and nothing else; the deployer has
// 2^255 of it. The balance of A is at keccak256(A ++ 0), as Solidity lays a mapping out.
constexpr std::string_view token_init_code =
    "0x3360005260ff60020a60406000205560a080601a6000396000f360003560e01c8063a9059cbb14601e57"
    "6370a082311460855760006000fd5b503360005260406000208054602435808210609a57900390556004"
    "3560005260406000208054602435019055602435600052600435337fddf252ad1be2c89b69c2b068fc37"
    "8daa952ba7f163c4a11628f55a4df523b3ef60206000a3600160005260206000f35b6004356000526040"
    "6000205460005260206000f35b60006000fd";

constexpr std::uint64_t transfer_gas_limit = 100'000;
constexpr std::size_t batch_size = 64;  // transactions in one request

Bytes transfer_call(const Address& to, const uint256& amount) {
    auto data = *decode_hex("0xa9059cbb000000000000000000000000");
    data.insert(data.end(), to.begin(), to.end());
    const auto word = to_hash32(amount);
    data.insert(data.end(), word.begin(), word.end());
    return data;
}

// Accounts that nobody has a key of, so that every transfer makes or changes another slot.
Address recipient(std::size_t i) {
    Address address;
    for (std::size_t byte = 0; byte < 8; ++byte)
        address[19 - byte] = static_cast<std::uint8_t>(std::uint64_t{i} >> (8 * byte));
    address[0] = 0x13;
    address[1] = 0x8a;
    return address;
}

std::string send_raw(const Bytes& raw) {
    return fmt::format(
        R"({{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["{}"]}})",
        to_hex(raw));
}

std::uint64_t integer(const nlohmann::json& quantity) {
    return std::stoull(quantity.get<std::string>(), nullptr, 16);
}

}  // namespace

TokenTraffic::TokenTraffic(const Endpoint& endpoint)
    : endpoint_{endpoint}, client_{endpoint}, chain_id_{integer(client_.call("eth_chainId"))} {
    // Twice what is asked now: base fees rise under load.
    gas_price_ = *parse_quantity(client_.call("eth_gasPrice").get<std::string>()) * 2 + 1;
    for (const auto& key : development_keys) {
        auto secret = *crypto::SecretKey::from(key.bytes);
        const auto address = crypto::address_of(crypto::public_key(secret));
        senders_.push_back({.key = std::move(secret), .address = address});
    }
    refresh_nonces();
    const auto deployment = include(std::nullopt, *decode_hex(token_init_code), 500'000);
    const auto address =
        decode_fixed_hex<Address>(deployment["contractAddress"].get<std::string>());
    if (!address) throw LoadError{"the token could not be deployed: " + deployment.dump()};
    token_ = *address;
    for (std::size_t i = 1; i < senders_.size(); ++i)
        include(token_, transfer_call(senders_[i].address, uint256{1} << 128), transfer_gas_limit);
}

void TokenTraffic::refresh_nonces() {
    for (auto& sender : senders_)
        sender.nonce = integer(
            client_.call("eth_getTransactionCount", {to_hex(sender.address.bytes), "pending"}));
}

Bytes TokenTraffic::sign(Sender& sender, const std::optional<Address>& to, Bytes data,
                         std::uint64_t gas_limit) const {
    Transaction transaction;
    transaction.chain_id = chain_id_;
    transaction.nonce = sender.nonce++;
    transaction.max_priority_fee_per_gas = gas_price_;
    transaction.max_fee_per_gas = gas_price_;
    transaction.gas_limit = gas_limit;
    transaction.to = to;
    transaction.data = std::move(data);
    sign_transaction(transaction, sender.key);
    return encode_transaction(transaction);
}

nlohmann::json TokenTraffic::include(const std::optional<Address>& to, const Bytes& data,
                                     std::uint64_t gas_limit) {
    // The pool may still have transactions of an earlier run, which come first.
    constexpr int attempts = 5;
    for (int i = 0;; ++i) {
        try {
            return await_receipt(client_.call("eth_sendRawTransaction",
                                              {to_hex(sign(senders_[0], to, data, gas_limit))}));
        } catch (const LoadError&) {
            if (i == attempts) throw;
            std::this_thread::sleep_for(std::chrono::milliseconds{100});
            refresh_nonces();
        }
    }
}

nlohmann::json TokenTraffic::await_receipt(const nlohmann::json& hash) {
    constexpr int attempts = 300;
    for (int i = 0; i < attempts; ++i) {
        auto receipt = client_.call("eth_getTransactionReceipt", {hash});
        if (!receipt.is_null()) return receipt;
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    throw LoadError{fmt::format(
        "{}: a transaction did not get into a block within 15 s; are blocks being made?",
        endpoint_.host)};
}

std::vector<std::string> TokenTraffic::sign_transfers(std::size_t count) {
    std::vector<std::string> bodies;
    for (std::size_t i = 0; i < count; ++i, ++turn_) {
        auto& sender = senders_[turn_ % senders_.size()];
        bodies.push_back(
            send_raw(sign(sender, token_, transfer_call(recipient(turn_), 1), transfer_gas_limit)));
    }
    return bodies;
}

TrafficFigures TokenTraffic::run(const std::stop_token& stop) {
    refresh_nonces();
    const auto first = integer(client_.call("eth_blockNumber"));
    const auto start = std::chrono::steady_clock::now();
    TrafficFigures figures;
    while (!stop.stop_requested()) {
        const auto bodies = sign_transfers(batch_size);
        std::string batch = "[";
        for (const auto& body : bodies) batch += (batch.size() > 1 ? "," : "") + body;
        const auto answers = nlohmann::json::parse(client_.exchange(batch + "]"), nullptr, false);
        const auto refused = static_cast<std::uint64_t>(std::ranges::count_if(
            answers, [](const nlohmann::json& answer) { return answer.contains("error"); }));
        figures.refused += refused;
        if (refused == 0) continue;
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        refresh_nonces();
    }
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    const auto last = integer(client_.call("eth_blockNumber"));
    double transactions = 0;
    double gas = 0;
    for (auto block = first + 1; block <= last; ++block) {
        const auto header =
            client_.call("eth_getBlockByNumber", {fmt::format("{:#x}", block), false});
        transactions += static_cast<double>(header["transactions"].size());
        gas += static_cast<double>(integer(header["gasUsed"]));
    }
    figures.blocks = last - first;
    figures.transactions_per_second = transactions / time.count();
    figures.gas_per_second = gas / time.count();
    return figures;
}

}  // namespace meta138::op
