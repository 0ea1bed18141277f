// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/key_store.hpp"

#include "test_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace meta138::signer {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool keeps_freed_memory = true;
#elif defined(__has_feature)
constexpr bool keeps_freed_memory = __has_feature(address_sanitizer);
#else
constexpr bool keeps_freed_memory = false;
#endif

using test::address_number;
using test::cheap_keystore;
using test::TemporaryFolder;

std::string raw_key_file(std::uint16_t number) {
    return to_hex(test::key_number(number).reveal()) + "\n";
}

std::string raw_config(std::uint16_t number) {
    return "type: file-raw\nkeyType: SECP256K1\nprivateKey: \"" +
           to_hex(test::key_number(number).reveal()) + "\"\n";
}

std::size_t resident_pages() {
    std::ifstream in{"/proc/self/statm"};
    std::size_t total = 0;
    std::size_t resident = 0;
    in >> total >> resident;
    return resident;
}

TEST(KeyStore, loads_every_kind_of_source) {
    const TemporaryFolder folder;
    folder.write("config/raw.yaml", raw_config(1));
    folder.write("config/keystore.yml",
                 "type: file-keystore\nkeyType: SECP256K1\nkeystoreFile: v3/a.json\n"
                 "keystorePasswordFile: v3/a.txt\n");
    folder.write("config/v3/a.json", cheap_keystore(2, "first line"));
    folder.write("config/v3/a.txt", "first line\nsecond\n");
    folder.write("bulk/b.json", cheap_keystore(3, "whole\nfile"));
    folder.write("passwords/b.txt", "whole\nfile\n");
    folder.write(
        "multi/x" + to_hex_digits(address_number(4).bytes) + ".toml",
        "[signing]\ntype = \"file-based-signer\"\nkey-file = \"k\"\npassword-file = \"p\"\n");
    folder.write("multi/k", cheap_keystore(4, "four"));
    folder.write("multi/p", "four");
    const auto raw = folder.write("raw.key", raw_key_file(5));
    KeyStore store{{.config_directory = folder / "config",
                    .keystore_directories = {{.directory = folder / "bulk",
                                              .passwords_directory = folder / "passwords",
                                              .password_file = {}}},
                    .multikey_directory = folder / "multi",
                    .keystores = {},
                    .raw_key_files = {raw}},
                   {}};
    const auto report = store.load();
    for (const auto& failure : report.failed) ADD_FAILURE() << failure.to_string();
    EXPECT_EQ(report.added.size(), 5U);
    EXPECT_EQ(report.decrypted, 3U);
    const auto keys = store.keys();
    for (std::uint16_t number = 1; number <= 5; ++number) {
        const auto* key = keys->find(address_number(number));
        ASSERT_NE(key, nullptr) << number;
        EXPECT_EQ(keys->find(key->signer->public_key()), key);
        const auto signature = key->signer->sign(Hash32{});
        ASSERT_TRUE(signature);
        EXPECT_EQ(crypto::recover_address(Hash32{}, *signature), key->address);
    }
    EXPECT_TRUE(std::ranges::is_sorted(keys->keys(), {}, &Key::address));
}

TEST(KeyStore, refuses_a_raw_key_that_others_may_read) {
    const TemporaryFolder folder;
    const auto file = folder.write("a.key", raw_key_file(1));
    std::filesystem::permissions(file, std::filesystem::perms::group_read,
                                 std::filesystem::perm_options::add);
    KeyStore store{{.raw_key_files = {file}}, {}};
    const auto report = store.load();
    ASSERT_EQ(report.failed.size(), 1U);
    EXPECT_NE(report.failed[0].reason.find("chmod 600"), std::string::npos);
    KeyStore tolerant{{.raw_key_files = {file}}, {.allow_readable_by_others = true}};
    EXPECT_EQ(tolerant.load().added.size(), 1U);
}

TEST(KeyStore, warns_of_passwords_that_others_may_read) {
    const TemporaryFolder folder;
    folder.write("a.json", cheap_keystore(1, "a"));
    const auto password = folder.write("a.txt", "a");
    std::filesystem::permissions(password, std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    KeyStore store{{.keystore_directories = {{.directory = folder.path(),
                                              .passwords_directory = folder.path(),
                                              .password_file = {}}}},
                   {}};
    const auto report = store.load();
    EXPECT_EQ(report.added.size(), 1U);
    ASSERT_EQ(report.warnings.size(), 1U);
    EXPECT_NE(report.warnings[0].find("chmod 600"), std::string::npos);
}

TEST(KeyStore, a_reload_reports_what_changed_and_opens_nothing_twice) {
    const TemporaryFolder folder;
    for (std::uint16_t number = 1; number <= 3; ++number)
        folder.write(std::to_string(number) + ".json", cheap_keystore(number, "a"));
    const auto password = folder.write("password", "a");
    KeyStore store{{.keystore_directories = {{.directory = folder.path(),
                                              .passwords_directory = {},
                                              .password_file = password}}},
                   {}};
    EXPECT_EQ(store.load().added.size(), 3U);
    const auto before = store.keys();

    auto report = store.load();
    EXPECT_EQ(report.unchanged, 3U);
    EXPECT_EQ(report.decrypted, 0U);
    EXPECT_TRUE(report.added.empty() && report.removed.empty());

    std::filesystem::remove(folder / "1.json");
    folder.write("4.json", cheap_keystore(4, "a"));
    folder.write("5.json", cheap_keystore(5, "another password"));
    report = store.load();
    EXPECT_EQ(report.added, std::vector{address_number(4)});
    EXPECT_EQ(report.removed, std::vector{address_number(1)});
    EXPECT_EQ(report.unchanged, 2U);
    EXPECT_EQ(report.decrypted, 2U);
    ASSERT_EQ(report.failed.size(), 1U);
    EXPECT_EQ(report.bulk_failed, 1U);
    EXPECT_EQ(report.failed[0].file, folder / "5.json");
    // Who holds the old set can still sign with it.
    EXPECT_TRUE(before->find(address_number(1))->signer->sign(Hash32{}));
    EXPECT_EQ(store.keys()->find(address_number(1)), nullptr);
}

TEST(KeyStore, a_changed_file_is_opened_again_even_with_its_old_time) {
    const TemporaryFolder folder;
    const auto file = folder.write("a.key", raw_key_file(1));
    KeyStore store{{.raw_key_files = {file}}, {}};
    (void)store.load();
    const auto time = std::filesystem::last_write_time(file);
    folder.write("a.key", raw_key_file(2));
    std::filesystem::last_write_time(file, time);
    const auto report = store.load();
    EXPECT_EQ(report.added, std::vector{address_number(2)});
    EXPECT_EQ(report.removed, std::vector{address_number(1)});
}

TEST(KeyStore, serves_keys_while_others_are_still_being_opened) {
    const TemporaryFolder folder;
    for (std::uint16_t number = 1; number <= 4; ++number)
        folder.write(std::to_string(number) + ".json", cheap_keystore(number, "a"));
    KeyStore store{{.keystore_directories = {{.directory = folder.path(),
                                              .passwords_directory = {},
                                              .password_file = folder.write("password", "a")}}},
                   {.threads = 1}};
    std::vector<std::size_t> done;
    bool had_keys_before_the_end = false;
    const auto report = store.load([&](KeyLoadProgress progress) {
        done.push_back(progress.done);
        EXPECT_EQ(progress.total, 4U);
        if (progress.done == 2) had_keys_before_the_end = !store.keys()->keys().empty();
    });
    EXPECT_EQ(done, (std::vector<std::size_t>{1, 2, 3, 4}));
    EXPECT_TRUE(had_keys_before_the_end);
    EXPECT_EQ(report.added.size(), 4U);
}

TEST(KeyStore, of_two_files_for_one_key_the_first_counts_and_both_are_named) {
    const TemporaryFolder folder;
    KeyStore store{{.raw_key_files = {folder.write("a.key", raw_key_file(1)),
                                      folder.write("b.key", raw_key_file(1))}},
                   {}};
    const auto report = store.load();
    EXPECT_EQ(report.added.size(), 1U);
    ASSERT_EQ(report.warnings.size(), 1U);
    EXPECT_NE(report.warnings[0].find("a.key and by "), std::string::npos) << report.warnings[0];
}

TEST(KeyStore, a_multikey_file_with_another_key_than_its_name_is_refused) {
    const TemporaryFolder folder;
    folder.write(
        to_hex_digits(address_number(2).bytes) + ".toml",
        "[signing]\ntype = \"file-based-signer\"\nkey-file = \"k\"\npassword-file = \"p\"\n");
    folder.write("k", cheap_keystore(1, "a"));
    folder.write("p", "a");
    KeyStore store{{.multikey_directory = folder.path()}, {}};
    const auto report = store.load();
    ASSERT_EQ(report.failed.size(), 1U);
    EXPECT_NE(report.failed[0].reason.find("the file's name says"), std::string::npos);
}

TEST(KeyStore, names_the_file_and_line_of_keys_that_live_elsewhere) {
    const TemporaryFolder folder;
    folder.write("a.yaml", "# comment\ntype: aws-kms\nkmsKeyId: x\n");
    KeyStore store{{.config_directory = folder.path()}, {}};
    const auto report = store.load();
    ASSERT_EQ(report.failed.size(), 1U);
    EXPECT_EQ(report.failed[0].to_string(), (folder / "a.yaml").string() +
                                                ":2: keys of type aws-kms are not supported by "
                                                "this version");
    EXPECT_EQ(report.bulk_failed, 0U);
}

TEST(KeyStore, a_load_that_is_stopped_changes_nothing) {
    const TemporaryFolder folder;
    const auto file = folder.write("a.key", raw_key_file(1));
    KeyStore store{{.raw_key_files = {file}}, {}};
    (void)store.load();
    std::filesystem::remove(file);
    std::stop_source stop;
    stop.request_stop();
    folder.write("a.key", raw_key_file(2));
    EXPECT_FALSE(store.load({}, stop.get_token()).is_complete);
    EXPECT_NE(store.keys()->find(address_number(1)), nullptr);
}

TEST(KeyStore, a_thousand_reloads_take_no_more_memory) {
    if (keeps_freed_memory) GTEST_SKIP() << "AddressSanitizer keeps freed memory for a while";
    const TemporaryFolder folder;
    for (std::uint16_t number = 0; number < 20; ++number)
        folder.write("config/" + std::to_string(number) + ".yaml", raw_config(number));
    KeyStore store{{.config_directory = folder / "config"}, {.threads = 1}};
    const auto reload = [&](std::uint16_t round) {
        // One key comes and one goes, each time.
        folder.write("config/x.yaml", raw_config(static_cast<std::uint16_t>(100 + round)));
        EXPECT_EQ(store.load().failed.size(), 0U);
    };
    for (std::uint16_t round = 0; round < 100; ++round) reload(round);
    const auto before = resident_pages();
    for (std::uint16_t round = 100; round < 1'100; ++round) reload(round);
    const auto grown = resident_pages() - std::min(before, resident_pages());
    EXPECT_LT(grown * static_cast<std::size_t>(::getpagesize()), std::size_t{2} << 20);
    EXPECT_EQ(store.keys()->keys().size(), 21U);
}

}  // namespace
}  // namespace meta138::signer
