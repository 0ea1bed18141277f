// SPDX-License-Identifier: Apache-2.0
#include "blocks_ahead.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/decode_error.hpp"

#include <fmt/format.h>

namespace meta138::blockchain {

BlocksAhead::BlocksAhead(ChainFileReader& reader, std::shared_ptr<const ChainView> view,
                         const Consensus& consensus, const ImportOptions& options)
    : reader_{reader}, consensus_{consensus}, options_{options}, view_{std::move(view)} {
    for (unsigned i = 0; i < options.workers; ++i) workers_.emplace_back([this] { work(); });
}

BlocksAhead::~BlocksAhead() {
    {
        const MutexLock lock{waiting_};
        stopping_ = true;
    }
    changed_.notify_all();
}

void BlocksAhead::work() {
    while (advance()) {
    }
}

bool BlocksAhead::advance() {
    std::expected<std::optional<ChainFileReader::Encoded>, ChainFileError> encoded;
    std::uint64_t place = 0;
    {
        const MutexLock reading{reading_};
        if (finished_) return false;
        {
            const MutexLock lock{waiting_};
            while (bytes_ahead_ > options_.max_bytes_ahead && !stopping_) changed_.wait(waiting_);
            if (stopping_) return false;
        }
        encoded = reader_.next();
        place = next_read_++;
        finished_ = !encoded || !*encoded;
        if (encoded && *encoded) {
            const MutexLock lock{waiting_};
            bytes_ahead_ += (*encoded)->block.size();
        }
    }
    Slot slot;
    const bool has_block = encoded && *encoded;
    try {
        if (!encoded)
            slot.outcome = std::unexpected{encoded.error()};
        else if (*encoded)
            slot.outcome = prepare(**std::move(encoded));
    } catch (...) {
        slot.exception = std::current_exception();
    }
    {
        const MutexLock lock{waiting_};
        ready_.emplace(place, std::move(slot));
    }
    changed_.notify_all();
    return has_block;
}

bool BlocksAhead::is_known(std::uint64_t number, const Hash32& hash) {
    std::shared_ptr<const ChainView> view;
    {
        const MutexLock lock{waiting_};
        // Past the chain's old head the view only keeps the database from tidying up.
        if (view_ && number > view_->head().header.number) view_.reset();
        view = view_;
    }
    return view && view->block_hash(number) == hash;
}

BlocksAhead::Outcome BlocksAhead::prepare(ChainFileReader::Encoded encoded) {
    const auto refuse = [&](const rlp::DecodeError& error) {
        return std::unexpected{ChainFileError{
            .reason = fmt::format("byte {}: not a block: {}", encoded.offset, to_string(error)),
            .offset = encoded.offset}};
    };
    auto in = rlp::Reader::list(encoded.block);
    const auto header =
        in.failed() ? std::unexpected{in.finish().error()} : decode_header(in.raw_item());
    if (!header) return refuse(header.error());

    FileBlock block{.offset = encoded.offset,
                    .size = encoded.block.size(),
                    .number = header->number,
                    .hash = consensus_.block_hash(*header),
                    .prepared = {}};
    if (is_known(block.number, block.hash)) return block;
    auto decoded = decode_block(encoded.block);
    if (!decoded) return refuse(decoded.error());
    block.prepared.emplace(*std::move(decoded), consensus_);
    return block;
}

std::expected<std::optional<FileBlock>, ChainFileError> BlocksAhead::next() {
    if (options_.workers == 0) advance();
    Slot slot;
    {
        const MutexLock lock{waiting_};
        auto found = ready_.find(next_given_);
        while (found == ready_.end()) {
            changed_.wait(waiting_);
            found = ready_.find(next_given_);
        }
        slot = std::move(found->second);
        ready_.erase(found);
        if (slot.outcome && *slot.outcome) bytes_ahead_ -= (*slot.outcome)->size;
    }
    ++next_given_;
    changed_.notify_all();
    if (slot.exception) std::rethrow_exception(slot.exception);
    return std::move(slot.outcome);
}

}  // namespace meta138::blockchain
