// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/network/operate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>

namespace meta138::op {
namespace {

namespace fs = std::filesystem;

/// Where the last `lines` of the file begin.
std::streamoff start_of_last(std::ifstream& in, std::streamoff size, std::size_t lines) {
    constexpr std::streamoff block = 65'536;
    std::size_t found = 0;
    for (auto end = size; end > 0;) {
        const auto begin = std::max<std::streamoff>(0, end - block);
        std::string text(static_cast<std::size_t>(end - begin), '\0');
        in.seekg(begin);
        in.read(text.data(), end - begin);
        for (auto at = text.size(); at-- > 0;) {
            const bool is_last_of_file = begin + static_cast<std::streamoff>(at) == size - 1;
            if (text[at] == '\n' && !is_last_of_file && ++found == lines)
                return begin + static_cast<std::streamoff>(at) + 1;
        }
        end = begin;
    }
    return 0;
}

/// Prints the file from there on; returns where it ended.
std::streamoff print_from(const fs::path& file, std::streamoff at) {
    std::ifstream in{file, std::ios::binary};
    in.seekg(at);
    std::array<char, 65'536> buffer{};
    while (in.read(buffer.data(), buffer.size()) || in.gcount() > 0) {
        std::fwrite(buffer.data(), 1, static_cast<std::size_t>(in.gcount()), stdout);
        at += in.gcount();
    }
    std::fflush(stdout);
    return at;
}

}  // namespace

void show_log(const fs::path& folder, const std::string& name, std::size_t lines, bool follow) {
    const auto network = read_network_file(folder);
    const auto* const process = network.find(name);
    if (process == nullptr && name != "supervisor")
        throw NetworkError{fmt::format("there is no {} in this network", name)};
    const auto file =
        process == nullptr ? folder / "run" / "supervisor.log" : folder / process->log;
    std::ifstream in{file, std::ios::binary | std::ios::ate};
    if (!in) throw NetworkError{fmt::format("{} has written no log yet", name)};
    auto at = print_from(file, lines == 0 ? static_cast<std::streamoff>(in.tellg())
                                          : start_of_last(in, in.tellg(), lines));
    constexpr std::chrono::milliseconds between_looks{200};
    while (follow && !std::ferror(stdout)) {
        std::this_thread::sleep_for(between_looks);
        std::error_code error;
        const auto size = static_cast<std::streamoff>(fs::file_size(file, error));
        if (!error && size < at) at = 0;  // rotated
        at = print_from(file, at);
    }
}

}  // namespace meta138::op
