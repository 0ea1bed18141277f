// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace meta138::test {

/// The unpacked conformance fixtures: $META138_FIXTURES, or .cache/fixtures in the source folder
/// (scripts/fixtures unpacks them there).
inline std::filesystem::path fixtures_dir() {
    if (const char* dir = std::getenv("META138_FIXTURES")) return dir;
    return std::filesystem::path{META138_SOURCE_DIR} / ".cache" / "fixtures";
}

}  // namespace meta138::test

/// Declares `variable` as the path of a fixture file or folder, or skips the test and says what is
/// missing.
#define META138_FIXTURE_OR_SKIP(variable, name)                     \
    const auto variable = ::meta138::test::fixtures_dir() / (name); \
    if (!std::filesystem::exists(variable))                         \
    GTEST_SKIP() << "no conformance fixtures at " << variable.string()
