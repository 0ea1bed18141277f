# add_fuzz_targets(<library> <private targets...>)
#
# Every fuzz/<target>.cpp of the calling folder becomes the program fuzz_<target>, with its seed corpus
# in fuzz/corpus/<target>/. In the fuzz preset it is linked with libFuzzer; in every other build a small
# main replays the corpus as a CTest test, so that what a fuzzer found once stays found.
function(add_fuzz_targets library)
    file(GLOB targets CONFIGURE_DEPENDS fuzz/*.cpp)
    foreach(source IN LISTS targets)
        get_filename_component(target ${source} NAME_WE)
        set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${target})
        add_executable(fuzz_${target} ${source})
        target_include_directories(fuzz_${target} PRIVATE src)
        target_link_libraries(fuzz_${target} PRIVATE ${library} ${ARGN} meta138_warnings)
        if(META138_FUZZ)
            target_link_options(fuzz_${target} PRIVATE -fsanitize=fuzzer)
            set_property(GLOBAL APPEND PROPERTY META138_FUZZ_TARGETS "${target}=${corpus}")
        else()
            target_sources(fuzz_${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cpp)
            if(BUILD_TESTING)
                add_test(NAME fuzz_corpus.${target} COMMAND fuzz_${target} ${corpus})
            endif()
        endif()
    endforeach()
endfunction()
