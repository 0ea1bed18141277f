// SPDX-License-Identifier: Apache-2.0
#include "server/rest.hpp"

#include "server/caller.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/json/reader.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/signer/message.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <memory>

namespace meta138::signer {
namespace {

constexpr std::string_view sign_prefix = "/api/v1/eth1/sign/";
constexpr std::string_view keys_path = "/api/v1/eth1/publicKeys";
constexpr std::string_view plain_text = "text/plain; charset=utf-8";

http::Response text_response(unsigned status, std::string text) {
    return {.status = status, .content_type = plain_text, .body = std::move(text), .headers = {}};
}

http::Response json_response(unsigned status, std::string body) {
    return {.status = status,
            .content_type = "application/json",
            .body = std::move(body),
            .headers = {}};
}

std::string_view word_of(ReloadStatus::State state) {
    using enum ReloadStatus::State;
    switch (state) {
        case idle: return "idle";
        case running: return "running";
        case completed: return "completed";
        case completed_with_errors: return "completed_with_errors";
        case failed: return "failed";
    }
    return "";
}

/// A public key as listed, or (an extension) an address; 0x or not, in any letter case.
const Key* find_key(const KeySet& keys, std::string_view identifier) {
    if (identifier.starts_with("0x") || identifier.starts_with("0X")) identifier.remove_prefix(2);
    const auto bytes = decode_hex_digits(identifier);
    if (!bytes) return nullptr;
    if (bytes->size() == crypto::PublicKey::size())
        return keys.find(
            crypto::PublicKey::from(std::span{*bytes}.first<crypto::PublicKey::size()>()));
    if (bytes->size() == Address::size())
        return keys.find(Address::from(std::span{*bytes}.first<Address::size()>()));
    return nullptr;
}

/// The bytes of `{"data":"0x..."}`.
std::optional<Bytes> read_data(std::string_view body) {
    json::Parser parser;
    const auto root = parser.parse(body);
    const auto text = root ? root->find("data").string() : std::nullopt;
    if (!text || text->empty()) return std::nullopt;
    auto bytes = text->starts_with("0x") ? decode_hex(*text) : decode_hex_digits(*text);
    if (!bytes) return std::nullopt;
    return *std::move(bytes);
}

void write_check(json::Writer& out, std::string_view id, bool is_up) {
    out.open_object();
    out.key("id").string(id);
    out.key("status").string(is_up ? "UP" : "DOWN");
}

}  // namespace

bool Rest::has(const http::Request& request) noexcept {
    const auto path = request.path();
    if (request.method == "POST") return path.starts_with(sign_prefix) || path == "/reload";
    return request.method == "GET" &&
           (path == "/upcheck" || path == "/healthcheck" || path == "/reload" || path == keys_path);
}

void Rest::answer(const http::Request& request, http::Responder responder) {
    const auto path = request.path();
    if (path.starts_with(sign_prefix))
        return sign(request, path.substr(sign_prefix.size()), std::move(responder));
    if (path == "/upcheck") return responder.respond(text_response(200, "OK"));
    if (path == "/healthcheck") return responder.respond(health());
    if (path == keys_path) return responder.respond(public_keys());
    responder.respond(request.method == "POST" ? start_reload() : reload_status());
}

http::Response Rest::health() const {
    const auto status = parts_.reloader.status();
    // Keys that are still being opened at the start are keys that nobody can use.
    const bool is_loading = !status.is_first_done && status.state == ReloadStatus::State::running;
    const bool is_bulk_up = status.bulk_failed == 0;
    const bool is_up = is_bulk_up && !is_loading;
    std::string text;
    json::Writer out{text};
    out.open_object();
    out.key("status").string(is_up ? "UP" : "DOWN");
    out.key("checks").open_array();
    write_check(out, "default-check", true);
    out.close_object();
    if (parts_.has_bulk_keys) {
        write_check(out, "keys-check/v3-keystores-bulk-loading", is_bulk_up);
        out.key("data").open_object();
        out.key("keys-loaded").number(parts_.keys.keys()->keys().size());
        out.key("error-count").number(status.bulk_failed);
        out.close_object().close_object();
    }
    if (is_loading) {
        write_check(out, "keys-check/loading", false);
        out.close_object();
    }
    out.close_array();
    out.key("outcome").string(is_up ? "UP" : "DOWN");
    out.close_object();
    return json_response(is_up ? 200 : 503, std::move(text));
}

http::Response Rest::public_keys() const {
    std::string text;
    json::Writer out{text};
    out.open_array();
    for (const auto& key : parts_.keys.keys()->keys()) out.hex(key.signer->public_key().bytes);
    out.close_array();
    return json_response(200, std::move(text));
}

http::Response Rest::reload_status() const {
    const auto status = parts_.reloader.status();
    std::string text;
    json::Writer out{text};
    out.open_object();
    out.key("status").string(word_of(status.state));
    if (status.at) {
        out.key("lastOperationTime")
            .string(fmt::format("{:%Y-%m-%dT%H:%M:%S}Z",
                                std::chrono::floor<std::chrono::seconds>(*status.at)));
        out.key("report").open_object();
        out.key("added").number(status.added);
        out.key("removed").number(status.removed);
        out.key("unchanged").number(status.unchanged);
        out.key("failed").number(status.failed);
        out.close_object();
    }
    if (!status.last_error.empty()) out.key("lastError").string(status.last_error);
    out.close_object();
    return json_response(200, std::move(text));
}

http::Response Rest::start_reload() {
    if (parts_.reloader.start(false))
        return json_response(202, R"({"status":"accepted","message":"Reload initiated"})");
    return json_response(409, R"({"status":"error","message":"Reload already in progress"})");
}

void Rest::sign(const http::Request& request, std::string_view identifier,
                http::Responder responder) {
    const auto keys = parts_.keys.keys();
    const auto* key = find_key(*keys, identifier);
    if (key == nullptr) {
        parts_.metrics.missing_identifiers().increment();
        return responder.respond(text_response(404, "Public key not found"));
    }
    const auto data = read_data(request.body);
    if (!data) {
        parts_.metrics.malformed_requests().increment();
        return responder.respond(text_response(400, R"(Bad request: {"data":"0x..."} expected)"));
    }
    const auto caller = caller_of(request);
    AuditEntry entry;
    entry.event = "sign_data";
    entry.client = caller.name();
    entry.remote = caller.remote;
    entry.key = key->address;
    const PolicyRequest what{
        .key = key->address, .client = caller.names, .what = PolicyRequest::RawData{}};
    if (const auto leave = parts_.gate.allow(what, entry); !leave)
        return responder.respond(text_response(
            403,
            fmt::format("Refused by policy ({}): {}", leave.error().rule, leave.error().reason)));
    parts_.gate.sign(
        *key, crypto::keccak256(*data), std::move(entry),
        [responder =
             std::move(responder)](std::expected<crypto::Signature, SignError> result) mutable {
            if (result)
                return responder.respond(
                    text_response(200, to_hex(encode_signature(*result).bytes)));
            responder.respond(text_response(500, "Not signed: " + result.error().reason));
        });
}

}  // namespace meta138::signer
