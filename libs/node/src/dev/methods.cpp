// SPDX-License-Identifier: Apache-2.0
#include "dev/methods.hpp"

#include "dev/accounts.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace meta138::node {
namespace {

using rpc::Cost;
using rpc::Group;
using rpc::Quantity;
using rpc::Request;
using rpc::RpcResult;

/// A block count beyond which a request is a slip of the keyboard.
constexpr std::uint64_t max_blocks_at_once = 100'000;

/// Adds methods under the prefixes of the tools that know them.
class DevMethods {
public:
    DevMethods(rpc::MethodTable& table, const DevContext& context)
        : table_{table}, dev_{context.dev}, thread_{context.thread}, context_{context} {}

    void add_all() {
        add_blocks();
        add_time();
        add_marks();
        add_accounts();
        add_next_block();
        add_impersonation();
        add_information();
    }

private:
    template <typename Function>
    void add(std::initializer_list<std::string_view> names, Function function) {
        for (const auto name : names) table_.add(name, Group::dev, Cost::heavy, function);
    }

    /// Runs a task on the chain's thread and returns what it returns.
    template <typename Function>
    auto on_chain(Function function) const {
        decltype(function()) result{};
        thread_.run([&] { result = function(); });
        return result;
    }

    void add_blocks() {
        add({"evm_mine"},
            [this](const Request&, std::optional<json::Value> when) -> RpcResult<std::string> {
                std::uint64_t blocks = 1;
                auto time = when ? rpc::integer_of(*when) : std::nullopt;
                if (when && when->is_object()) {
                    blocks = rpc::integer_of(when->find("blocks")).value_or(1);
                    time = rpc::integer_of(when->find("timestamp"));
                }
                if (blocks > max_blocks_at_once) return rpc::fail(rpc::error::invalid_params);
                const bool done = on_chain([&] {
                    if (time && !dev_.set_next_timestamp(*time)) return false;
                    dev_.mine(blocks, std::nullopt);
                    return true;
                });
                if (!done) return rpc::fail(rpc::error::invalid_params, "timestamp is in the past");
                return "0x0";
            });
        add({"hardhat_mine", "anvil_mine"},
            [this](const Request&, std::optional<std::uint64_t> blocks,
                   std::optional<std::uint64_t> interval) -> RpcResult<bool> {
                if (blocks.value_or(1) > max_blocks_at_once)
                    return rpc::fail(rpc::error::invalid_params, "too many blocks at once");
                return on_chain([&] {
                    dev_.mine(blocks.value_or(1), interval);
                    return true;
                });
            });
        add({"evm_setAutomine", "hardhat_setAutomine", "anvil_setAutomine"},
            [this](const Request&, bool on) -> RpcResult<bool> {
                dev_.set_automine(on);
                return true;
            });
        add({"hardhat_getAutomine", "anvil_getAutomine"},
            [this](const Request&) -> RpcResult<bool> { return dev_.automine(); });
        // Milliseconds, as Hardhat has it.
        add({"evm_setIntervalMining"},
            [this](const Request&, json::Value interval) -> RpcResult<bool> {
                return set_interval(interval, 1);
            });
        add({"anvil_setIntervalMining"},
            [this](const Request&, json::Value interval) -> RpcResult<bool> {
                return set_interval(interval, 1000);
            });
        add({"evm_setBlockGasLimit", "hardhat_setBlockGasLimit", "anvil_setBlockGasLimit"},
            [](const Request& request, std::uint64_t gas_limit) -> RpcResult<bool> {
                return request.backend.mining->set_target_gas_limit(gas_limit);
            });
    }

    RpcResult<bool> set_interval(json::Value interval, std::uint64_t unit) {
        // [min, max] asks for a random time between the two: the middle will do.
        auto time = rpc::integer_of(interval.is_array() ? interval.at(0) : interval);
        if (interval.is_array()) {
            const auto high = rpc::integer_of(interval.at(1));
            if (time && high) time = *time / 2 + *high / 2;
        }
        constexpr std::uint64_t day = 86'400'000;
        if (!time || *time > day / unit) return rpc::fail(rpc::error::invalid_params);
        return on_chain([&] {
            dev_.set_interval(std::chrono::milliseconds{*time * unit});
            return true;
        });
    }

    void add_time() {
        add({"evm_increaseTime", "anvil_increaseTime"},
            [this](const Request&, std::uint64_t seconds) -> RpcResult<std::string> {
                return on_chain([&] { return std::to_string(dev_.increase_time(seconds)); });
            });
        add({"evm_setNextBlockTimestamp", "anvil_setNextBlockTimestamp"},
            [this](const Request&, std::uint64_t timestamp) -> RpcResult<std::string> {
                if (!on_chain([&] { return dev_.set_next_timestamp(timestamp); }))
                    return rpc::fail(rpc::error::invalid_params,
                                     "timestamp must be after that of the latest block");
                return std::to_string(timestamp);
            });
        add({"evm_setTime", "anvil_setTime"},
            [this](const Request&, std::uint64_t timestamp) -> RpcResult<std::string> {
                return on_chain([&] {
                    dev_.set_time(timestamp);
                    return std::to_string(timestamp);
                });
            });
    }

    void add_marks() {
        add({"evm_snapshot", "anvil_snapshot"}, [this](const Request&) -> RpcResult<Quantity> {
            return Quantity{uint256{on_chain([&] { return dev_.snapshot(); })}};
        });
        add({"evm_revert", "anvil_revert"},
            [this](const Request&, std::uint64_t mark) -> RpcResult<bool> {
                return on_chain([&] { return dev_.revert(mark); });
            });
        add({"hardhat_reset", "anvil_reset"},
            [this](const Request&, std::optional<json::Value> fork) -> RpcResult<bool> {
                if (fork && !fork->find("forking").is_missing())
                    return rpc::fail(rpc::error::invalid_params, "this node does not fork others");
                return on_chain([&] { return dev_.reset(); });
            });
    }

    void add_accounts() {
        add({"hardhat_setBalance", "anvil_setBalance"},
            [this](const Request&, Address address, uint256 balance) -> RpcResult<bool> {
                return on_chain([&] {
                    dev_.set_balance(address, balance);
                    return true;
                });
            });
        add({"hardhat_setNonce", "anvil_setNonce", "evm_setAccountNonce"},
            [this](const Request&, Address address, std::uint64_t nonce) -> RpcResult<bool> {
                return on_chain([&] {
                    dev_.set_nonce(address, nonce);
                    return true;
                });
            });
        add({"hardhat_setCode", "anvil_setCode"},
            [this](const Request&, Address address, Bytes code) -> RpcResult<bool> {
                return on_chain([&] {
                    dev_.set_code(address, std::move(code));
                    return true;
                });
            });
        add({"hardhat_setStorageAt", "anvil_setStorageAt"},
            [this](const Request&, Address address, uint256 key, uint256 value) -> RpcResult<bool> {
                return on_chain([&] {
                    dev_.set_storage(address, key, value);
                    return true;
                });
            });
        add({"hardhat_dropTransaction", "anvil_dropTransaction"},
            [this](const Request&, rpc::TransactionHash hash) -> RpcResult<bool> {
                return context_.pool.remove(hash.value);
            });
        add({"anvil_dropAllTransactions"}, [this](const Request&) -> RpcResult<bool> {
            context_.pool.clear();
            return true;
        });
    }

    void add_next_block() {
        add({"hardhat_setCoinbase", "anvil_setCoinbase"},
            [this](const Request&, Address coinbase) -> RpcResult<bool> {
                return on_chain([&] {
                    dev_.wishes().coinbase = coinbase;
                    return true;
                });
            });
        add({"hardhat_setNextBlockBaseFeePerGas", "anvil_setNextBlockBaseFeePerGas"},
            [this](const Request&, uint256 base_fee) -> RpcResult<bool> {
                return on_chain([&] {
                    dev_.wishes().base_fee_per_gas = base_fee;
                    return true;
                });
            });
        add({"hardhat_setPrevRandao", "anvil_setPrevRandao"},
            [this](const Request&, uint256 prev_randao) -> RpcResult<bool> {
                return on_chain([&] {
                    dev_.wishes().prev_randao = to_big_endian(prev_randao);
                    return true;
                });
            });
        add({"hardhat_setMinGasPrice", "anvil_setMinGasPrice"},
            [](const Request& request, uint256 price) -> RpcResult<bool> {
                request.backend.mining->set_min_gas_price(price);
                return true;
            });
    }

    static Hash32 to_big_endian(const uint256& value) {
        Hash32 result;
        for (std::size_t i = 0; i < 32; ++i)
            result.bytes[31 - i] = static_cast<std::uint8_t>(value.limbs[i / 8] >> (8 * (i % 8)));
        return result;
    }

    void add_impersonation() {
        add({"hardhat_impersonateAccount", "anvil_impersonateAccount"},
            [this](const Request&, Address address) -> RpcResult<bool> {
                dev_.impersonate(address);
                return true;
            });
        add({"hardhat_stopImpersonatingAccount", "anvil_stopImpersonatingAccount"},
            [this](const Request&, Address address) -> RpcResult<bool> {
                return dev_.stop_impersonating(address);
            });
        add({"hardhat_autoImpersonateAccount", "anvil_autoImpersonateAccount"},
            [this](const Request&, bool on) -> RpcResult<bool> {
                dev_.impersonate_all(on);
                return true;
            });
    }

    void add_information() {
        add({"hardhat_metadata", "anvil_metadata"},
            [this](const Request& request, json::Writer& out) -> RpcResult<void> {
                const auto& head = request.view->head();
                out.open_object();
                out.key("clientVersion").string(context_.client_version);
                out.key("chainId").number(request.view->genesis().schedule.chain_id);
                out.key("instanceId").hex(request.view->genesis_hash().bytes);
                out.key("latestBlockNumber").number(head.header.number);
                out.key("latestBlockHash").hex(head.hash.bytes);
                out.close_object();
                return {};
            });
        add({"anvil_nodeInfo"}, [](const Request& request, json::Writer& out) -> RpcResult<void> {
            const auto& head = request.view->head();
            const auto rules = request.view->rules_of(head.header);
            out.open_object();
            out.key("currentBlockNumber").quantity(head.header.number);
            out.key("currentBlockTimestamp").number(head.header.timestamp);
            out.key("currentBlockHash").hex(head.hash.bytes);
            out.key("hardFork").string(row_of(rules.fork).name);
            out.key("transactionOrder").string("fees");
            out.key("environment").open_object();
            out.key("baseFee").quantity(head.header.base_fee_per_gas.value_or(uint256{}));
            out.key("chainId").number(rules.chain_id);
            out.key("gasLimit").number(head.header.gas_limit);
            out.key("gasPrice").quantity(head.header.base_fee_per_gas.value_or(uint256{}));
            out.close_object();
            out.key("forkConfig").open_object();
            out.close_object();
            out.close_object();
            return {};
        });
        add({"hardhat_setLoggingEnabled", "anvil_setLoggingEnabled"},
            [](const Request&, bool) -> RpcResult<bool> { return true; });
        add({"hardhat_addCompilationResult"},
            [](const Request&, rpc::Arguments) -> RpcResult<bool> { return false; });
    }

    rpc::MethodTable& table_;
    DevChain& dev_;
    ChainThread& thread_;
    DevContext context_;
};

}  // namespace

void add_dev_methods(rpc::MethodTable& table, const DevContext& context) {
    // The methods keep it: they refer to it.
    auto methods = std::make_shared<DevMethods>(table, context);
    methods->add_all();
    table.add("hardhat_getClientVersion", Group::dev, Cost::cheap,
              [methods, version = context.client_version](
                  const Request&) -> RpcResult<std::string> { return version; });
}

}  // namespace meta138::node
