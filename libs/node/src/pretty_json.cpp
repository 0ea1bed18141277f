// SPDX-License-Identifier: Apache-2.0
#include "pretty_json.hpp"

#include <algorithm>
#include <cstddef>

namespace meta138::node {
namespace {

/// The end of the string literal that begins at `from`.
std::size_t end_of_string(std::string_view json, std::size_t from) {
    for (auto at = from + 1; at < json.size(); ++at) {
        if (json[at] == '\\')
            ++at;
        else if (json[at] == '"')
            return at + 1;
    }
    return json.size();
}

class Layout {
public:
    explicit Layout(std::string_view json) : json_{json} { out_.reserve(2 * json.size()); }

    std::string run() {
        while (at_ < json_.size()) step();
        return std::move(out_);
    }

private:
    void step() {
        const char c = json_[at_++];
        switch (c) {
            case '"': {
                const auto end = end_of_string(json_, at_ - 1);
                out_.append(json_.substr(at_ - 1, end - at_ + 1));
                at_ = end;
                return;
            }
            case '{':
            case '[': open(c); return;
            case '}':
                --depth_;
                new_line();
                out_ += c;
                in_object_.pop_back();
                return;
            case ']':
                out_ += " ]";
                in_object_.pop_back();
                return;
            case ',':
                if (is_in_object()) {
                    out_ += c;
                    new_line();
                } else {
                    out_ += ", ";
                }
                return;
            case ':': out_ += " : "; return;
            case ' ':
            case '\t':
            case '\r':
            case '\n': return;
            default: out_ += c; return;
        }
    }

    void open(char c) {
        const auto next = json_.find_first_not_of(" \t\r\n", at_);
        const char close = c == '{' ? '}' : ']';
        out_ += c;
        if (next != json_.npos && json_[next] == close) {
            out_ += ' ';
            out_ += close;
            at_ = next + 1;
            return;
        }
        in_object_ += c;
        if (c == '{') {
            ++depth_;
            new_line();
        } else {
            out_ += ' ';
        }
    }

    [[nodiscard]] bool is_in_object() const { return in_object_.ends_with('{'); }

    void new_line() {
        out_ += '\n';
        out_.append(2 * depth_, ' ');
    }

    std::string_view json_;
    std::string out_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;  // of objects: arrays do not indent
    std::string in_object_;  // a bracket for each level
};

}  // namespace

std::string pretty_json(std::string_view compact) {
    return Layout{compact}.run();
}

}  // namespace meta138::node
