// SPDX-License-Identifier: Apache-2.0
#pragma once

/// For arithmetic of a few instructions, whose values should stay in its caller's registers. Left
/// to the compiler under sanitizers, which make each such function large: inlined everywhere they
/// would take minutes to compile.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer) || \
    __has_feature(thread_sanitizer)
#define META138_ALWAYS_INLINE inline
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define META138_ALWAYS_INLINE inline
#endif
#ifndef META138_ALWAYS_INLINE
#define META138_ALWAYS_INLINE [[gnu::always_inline]] inline
#endif
