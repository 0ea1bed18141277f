// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/signer/key_files.hpp"

#include <string_view>

using namespace meta138;

// The first byte chooses the kind of file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    if (data[0] % 2 == 0) {
        const auto content = signer::decode_key_config(text, "keys/a.yaml", "keys");
        for (const auto& error : content.errors) META138_ASSERT(!error.reason.empty());
        return 0;
    }
    const std::filesystem::path file = "/k/78e6e236592597c09d5c137c2af40aecd42d12a2.toml";
    const auto key = signer::decode_multikey_file(text, file);
    const auto yaml = signer::convert_multikey_file(text, file);
    if (!key) return 0;
    META138_ASSERT(yaml.has_value());
    // What was converted says the same.
    if (const auto* keystore = std::get_if<signer::KeystoreReference>(&key->what)) {
        const auto content = signer::decode_key_config(*yaml, "a.yaml", "/elsewhere");
        // A path with bytes that are no text cannot be said in YAML.
        if (content.keys.empty()) return 0;
        const auto& converted = std::get<signer::KeystoreReference>(content.keys[0].what);
        META138_ASSERT(converted.password_form == keystore->password_form);
    }
    return 0;
}
