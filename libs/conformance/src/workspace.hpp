// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json.hpp"

#include "meta138/evm/code_cache.hpp"
#include "meta138/state/map_state.hpp"
#include "meta138/state/state.hpp"

namespace meta138::conformance {

/// What a worker thread keeps from file to file: buffers and caches that would else be made anew.
struct Workspace {
    JsonDocument document;
    evm::CodeCache code_cache;
    state::MapState empty_state;
    state::State state{empty_state};  ///< To be reset before use.
};

}  // namespace meta138::conformance
