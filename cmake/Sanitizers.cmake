# META138_SANITIZE: a comma-separated list for -fsanitize, applied to the whole build.
set(META138_SANITIZE "" CACHE STRING "Sanitizers, as clang's -fsanitize spells them")
if(META138_SANITIZE)
    add_compile_options(-fsanitize=${META138_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${META138_SANITIZE})
endif()
