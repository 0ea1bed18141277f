// SPDX-License-Identifier: Apache-2.0
#include "options/decode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace meta138::signer {
namespace {

using options::Settings;

constexpr std::size_t max_chains = 64;
constexpr std::size_t max_urls_per_chain = 16;

/// With one slash at the beginning and none at the end; empty for the root.
std::string normal_path(std::string_view path) {
    std::string result;
    while (!path.empty()) {
        const auto slash = path.find('/');
        const auto part = path.substr(0, slash);
        path = slash == path.npos ? std::string_view{} : path.substr(slash + 1);
        if (!part.empty()) result.append("/").append(part);
    }
    return result;
}

std::string checked_url(const Settings& settings, std::string_view option, std::string url) {
    const bool has_scheme = url.starts_with("http://") || url.starts_with("https://");
    const auto authority = has_scheme ? url.find("//") + 2 : 0;
    if (!has_scheme || authority == url.size() || url.find_first_of(" #?") != url.npos)
        // The text is not shown: it may hold a password.
        throw settings.invalid(option, "a URL has the form http://HOST:PORT/PATH");
    while (url.ends_with('/') && url.size() > authority) url.pop_back();
    return url;
}

std::string default_url(const Settings& settings) {
    const auto host = settings.text("downstream-http-host");
    const bool is_ipv6 = host.find(':') != host.npos && !host.starts_with('[');
    return fmt::format(
        "{}://{}:{}{}", settings.flag("downstream-http-tls-enabled") ? "https" : "http",
        is_ipv6 ? fmt::format("[{}]", host) : host, settings.count("downstream-http-port"),
        normal_path(settings.text("downstream-http-path")));
}

ChainOptions& chain_of(std::vector<ChainOptions>& chains, std::uint64_t id) {
    const auto found = std::ranges::find(chains, id, &ChainOptions::id);
    return found == chains.end() ? chains.emplace_back(ChainOptions{.id = id, .urls = {}}) : *found;
}

void add_chain(const Settings& settings, std::string_view text, std::vector<ChainOptions>& chains) {
    constexpr std::string_view option = "additional-chains";
    const auto equals = text.find('=');
    const auto digits = text.substr(0, equals);
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
    if (equals == text.npos || error != std::errc{} || end != digits.data() + digits.size() ||
        id == 0)
        throw settings.invalid(option, "a chain has the form ID=URL");
    if (id == chains.front().id)
        throw settings.invalid(option,
                               fmt::format("chain {} is that of --chain-id: name its further nodes "
                                           "with --downstream-failover-urls",
                                           id));
    auto& chain = chain_of(chains, id);
    chain.urls.push_back(checked_url(settings, option, std::string{text.substr(equals + 1)}));
    if (chains.size() > max_chains)
        throw settings.invalid(option, fmt::format("more than {} chains", max_chains));
}

std::vector<ChainOptions> decode_chains(const Settings& settings) {
    if (!settings.has("chain-id"))
        throw OptionError{
            "Missing required option: '--chain-id=NUMBER', the chain that transactions are signed "
            "for"};
    const auto id = settings.count("chain-id");
    if (id == 0) throw settings.invalid("chain-id", "a chain id is at least 1");
    std::vector<ChainOptions> chains{{.id = id, .urls = {default_url(settings)}}};
    for (const auto& url : settings.list("downstream-failover-urls"))
        chains.front().urls.push_back(checked_url(settings, "downstream-failover-urls", url));
    for (const auto& each : settings.list("additional-chains")) add_chain(settings, each, chains);
    for (const auto& chain : chains)
        if (chain.urls.size() > max_urls_per_chain)
            throw OptionError{
                fmt::format("Chain {} has more than {} nodes", chain.id, max_urls_per_chain)};
    return chains;
}

std::optional<http::ProxyOptions> decode_proxy(const Settings& settings) {
    const auto host = settings.text("downstream-http-proxy-host");
    if (host.empty()) return std::nullopt;
    return http::ProxyOptions{
        .host = host,
        .port = static_cast<std::uint16_t>(settings.count("downstream-http-proxy-port")),
        .user = settings.text("downstream-http-proxy-username"),
        .password = settings.text("downstream-http-proxy-password")};
}

http::ClientTlsOptions decode_client_tls(const Settings& settings) {
    http::ClientTlsOptions tls;
    tls.system_authorities = settings.flag("downstream-http-tls-ca-auth-enabled");
    tls.known_servers_file = settings.text("downstream-http-tls-known-servers-file");
    tls.keystore_file = settings.text("downstream-http-tls-keystore-file");
    tls.keystore_password_file = settings.text("downstream-http-tls-keystore-password-file");
    if (tls.keystore_file.empty() != tls.keystore_password_file.empty())
        throw OptionError{
            "--downstream-http-tls-keystore-file and --downstream-http-tls-keystore-password-file "
            "go together"};
    if (!tls.system_authorities && tls.known_servers_file.empty())
        throw OptionError{
            "With --downstream-http-tls-ca-auth-enabled=false, name the nodes to trust with "
            "--downstream-http-tls-known-servers-file"};
    return tls;
}

}  // namespace

DownstreamOptions decode_downstream(const Settings& settings, bool is_ethsigner) {
    if (is_ethsigner && !settings.has("downstream-http-port"))
        throw OptionError{
            "Missing required option: '--downstream-http-port=PORT', where the node listens"};
    constexpr std::uint64_t max_timeout = 3'600'000;
    DownstreamOptions options;
    options.chains = decode_chains(settings);
    const auto timeout = settings.count("downstream-http-request-timeout");
    if (timeout == 0 || timeout > max_timeout)
        throw settings.invalid("downstream-http-request-timeout",
                               fmt::format("not within 1 and {}", max_timeout));
    options.timeout = std::chrono::milliseconds{timeout};
    options.tls = decode_client_tls(settings);
    options.proxy = decode_proxy(settings);
    const auto check = settings.text("downstream-chain-id-check");
    options.chain_id_check = check == "refuse" ? ChainIdCheck::refuse
                             : check == "warn" ? ChainIdCheck::warn
                                               : ChainIdCheck::off;
    options.filling = settings.text("transaction-defaults") == "web3signer"
                          ? TransactionFilling::web3signer
                          : TransactionFilling::estimate;
    return options;
}

}  // namespace meta138::signer
