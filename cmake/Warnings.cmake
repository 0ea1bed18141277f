# meta138_warnings: linked privately by everything of ours, so that no warning leaks into a user's build.
add_library(meta138_warnings INTERFACE)
target_compile_options(meta138_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
    $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety -Wno-gnu-statement-expression-from-macro-expansion>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-sign-conversion>)
