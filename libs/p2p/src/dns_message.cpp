// SPDX-License-Identifier: Apache-2.0
#include "dns_message.hpp"

#include "meta138/base/try.hpp"

#include <algorithm>

namespace meta138::p2p {
namespace {

constexpr std::uint16_t type_txt = 16;
constexpr std::uint16_t type_opt = 41;
constexpr std::uint16_t class_in = 1;
constexpr std::uint16_t flag_response = 0x8000;
constexpr std::uint16_t flag_truncated = 0x0200;
constexpr std::uint16_t flag_recursion_desired = 0x0100;
constexpr std::uint16_t mask_code = 0x000f;
constexpr std::uint16_t code_no_such_name = 3;
constexpr std::size_t max_label = 63;
constexpr std::size_t max_name = 253;
constexpr std::size_t max_answers = 64;
constexpr int max_pointers = 16;

void put(Bytes& out, std::uint16_t number) {
    out.push_back(static_cast<std::uint8_t>(number >> 8));
    out.push_back(static_cast<std::uint8_t>(number));
}

std::string lower_case(std::string_view text) {
    std::string result{text};
    for (auto& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (result.ends_with('.')) result.pop_back();
    return result;
}

/// Reads front to back; the first read beyond the end makes it failed, and what follows zero.
class Reader {
public:
    explicit Reader(ByteView message) : message_{message} {}

    [[nodiscard]] bool failed() const noexcept { return failed_; }
    std::uint8_t byte() {
        if (place_ >= message_.size()) {
            failed_ = true;
            return 0;
        }
        return message_[place_++];
    }
    std::uint16_t number() {
        const auto high = byte();
        return static_cast<std::uint16_t>(high << 8 | byte());
    }
    ByteView bytes(std::size_t count) {
        if (failed_ || count > message_.size() - place_) {
            failed_ = true;
            return {};
        }
        const auto result = message_.subspan(place_, count);
        place_ += count;
        return result;
    }

    /// Follows pointers (RFC 1035 section 4.1.4), a few at most.
    std::string name() {
        std::string result;
        auto place = place_;
        bool jumped = false;
        for (int pointers = 0; pointers <= max_pointers;) {
            if (place >= message_.size()) break;
            const std::size_t length = message_[place++];
            if (length == 0) {
                if (!jumped) place_ = place;
                return result;
            }
            if ((length & 0xc0) == 0xc0) {
                if (place >= message_.size()) break;
                const std::size_t target = (length & 0x3f) << 8 | message_[place++];
                if (!jumped) place_ = place;
                jumped = true;
                place = target;
                ++pointers;
                continue;
            }
            if (length > max_label || length > message_.size() - place) break;
            if (result.size() + length + 1 > max_name + 1) break;
            if (!result.empty()) result += '.';
            result.append(message_.begin() + static_cast<std::ptrdiff_t>(place),
                          message_.begin() + static_cast<std::ptrdiff_t>(place + length));
            place += length;
        }
        failed_ = true;
        return {};
    }

private:
    ByteView message_;
    std::size_t place_ = 0;
    bool failed_ = false;
};

std::string join(ByteView data) {
    std::string result;
    while (!data.empty()) {
        const auto length = std::min<std::size_t>(data[0], data.size() - 1);
        result.append(data.begin() + 1, data.begin() + 1 + static_cast<std::ptrdiff_t>(length));
        data = data.subspan(length + 1);
    }
    return result;
}

}  // namespace

std::string_view to_string(DnsError error) noexcept {
    switch (error) {
        case DnsError::not_ours: return "not the answer to the question";
        case DnsError::malformed: return "not a DNS message";
        case DnsError::truncated: return "the answer does not fit into a datagram";
        case DnsError::no_such_name: return "there is no such name";
        case DnsError::failed: return "the name server failed";
    }
    return "unknown";
}

std::optional<Bytes> encode_txt_question(std::uint16_t id, std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.empty() || name.size() > max_name) return std::nullopt;
    Bytes out;
    put(out, id);
    put(out, flag_recursion_desired);
    for (const auto count : {1, 0, 0, 1}) put(out, static_cast<std::uint16_t>(count));
    while (true) {
        const auto label = name.substr(0, name.find('.'));
        if (label.empty() || label.size() > max_label) return std::nullopt;
        out.push_back(static_cast<std::uint8_t>(label.size()));
        out.insert(out.end(), label.begin(), label.end());
        if (label.size() == name.size()) break;
        name.remove_prefix(label.size() + 1);
    }
    out.push_back(0);
    put(out, type_txt);
    put(out, class_in);
    // EDNS: how large a datagram may be.
    out.push_back(0);
    put(out, type_opt);
    put(out, max_dns_message_bytes);
    for (int i = 0; i < 3; ++i) put(out, 0);
    return out;
}

std::expected<std::vector<std::string>, DnsError> decode_txt_answer(ByteView message,
                                                                    std::uint16_t id,
                                                                    std::string_view name) {
    if (message.size() > max_dns_message_bytes) return std::unexpected{DnsError::malformed};
    Reader in{message};
    const auto answered_id = in.number();
    const auto flags = in.number();
    const auto questions = in.number();
    const auto answers = in.number();
    static_cast<void>(in.bytes(4));
    if (in.failed() || (flags & flag_response) == 0) return std::unexpected{DnsError::malformed};
    if (answered_id != id || questions != 1) return std::unexpected{DnsError::not_ours};
    const auto asked = lower_case(in.name());
    const auto type = in.number();
    const auto of_class = in.number();
    if (in.failed()) return std::unexpected{DnsError::malformed};
    if (asked != lower_case(name) || type != type_txt || of_class != class_in)
        return std::unexpected{DnsError::not_ours};
    if ((flags & mask_code) == code_no_such_name) return std::unexpected{DnsError::no_such_name};
    if ((flags & mask_code) != 0) return std::unexpected{DnsError::failed};
    if ((flags & flag_truncated) != 0) return std::unexpected{DnsError::truncated};
    std::vector<std::string> result;
    for (std::size_t i = 0; i < std::min<std::size_t>(answers, max_answers); ++i) {
        static_cast<void>(in.name());  // perhaps what a CNAME led to
        const auto record_type = in.number();
        const auto record_class = in.number();
        static_cast<void>(in.bytes(4));
        const auto data = in.bytes(in.number());
        if (in.failed()) return std::unexpected{DnsError::malformed};
        if (record_type == type_txt && record_class == class_in) result.push_back(join(data));
    }
    return result;
}

}  // namespace meta138::p2p
