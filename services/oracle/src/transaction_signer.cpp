// SPDX-License-Identifier: Apache-2.0
#include "transaction_signer.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/client/chain.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/http/server.hpp"
#include "meta138/http/url.hpp"
#include "meta138/types/transaction.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <fmt/core.h>
#include <strings.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace meta138::oracle {
namespace {

Transaction unsigned_transaction(const Sign& request, std::uint64_t chain_id) {
    Transaction result;
    result.type = TransactionType::dynamic_fee;
    result.chain_id = chain_id;
    result.nonce = request.nonce;
    result.max_priority_fee_per_gas = request.fees.max_priority_fee_per_gas;
    result.max_fee_per_gas = request.fees.max_fee_per_gas;
    result.gas_limit = request.transmission.gas_limit;
    result.to = request.transmission.aggregator;
    result.data = request.transmission.call_data;
    return result;
}

Attempt to_attempt(const Transaction& transaction, const Sign& request) {
    return {.hash = transaction_hash(transaction),
            .raw = encode_transaction(transaction),
            .fees = request.fees,
            .round = request.transmission.round};
}

class KeySigner final : public TransactionSigner {
public:
    KeySigner(crypto::SecretKey key, std::uint64_t chain_id)
        : key_{std::move(key)},
          account_{crypto::address_of(crypto::public_key(key_))},
          chain_id_{chain_id} {}

    [[nodiscard]] const Address& account() const noexcept override { return account_; }
    [[nodiscard]] const std::string& description() const noexcept override { return description_; }

    void sign(const Sign& request, Done done) override {
        auto transaction = unsigned_transaction(request, chain_id_);
        sign_transaction(transaction, key_);
        done(to_attempt(transaction, request));
    }
    void probe(Probed done) override { done({}); }

private:
    crypto::SecretKey key_;
    Address account_;
    std::uint64_t chain_id_;
    std::string description_ = "key file";
};

// 0x and the JSON-RPC name of the fields that EthSigner and Web3Signer read. chainId is for signers
// of several chains; they ignore it.
std::string sign_parameters(const Sign& request, const Address& account, std::uint64_t chain_id) {
    std::string text;
    json::Writer out{text};
    out.open_array().open_object();
    out.key("from").hex(account.bytes);
    out.key("to").hex(request.transmission.aggregator.bytes);
    out.key("gas").quantity(request.transmission.gas_limit);
    out.key("nonce").quantity(request.nonce);
    out.key("value").quantity(std::uint64_t{0});
    out.key("data").hex(request.transmission.call_data);
    out.key("maxFeePerGas").quantity(request.fees.max_fee_per_gas);
    out.key("maxPriorityFeePerGas").quantity(request.fees.max_priority_fee_per_gas);
    out.key("chainId").quantity(chain_id);
    out.close_object().close_array();
    return text;
}

// A hexadecimal string (EthSigner, Web3Signer), or an object with it as `raw` (go-ethereum).
std::expected<Bytes, std::string> decode_raw(const client::RawResult& result) {
    const auto text =
        result.value.is_object() ? result.value.find("raw").string() : result.value.string();
    auto raw = text ? decode_hex(*text) : std::unexpected{HexError::missing_prefix};
    if (!raw) return std::unexpected{std::string{"no signed transaction"}};
    return *std::move(raw);
}

std::expected<std::vector<Address>, std::string> decode_accounts(const client::RawResult& result) {
    if (!result.value.is_array()) return std::unexpected{std::string{"no list of accounts"}};
    std::vector<Address> accounts;
    for (const auto each : result.value.elements()) {
        const auto account = decode_fixed_hex<Address>(each.string().value_or(""));
        if (!account) return std::unexpected{std::string{"an account is no address"}};
        accounts.push_back(*account);
    }
    return accounts;
}

// An answer is a refusal, unless its code says that the trouble is the signer's own, or passes
// (JSON-RPC 2.0: internal error; EIP-1474: resource unavailable, limit exceeded).
bool is_final(const client::CallError& error) {
    constexpr std::array<std::int64_t, 3> passing = {-32603, -32002, -32005};
    return error.kind == client::CallErrorKind::rpc &&
           std::ranges::find(passing, error.code) == passing.end();
}

client::ChainOptions signer_endpoint(const SignerConfig& config) {
    client::ChainOptions options;
    options.endpoints.push_back({.url = config.url.reveal(), .name = "signer"});
    options.request_timeout = config.timeout;
    options.http.tls.certificate_file = config.tls.certificate_file.string();
    options.http.tls.key_file = config.tls.key_file.string();
    options.http.tls.authorities_file = config.tls.ca_file.string();
    options.http.tls.system_authorities = config.tls.ca_file.empty();
    return options;
}

class RemoteSigner final : public TransactionSigner {
public:
    RemoteSigner(const SignerConfig& config, std::uint64_t chain_id)
        : account_{config.account.value()},
          chain_id_{chain_id},
          description_{"signer " + config.url.shown()},
          chain_{signer_endpoint(config)} {}

    [[nodiscard]] const Address& account() const noexcept override { return account_; }
    [[nodiscard]] const std::string& description() const noexcept override { return description_; }

    void sign(const Sign& request, Done done) override {
        client::Call<Bytes> call{.method = "eth_signTransaction",
                                 .params = sign_parameters(request, account_, chain_id_),
                                 .decode = decode_raw};
        chain_.send<Bytes>(std::move(call), [this, request, done = std::move(done)](
                                                client::Result<Bytes> raw) mutable {
            if (raw) return done(check_signed(*raw, request, chain_id_, account_));
            done(std::unexpected{SigningError{.is_final = is_final(raw.error()),
                                              .detail = client::to_string(raw.error())}});
        });
    }

    void probe(Probed done) override {
        client::Call<std::vector<Address>> call{.method = "eth_accounts",
                                                .decode = decode_accounts};
        chain_.send<std::vector<Address>>(
            std::move(call), [this, done = std::move(done)](auto accounts) mutable {
                if (!accounts) return done(std::unexpected{client::to_string(accounts.error())});
                if (std::ranges::find(*accounts, account_) == accounts->end())
                    return done(std::unexpected{
                        fmt::format("has no key of account {}", to_hex(account_.bytes))});
                done({});
            });
    }

private:
    Address account_;
    std::uint64_t chain_id_;
    std::string description_;
    client::Chain chain_;
};

/// For a dry run without a signer.
class NoSigner final : public TransactionSigner {
public:
    explicit NoSigner(const Address& account) noexcept : account_{account} {}

    [[nodiscard]] const Address& account() const noexcept override { return account_; }
    [[nodiscard]] const std::string& description() const noexcept override { return description_; }
    void sign(const Sign&, Done done) override {
        done(std::unexpected{SigningError{.is_final = true, .detail = "there is no signer"}});
    }
    void probe(Probed done) override { done({}); }

private:
    Address account_;
    std::string description_ = "no signer";
};

crypto::SecretKey read_key(const std::filesystem::path& file) {
    const auto fail = [&](std::string_view why) -> crypto::SecretKey {
        throw std::runtime_error{fmt::format("signer.key_file {}: {}", file.string(), why)};
    };
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) return fail("cannot be read");
    if ((status.st_mode & 077U) != 0)
        return fail("others may read it: chmod 600 it, and consider the key known");
    std::ifstream in{file};
    std::string text;
    if (!std::getline(in, text) && text.empty()) return fail("cannot be read");
    const std::string_view digits =
        text.starts_with("0x") ? std::string_view{text}.substr(2) : text;
    auto bytes = decode_hex_digits(digits);
    auto key = crypto::SecretKey::from(bytes ? ByteView{*bytes} : ByteView{});
    ::explicit_bzero(text.data(), text.size());
    if (bytes) ::explicit_bzero(bytes->data(), bytes->size());
    if (!key) return fail("is no key: 64 hexadecimal digits are expected");
    return *std::move(key);
}

}  // namespace

std::expected<Attempt, SigningError> check_signed(const Bytes& raw, const Sign& request,
                                                  std::uint64_t chain_id, const Address& account) {
    const auto wrong = [](std::string detail) {
        return std::unexpected{SigningError{.is_final = true, .detail = std::move(detail)}};
    };
    const auto transaction = decode_transaction(raw);
    if (!transaction) return wrong("the signer's answer is no transaction");
    auto bare = *transaction;
    bare.y_parity = 0;
    bare.r = bare.s = 0;
    if (bare != unsigned_transaction(request, chain_id))
        return wrong("the signer signed another transaction than it was asked to");
    if (recover_sender(*transaction, Fork::london) != account)
        return wrong("the signer signed with the key of another account");
    return to_attempt(*transaction, request);
}

std::unique_ptr<TransactionSigner> make_signer(const SignerConfig& config, std::uint64_t chain_id) {
    if (config.url.empty() && config.key_file.empty())
        return std::make_unique<NoSigner>(config.account.value_or(Address{}));
    if (config.key_file.empty()) return std::make_unique<RemoteSigner>(config, chain_id);
    auto signer = std::make_unique<KeySigner>(read_key(config.key_file), chain_id);
    if (config.account && *config.account != signer->account())
        throw std::runtime_error{
            fmt::format("signer.key_file {} is the key of {}, not of signer.account {}",
                        config.key_file.string(), to_hex(signer->account().bytes),
                        to_hex(config.account->bytes))};
    return signer;
}

}  // namespace meta138::oracle
