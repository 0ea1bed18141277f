// SPDX-License-Identifier: Apache-2.0
#include "document_splitter.hpp"

namespace meta138::http {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

}  // namespace

DocumentSplitter::Progress DocumentSplitter::end_at(std::size_t end, Progress progress) noexcept {
    document_.end = end;
    return progress;
}

DocumentSplitter::Progress DocumentSplitter::advance(std::string_view bytes) noexcept {
    for (; position_ < bytes.size(); ++position_) {
        const auto c = bytes[position_];
        if (!begun_) {
            if (is_space(c)) continue;
            begun_ = true;
            document_.begin = position_;
            // A document of ours is an object or a batch. Anything else is read to the end of its
            // line, so that it can be answered with an error.
            garbage_ = c != '{' && c != '[';
        }
        if (garbage_) {
            if (c == '\n') return end_at(position_ + 1, Progress::garbage);
        } else if (in_string_) {
            if (escaped_)
                escaped_ = false;
            else if (c == '\\')
                escaped_ = true;
            else if (c == '"')
                in_string_ = false;
        } else if (c == '"') {
            in_string_ = true;
        } else if (c == '{' || c == '[') {
            ++depth_;
        } else if (c == '}' || c == ']') {
            if (--depth_ == 0) return end_at(position_ + 1, Progress::document);
        }
    }
    return Progress::incomplete;
}

}  // namespace meta138::http
