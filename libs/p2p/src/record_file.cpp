// SPDX-License-Identifier: Apache-2.0
#include "record_file.hpp"

#include <fstream>
#include <string>

namespace meta138::p2p {

std::optional<NodeRecord> read_record(const std::filesystem::path& file) {
    std::ifstream in{file};
    std::string text;
    if (!(in >> text)) return std::nullopt;
    auto record = NodeRecord::parse(text);
    return record ? std::optional{*std::move(record)} : std::nullopt;
}

std::error_code write_record(const std::filesystem::path& file, const NodeRecord& record) {
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    const std::filesystem::path temporary{file.string() + ".new"};
    {
        std::ofstream out{temporary, std::ios::trunc};
        out << record.text() << '\n';
        if (!out.flush()) return std::make_error_code(std::errc::io_error);
    }
    std::filesystem::rename(temporary, file, error);
    return error;
}

}  // namespace meta138::p2p
