# add_layer(<name> [PUBLIC <targets>] [PRIVATE <targets>])
#
# The library meta138::<name> from the folder it is called in: include/ is what other libraries see,
# src/ is what they do not, test/ becomes one GoogleTest binary, bench/ one Google Benchmark binary,
# each fuzz/<target>.cpp one libFuzzer binary (see Fuzzing.cmake).
# A target of ours that is not above this one in libs/CMakeLists.txt does not exist yet, and is refused.
function(add_layer name)
    cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "PUBLIC;PRIVATE")
    foreach(dep IN LISTS ARG_PUBLIC ARG_PRIVATE)
        if(NOT TARGET ${dep})
            message(FATAL_ERROR "${name} may not link ${dep}: it is not below it in libs/CMakeLists.txt")
        endif()
    endforeach()

    file(GLOB_RECURSE headers CONFIGURE_DEPENDS include/*.hpp)
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS src/*.cpp src/*.hpp src/*.S)
    add_library(meta138_${name} STATIC ${sources})
    add_library(meta138::${name} ALIAS meta138_${name})
    target_sources(meta138_${name} PUBLIC FILE_SET HEADERS BASE_DIRS include FILES ${headers})
    target_include_directories(meta138_${name} PRIVATE src)
    target_link_libraries(meta138_${name}
        PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE} meta138_warnings)
    set_target_properties(meta138_${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)

    file(GLOB_RECURSE tests CONFIGURE_DEPENDS test/*.cpp test/*.hpp)
    if(tests AND BUILD_TESTING)
        add_executable(meta138_${name}_test ${tests})
        target_include_directories(meta138_${name}_test PRIVATE src)
        target_link_libraries(meta138_${name}_test
            PRIVATE meta138_${name} ${ARG_PRIVATE} meta138_test_support GTest::gmock_main meta138_warnings)
        gtest_discover_tests(meta138_${name}_test DISCOVERY_MODE PRE_TEST NO_PRETTY_VALUES)
    endif()

    file(GLOB_RECURSE benches CONFIGURE_DEPENDS bench/*.cpp)
    if(benches AND META138_BENCHMARKS)
        add_executable(meta138_${name}_bench ${benches})
        target_include_directories(meta138_${name}_bench PRIVATE src)
        target_link_libraries(meta138_${name}_bench
            PRIVATE meta138_${name} ${ARG_PRIVATE} benchmark::benchmark_main meta138_warnings)
    endif()

    add_fuzz_targets(meta138_${name} ${ARG_PRIVATE})
endfunction()
