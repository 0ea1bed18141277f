// SPDX-License-Identifier: Apache-2.0
#include "options/decode.hpp"

#include <fmt/format.h>

namespace meta138::signer {
namespace {

using options::Settings;

std::size_t bounded(const Settings& settings, std::string_view name, std::uint64_t most) {
    const auto value = settings.count(name);
    if (value == 0 || value > most)
        throw settings.invalid(name, fmt::format("not within 1 and {}", most));
    return value;
}

std::optional<http::TlsOptions> decode_tls(const Settings& settings) {
    http::TlsOptions tls;
    tls.keystore_file = settings.text("tls-keystore-file");
    tls.keystore_password_file = settings.text("tls-keystore-password-file");
    tls.known_clients_file = settings.text("tls-known-clients-file");
    tls.ca_clients = settings.flag("tls-allow-ca-clients");
    const bool any = settings.flag("tls-allow-any-client");
    const bool some = tls.ca_clients || !tls.known_clients_file.empty();
    tls.client_authentication = some;
    if (tls.keystore_file.empty()) {
        if (any || some || !tls.keystore_password_file.empty())
            throw OptionError{"The --tls options need --tls-keystore-file"};
        return std::nullopt;
    }
    if (tls.keystore_password_file.empty())
        throw OptionError{"--tls-keystore-file needs --tls-keystore-password-file"};
    if (any && some)
        throw OptionError{
            "--tls-allow-any-client cannot be used with --tls-allow-ca-clients or "
            "--tls-known-clients-file"};
    if (!any && !some)
        throw OptionError{
            "With TLS, say which clients may come: --tls-known-clients-file=FILE, "
            "--tls-allow-ca-clients or --tls-allow-any-client"};
    return tls;
}

}  // namespace

ListenOptions decode_listen(const Settings& settings) {
    constexpr std::uint64_t max_request = std::uint64_t{128} << 20;
    ListenOptions options;
    options.host = settings.text("http-listen-host");
    options.port = static_cast<std::uint16_t>(settings.count("http-listen-port"));
    options.host_allowlist = settings.list("http-host-allowlist");
    options.cors_origins = settings.list("http-cors-origins");
    options.tls = decode_tls(settings);
    options.idle_timeout =
        std::chrono::seconds{bounded(settings, "idle-connection-timeout-seconds", 86'400)};
    options.max_connections = bounded(settings, "http-max-connections", 100'000);
    options.max_request_bytes = bounded(settings, "http-max-request-size", max_request);
    options.max_batch_size = bounded(settings, "http-max-batch-size", 100'000);
    options.access_log = settings.flag("access-logs-enabled");
    return options;
}

}  // namespace meta138::signer
