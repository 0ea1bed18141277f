// SPDX-License-Identifier: Apache-2.0
#include "meta138/test/generated_chain.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/hex.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/test/contracts.hpp"
#include "meta138/types/transaction_signature.hpp"

namespace meta138::test {

namespace {

using namespace literals;
using blockchain::Selection;

constexpr Address token0 = "0x00000000000000000000000000000000000070c0"_address;
constexpr Address token1 = "0x00000000000000000000000000000000000070c1"_address;
constexpr Address pair = "0x000000000000000000000000000000000000fa12"_address;
constexpr std::uint64_t chain_id = 138;
constexpr std::uint64_t block_period = 2;

const auto fortune = uint256{1} << 100;
const auto reserve = uint256{1} << 80;

crypto::SecretKey key_of(std::uint64_t number) {
    const auto secret = crypto::keccak256(to_hash32(uint256{number}).bytes);
    return crypto::SecretKey::from(secret.bytes).value();
}

std::string quoted(ByteView bytes) {
    return '"' + to_hex(bytes) + '"';
}
std::string quoted(const uint256& value) {
    return quoted(to_hash32(value).bytes);
}

/// The candidates of one block.
class BlockSource final : public blockchain::TransactionSource {
public:
    BlockSource(ChainGenerator& generator, Workload workload, std::size_t max)
        : generator_{generator}, workload_{workload}, left_{max} {}

    std::optional<Candidate> next() override {
        if (left_ == 0) return std::nullopt;
        --left_;
        return generator_.next(workload_);
    }
    void report(Selection selection, std::optional<TransactionError> /*error*/) override {
        META138_ASSERT(selection != Selection::invalid);
        if (selection == Selection::included) return;
        generator_.take_back();
        left_ = 0;
    }

private:
    ChainGenerator& generator_;
    Workload workload_;
    std::size_t left_;
};

}  // namespace

ChainGenerator::ChainGenerator(const GeneratedChainOptions& options)
    : options_{options}, random_{options.seed} {
    for (std::size_t i = 0; i < options.senders; ++i) {
        auto key = key_of(i + 1);
        const auto address = crypto::address_of(crypto::public_key(key));
        senders_.push_back({std::move(key), address, 0});
    }
    write_genesis();
    genesis_ = parse_genesis(genesis_json_).value();
}

void ChainGenerator::write_genesis() {
    std::string balances;
    std::string allowances;
    std::string accounts;
    for (const auto& sender : senders_) {
        accounts += ",\n" + quoted(sender.address.bytes) + ":{\"balance\":" + quoted(fortune) + '}';
        balances += ',' + quoted(balance_slot(sender.address)) + ':' + quoted(fortune);
        allowances += ',' + quoted(allowance_slot(sender.address, pair)) + ':' + quoted(fortune);
    }
    balances += ',' + quoted(balance_slot(pair)) + ':' + quoted(reserve);
    const auto token = "{\"balance\":\"0x0\",\"nonce\":\"0x1\",\"code\":" + quoted(token_code()) +
                       ",\"storage\":{" + (balances + allowances).substr(1) + "}}";
    const auto slot = [](std::uint64_t number, const uint256& value) {
        return quoted(uint256{number}) + ':' + quoted(value);
    };
    genesis_json_ = R"({"config":{"chainId":)" + std::to_string(chain_id) +
                    R"(,"berlinBlock":0,"londonBlock":0,)" +
                    (options_.has_difficulty ? R"("qbft":{})" : R"("terminalTotalDifficulty":0)") +
                    R"(,"shanghaiTime":0,"cancunTime":0,"zeroBaseFee":true},)"
                    "\n"
                    R"("difficulty":"0x1","gasLimit":")" +
                    std::to_string(options_.gas_limit) +
                    R"(","baseFeePerGas":"0x0","timestamp":"0x0",)"
                    "\n" +
                    R"("alloc":{)" + quoted(token0.bytes) + ':' + token + ",\n" +
                    quoted(token1.bytes) + ':' + token + ",\n" + quoted(pair.bytes) +
                    R"(:{"balance":"0x0","nonce":"0x1","code":)" + quoted(pair_code()) +
                    ",\"storage\":{" + slot(pair_reserves_slot, reserve << 128 | reserve) + ',' +
                    slot(pair_token0_slot, to_uint256(token0)) + ',' +
                    slot(pair_token1_slot, to_uint256(token1)) + ',' + slot(pair_unlocked_slot, 1) +
                    "}}" + accounts + "}}\n";
}

Address ChainGenerator::recipient() {
    const auto number = random_() % options_.recipients;
    const auto hash = crypto::keccak256(to_hash32(uint256{number} << 64).bytes);
    return Address::from(std::span{hash.bytes}.first<20>());
}

Transaction ChainGenerator::fill(Workload workload) {
    Transaction transaction;
    transaction.type = TransactionType::dynamic_fee;
    transaction.chain_id = chain_id;
    switch (workload) {
        case Workload::transfers:
            transaction.to = recipient();
            transaction.gas_limit = 21000;
            transaction.value = 1;
            break;
        case Workload::token_transfers:
            transaction.to = random_() % 2 == 0 ? token0 : token1;
            transaction.gas_limit = 60000;
            transaction.data = transfer_call(recipient(), 1 + random_() % 1000);
            break;
        case Workload::swaps:
            transaction.to = pair;
            transaction.gas_limit = 150000;
            transaction.data =
                swap_call(1'000'000 + random_() % 1'000'000, static_cast<unsigned>(random_() % 2));
            break;
        case Workload::mixed:
            return fill(static_cast<Workload>(random_() % static_cast<int>(Workload::mixed)));
    }
    return transaction;
}

blockchain::TransactionSource::Candidate ChainGenerator::next(Workload workload) {
    auto& sender = senders_[next_sender_++ % senders_.size()];
    auto transaction = fill(workload);
    transaction.nonce = sender.nonce++;
    sign_transaction(transaction, sender.key);
    const auto hash = transaction_hash(transaction);
    return {.transaction = std::make_shared<const Transaction>(std::move(transaction)),
            .sender = sender.address,
            .hash = hash};
}

void ChainGenerator::take_back() noexcept {
    --senders_[--next_sender_ % senders_.size()].nonce;
}

std::shared_ptr<const blockchain::ExecutedBlock> ChainGenerator::build(
    blockchain::Chain& chain, Workload workload, std::size_t max_transactions) {
    BlockSource source{*this, workload, max_transactions};
    blockchain::BlockAttributes attributes;
    attributes.timestamp = chain.view()->head().header.timestamp + block_period;
    attributes.coinbase = "0x00000000000000000000000000000000000c0ffe"_address;
    auto block = blockchain::build_block(chain, attributes, source, {});
    META138_ASSERT(block != nullptr);
    return block;
}

}  // namespace meta138::test
