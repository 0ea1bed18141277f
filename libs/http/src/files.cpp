// SPDX-License-Identifier: Apache-2.0
#include "files.hpp"

#include "meta138/http/server.hpp"

#include <fstream>

namespace meta138::http {

std::string read_file(const std::string& path) {
    constexpr std::size_t max_size = 4 * 1024 * 1024;
    std::ifstream file{path, std::ios::binary};
    if (!file) throw ConfigurationError{"Cannot read the file '" + path + "'"};
    std::string result(max_size + 1, '\0');
    file.read(result.data(), static_cast<std::streamsize>(result.size()));
    result.resize(static_cast<std::size_t>(file.gcount()));
    if (file.bad() || result.size() > max_size)
        throw ConfigurationError{"The file '" + path + "' is no file, or larger than 4 MiB"};
    return result;
}

std::string read_first_line(const std::string& path) {
    auto text = read_file(path);
    text.resize(std::min(text.size(), text.find_first_of("\r\n")));
    if (text.empty()) throw ConfigurationError{"The file '" + path + "' has no first line"};
    return text;
}

}  // namespace meta138::http
