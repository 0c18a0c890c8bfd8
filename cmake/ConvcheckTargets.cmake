# SPDX-License-Identifier: Apache-2.0
# The helpers that make every CMakeLists.txt a list of names.

# convcheck_add_library(NAME sources... [DEPENDS targets...] [PRIVATE_DEPENDS targets...])
#
# Makes the static library convcheck_NAME and its alias convcheck::NAME. Includes start at the
# repository root, so every #include says which room it reaches into.
function(convcheck_add_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS")
  set(target convcheck_${name})
  add_library(${target} STATIC ${arg_UNPARSED_ARGUMENTS} ${arg_SOURCES})
  add_library(convcheck::${name} ALIAS ${target})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>")
  target_link_libraries(${target} PUBLIC ${arg_DEPENDS} PRIVATE ${arg_PRIVATE_DEPENDS})
endfunction()

# convcheck_add_test(NAME [sources...] [DEPENDS targets...] [LABELS labels...] [TIMEOUT seconds]
#                    [SERIAL])
#
# Makes a GoogleTest executable (from NAME.cpp when no source is given) and registers it as one
# CTest test; target and test are both called ROOM.NAME, where ROOM is the current folder. Its label
# is `unit` unless LABELS says otherwise: unit tests are fast enough for every sanitizer. TIMEOUT is
# for an optimised build (default 300); sanitized and unoptimised builds get five times that. SERIAL
# keeps other tests from running beside it, for tests that need every core.
function(convcheck_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SERIAL" "TIMEOUT" "SOURCES;DEPENDS;LABELS")
  set(sources ${arg_UNPARSED_ARGUMENTS} ${arg_SOURCES})
  if(NOT sources)
    set(sources ${name}.cpp)
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  if(CONVCHECK_SANITIZE OR CMAKE_BUILD_TYPE STREQUAL "Debug")
    math(EXPR arg_TIMEOUT "5 * ${arg_TIMEOUT}")
  endif()
  get_filename_component(room "${CMAKE_CURRENT_SOURCE_DIR}" NAME)
  set(target ${room}.${name})
  add_executable(${target} ${sources})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name})
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE ${arg_DEPENDS} GTest::gtest_main)
  add_test(NAME ${target} COMMAND ${target})
  # GoogleTest exits 0 when no test ran: an empty executable must not count as passed.
  set_tests_properties(${target} PROPERTIES
    LABELS "${arg_LABELS}"
    TIMEOUT ${arg_TIMEOUT}
    RUN_SERIAL ${arg_SERIAL}
    FAIL_REGULAR_EXPRESSION "0 tests from 0 test suites ran")
endfunction()

# convcheck_add_peer(NAME [sources...] [DEPENDS targets...])
#
# Makes the module build/PRESET/peers/convcheck_peer_NAME.so (from adapters/NAME.cpp when no
# source is given) that exports convcheck_peer_v1 and nothing else. The target is called
# convcheck_peer_NAME; convcheck_peer_modules builds all of them.
function(convcheck_add_peer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
  set(sources ${arg_UNPARSED_ARGUMENTS} ${arg_SOURCES})
  if(NOT sources)
    set(sources adapters/${name}.cpp)
  endif()
  set(target convcheck_peer_${name})
  set(exports "${PROJECT_SOURCE_DIR}/cmake/peer_exports.map")
  add_library(${target} MODULE ${sources})
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE ${arg_DEPENDS})
  # Hidden visibility alone still exports the inline functions of the standard library.
  target_link_options(${target} PRIVATE "LINKER:--version-script=${exports}")
  set_target_properties(${target} PROPERTIES
    PREFIX ""
    SUFFIX ".so"
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/peers"
    C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS "${exports}")
  if(NOT TARGET convcheck_peer_modules)
    add_custom_target(convcheck_peer_modules)
  endif()
  add_dependencies(convcheck_peer_modules ${target})
endfunction()
