// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"
#include "meta138/signer/key_files.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <optional>
#include <sstream>
#include <utility>

namespace meta138::signer {
namespace {

// Keys never enter the YAML library, whose memory nobody wipes: a run of digits as long as a key is
// replaced with its number before, and looked up after.
struct HiddenKeys {
    static constexpr std::string_view mark = "hidden-key-";
    std::string text;
    std::vector<std::string_view> keys;

    explicit HiddenKeys(std::string_view source) {
        constexpr std::size_t key_digits = 64;
        while (!source.empty()) {
            const auto is_digit = [](char c) { return hex_digit_value(c) < 16; };
            const auto* run = std::ranges::find_if(source, is_digit);
            const auto* end = std::ranges::find_if_not(run, source.end(), is_digit);
            text.append(source.begin(), run);
            if (static_cast<std::size_t>(end - run) >= key_digits) {
                text += fmt::format("{}{}", mark, keys.size());
                keys.emplace_back(run, end);
            } else {
                text.append(run, end);
            }
            source.remove_prefix(static_cast<std::size_t>(end - source.begin()));
        }
    }

    [[nodiscard]] SecretText reveal(std::string_view scalar) const {
        const auto at = scalar.find(mark);
        if (at == std::string_view::npos) return SecretText{std::string{scalar}};
        const auto number = scalar.substr(at + mark.size());
        std::size_t index = keys.size();
        std::from_chars(number.data(), number.data() + number.size(), index);
        if (index >= keys.size()) return SecretText{std::string{scalar}};
        std::string digits;
        digits.reserve(at + keys[index].size());
        digits.append(scalar.substr(0, at)).append(keys[index]);
        return SecretText{std::move(digits)};
    }
};

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

// YAML 1.2 section 5.1.
bool is_forbidden(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

std::size_t line_of(const YAML::Mark& mark) {
    return mark.line < 0 ? 0 : static_cast<std::size_t>(mark.line) + 1;
}

/// The text of one document, with the line that begins it.
struct Document {
    std::string_view text;
    std::size_t lines_before = 0;
};

bool is_marker(std::string_view line, std::string_view marker) {
    return line.starts_with(marker) &&
           (line.size() == marker.size() || line[3] == ' ' || line[3] == '\t' || line[3] == '\r');
}

// At the markers `---` and `...`, which stand at the beginning of a line and nowhere else (YAML 1.2
// section 9.1). The library's own loop over documents does not end on some that are wrong.
std::vector<Document> split_documents(std::string_view text) {
    std::vector<Document> documents;
    std::size_t begin = 0;
    std::size_t lines = 0;
    std::size_t lines_before = 0;
    for (std::size_t at = 0; at < text.size(); ++lines) {
        const auto end = std::min(text.find('\n', at), text.size());
        const auto line = text.substr(at, end - at);
        const bool is_end = is_marker(line, "...");
        if (is_end || is_marker(line, "---")) {
            documents.push_back({text.substr(begin, at - begin), lines_before});
            begin = is_end ? std::min(end + 1, text.size()) : at;
            lines_before = is_end ? lines + 1 : lines;
        }
        at = end + 1;
    }
    documents.push_back({text.substr(begin), lines_before});
    return documents;
}

// Nothing but comments, white space, directives and a marker.
bool is_blank(std::string_view document) {
    while (!document.empty()) {
        const auto end = std::min(document.find('\n'), document.size());
        auto line = document.substr(0, end);
        if (is_marker(line, "---")) line.remove_prefix(3);
        const auto first = line.find_first_not_of(" \t\r");
        if (first != std::string_view::npos && line[first] != '#' && !line.starts_with('%'))
            return false;
        document.remove_prefix(std::min(end + 1, document.size()));
    }
    return true;
}

// Absent unless it is a scalar.
std::optional<std::string> find_scalar(const YAML::Node& document, const char* name) {
    const auto node = document[name];
    if (!node || !node.IsScalar()) return std::nullopt;
    return node.Scalar();
}

constexpr std::array known_elsewhere{"hashicorp",  "azure-secret", "azure-key", "aws-kms",
                                     "aws-secret", "yubihsm",      "usb-armory"};
// Types whose keys are secp256k1 whatever keyType says, or says not.
constexpr std::array always_secp256k1{"azure-key", "aws-kms"};

class Decoder {
public:
    Decoder(const HiddenKeys& hidden, const std::filesystem::path& file,
            const std::filesystem::path& directory)
        : hidden_{hidden}, file_{file}, directory_{directory} {}

    void decode(const Document& document) {
        lines_before_ = document.lines_before;
        line_ = lines_before_ + 1;
        try {
            decode(YAML::Load(std::string{document.text}));
        } catch (const YAML::Exception& error) {
            line_ = lines_before_ + std::max<std::size_t>(line_of(error.mark), 1);
            fault(fmt::format("not YAML: {}", error.msg));
        } catch (const std::exception&) {
            fault("not YAML");
        }
    }

    KeyFileContent content;

private:
    void decode(const YAML::Node& document) {
        line_ = lines_before_ + std::max<std::size_t>(line_of(document.Mark()), 1);
        if (!document.IsMap()) return fault("is not a list of fields and values");
        const auto written_type = find_scalar(document, "type");
        if (!written_type) return fault("type is missing");
        const auto type = lower(*written_type);
        if (!is_secp256k1(document, type)) return;
        if (type == "file-raw") return decode_raw(document);
        if (type == "file-keystore") return decode_keystore(document);
        if (std::ranges::find(known_elsewhere, type) != known_elsewhere.end())
            return add(UnsupportedKey{type});
        fault(fmt::format("no such type: {}", *written_type));
    }

    void fault(std::string reason) {
        content.errors.push_back({.file = file_, .line = line_, .reason = std::move(reason)});
    }

    void add(std::variant<KeystoreReference, RawKey, UnsupportedKey> what) {
        content.keys.push_back({.what = std::move(what), .file = file_, .line = line_});
    }

    // False also for what is not right, which has been noted then.
    bool is_secp256k1(const YAML::Node& document, std::string_view type) {
        if (std::ranges::find(always_secp256k1, type) != always_secp256k1.end()) return true;
        const auto key_type = find_scalar(document, "keyType");
        if (!key_type) return false;
        const auto name = lower(*key_type);
        if (name == "secp256k1") return true;
        if (name != "bls") fault(fmt::format("no such keyType: {}", *key_type));
        return false;
    }

    void decode_raw(const YAML::Node& document) {
        const auto key = find_scalar(document, "privateKey");
        if (!key) return fault("privateKey is missing");
        add(RawKey{hidden_.reveal(*key)});
    }

    void decode_keystore(const YAML::Node& document) {
        const auto keystore = find_scalar(document, "keystoreFile");
        const auto password = find_scalar(document, "keystorePasswordFile");
        if (!keystore) return fault("keystoreFile is missing");
        if (!password) return fault("keystorePasswordFile is missing");
        add(KeystoreReference{.keystore_file = directory_ / *keystore,
                              .password_file = directory_ / *password,
                              .password_form = PasswordForm::first_line});
    }

    const HiddenKeys& hidden_;
    const std::filesystem::path& file_;
    const std::filesystem::path& directory_;
    std::size_t lines_before_ = 0;
    std::size_t line_ = 0;
};

}  // namespace

std::string KeyFileError::to_string() const {
    return line == 0 ? fmt::format("{}: {}", file.string(), reason)
                     : fmt::format("{}:{}: {}", file.string(), line, reason);
}

KeyFileContent decode_key_config(std::string_view text, const std::filesystem::path& file,
                                 const std::filesystem::path& directory) {
    const auto* control = std::ranges::find_if(text, is_forbidden);
    if (control != text.end()) {
        const auto line = 1 + static_cast<std::size_t>(std::count(text.begin(), control, '\n'));
        return {
            .keys = {},
            .errors = {{.file = file, .line = line, .reason = "not YAML: a byte that is no text"}}};
    }
    const HiddenKeys hidden{text};
    Decoder decoder{hidden, file, directory};
    const auto fault = [&](std::size_t line, std::string reason) {
        decoder.content.errors.push_back({.file = file, .line = line, .reason = std::move(reason)});
    };
    std::size_t count = 0;
    for (const auto& document : split_documents(hidden.text)) {
        if (is_blank(document.text)) continue;
        if (++count > max_documents_per_file) {
            fault(document.lines_before + 1,
                  fmt::format("more than {} documents", max_documents_per_file));
            break;
        }
        decoder.decode(document);
    }
    if (count == 0) fault(0, "is empty");
    return std::move(decoder.content);
}

}  // namespace meta138::signer
