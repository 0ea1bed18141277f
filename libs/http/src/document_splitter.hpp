// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace meta138::http {

/// Finds where one JSON document ends and the next begins in a stream without frames (IPC). Looks
/// at brackets and strings alone; whether a document is valid JSON is for its reader to say.
class DocumentSplitter {
public:
    struct Document {
        std::size_t begin;
        std::size_t end;
    };

    enum class Progress : std::uint8_t {
        incomplete,  ///< more bytes are needed
        document,    ///< document() is whole
        garbage,  ///< what arrived begins with no document: `document()` spans it to the line's end
    };

    /// Looks at `bytes`, which begin where the last document ended and grow from call to call.
    [[nodiscard]] Progress advance(std::string_view bytes) noexcept;

    [[nodiscard]] Document document() const noexcept { return document_; }

    /// Forgets the document: the next bytes begin behind it.
    void next() noexcept { *this = {}; }

private:
    Progress end_at(std::size_t end, Progress progress) noexcept;

    std::size_t position_ = 0;
    std::size_t depth_ = 0;
    bool begun_ = false;
    bool garbage_ = false;
    bool in_string_ = false;
    bool escaped_ = false;
    Document document_{};
};

}  // namespace meta138::http
