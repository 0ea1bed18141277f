// SPDX-License-Identifier: Apache-2.0
#include "audit/audit_line.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/json/writer.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

// docs/formats/signer-audit.md
namespace meta138::signer {
namespace {

void write_text(json::Writer& out, std::string_view name, std::string_view text) {
    if (!text.empty()) out.key(name).string(text.substr(0, max_audit_text));
}

template <typename Fixed>
std::optional<Fixed> find_fixed(json::Value line, std::string_view name) {
    const auto text = line.find(name).string();
    if (!text) return std::nullopt;
    const auto fixed = decode_fixed_hex<Fixed>(*text);
    return fixed ? std::optional{*fixed} : std::nullopt;
}

std::string find_text(json::Value line, std::string_view name) {
    return std::string{line.find(name).string().value_or("")};
}

}  // namespace

std::string encode_audit_time(PolicyTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

std::optional<PolicyTime> decode_audit_time(std::string_view text) {
    constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd.dddZ";
    if (text.size() != form.size()) return std::nullopt;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == 'd' ? !is_digit : text[i] != form[i]) return std::nullopt;
    }
    const auto number = [&](std::size_t at, std::size_t size) {
        int value = 0;
        std::from_chars(text.data() + at, text.data() + at + size, value);
        return value;
    };
    const auto unsigned_number = [&](std::size_t at) {
        return static_cast<unsigned>(number(at, 2));
    };
    const std::chrono::year_month_day date{std::chrono::year{number(0, 4)},
                                           std::chrono::month{unsigned_number(5)},
                                           std::chrono::day{unsigned_number(8)}};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days{date} + std::chrono::hours{number(11, 2)} +
           std::chrono::minutes{number(14, 2)} + std::chrono::seconds{number(17, 2)} +
           std::chrono::milliseconds{number(20, 3)};
}

std::string encode_audit_line(const AuditEntry& entry, std::uint64_t sequence, PolicyTime time,
                              const Hash32& previous, std::uint64_t torn_bytes) {
    std::string line;
    json::Writer out{line};
    out.open_object();
    out.key("sequence").number(sequence);
    out.key("time").string(encode_audit_time(time));
    out.key("event").string(std::string_view{entry.event}.substr(0, max_audit_text));
    out.key("allowed").boolean(entry.is_allowed);
    write_text(out, "rule", entry.rule);
    write_text(out, "reason", entry.reason);
    write_text(out, "client", entry.client);
    write_text(out, "remote", entry.remote);
    if (entry.key) out.key("key").hex(entry.key->bytes);
    if (entry.chain_id) out.key("chain").number(*entry.chain_id);
    if (entry.nonce) out.key("nonce").number(*entry.nonce);
    if (entry.to) out.key("to").hex(entry.to->bytes);
    if (entry.selector) out.key("selector").hex(entry.selector->bytes);
    if (entry.value) out.key("value").string(to_string(*entry.value));
    if (entry.hash) out.key("hash").hex(entry.hash->bytes);
    if (torn_bytes != 0) out.key("bytes").number(torn_bytes);
    out.key("previous").hex_digits(previous.bytes);
    out.close_object();
    return line;
}

std::optional<AuditLine> decode_audit_line(json::Parser& parser, std::string_view text) {
    if (text.size() > max_audit_line) return std::nullopt;
    const auto root = parser.parse(text);
    if (!root || !root->is_object()) return std::nullopt;
    const auto sequence = root->find("sequence").unsigned_integer();
    const auto time = decode_audit_time(root->find("time").string().value_or(""));
    const auto event = root->find("event").string();
    const auto allowed = root->find("allowed").boolean();
    Hash32 previous;
    const auto digits = root->find("previous").string();
    if (!sequence || !time || !event || !allowed || !digits ||
        !decode_hex_into("0x" + std::string{*digits}, previous.bytes))
        return std::nullopt;
    AuditLine line{.entry = {.event = std::string{*event}, .is_allowed = *allowed},
                   .sequence = *sequence,
                   .time = *time,
                   .previous = previous,
                   .torn_bytes = root->find("bytes").unsigned_integer().value_or(0)};
    auto& entry = line.entry;
    entry.rule = find_text(*root, "rule");
    entry.reason = find_text(*root, "reason");
    entry.client = find_text(*root, "client");
    entry.remote = find_text(*root, "remote");
    entry.key = find_fixed<Address>(*root, "key");
    entry.chain_id = root->find("chain").unsigned_integer();
    entry.nonce = root->find("nonce").unsigned_integer();
    entry.to = find_fixed<Address>(*root, "to");
    entry.selector = find_fixed<Selector>(*root, "selector");
    entry.hash = find_fixed<Hash32>(*root, "hash");
    if (const auto value = root->find("value").string()) {
        if (const auto number = parse_uint256(*value)) entry.value = *number;
    }
    return line;
}

}  // namespace meta138::signer
