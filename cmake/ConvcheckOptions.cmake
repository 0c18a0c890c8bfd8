# SPDX-License-Identifier: Apache-2.0
# How everything in the tree is compiled. Included once, by the root CMakeLists.txt, before any
# target exists: what it sets holds for the including directory and all below it.

option(CONVCHECK_WARNINGS_AS_ERRORS "Treat compiler warnings as errors (presets turn this on)" OFF)
set(CONVCHECK_SANITIZE "" CACHE STRING "Sanitizers: empty, 'address,undefined' or 'thread'")
set_property(CACHE CONVCHECK_SANITIZE PROPERTY STRINGS "" "address,undefined" "thread")

get_property(convcheck_multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(NOT CMAKE_BUILD_TYPE AND NOT convcheck_multi_config)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 99)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)  # Static libraries end up inside peer modules.
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_COMPILE_WARNING_AS_ERROR ${CONVCHECK_WARNINGS_AS_ERRORS})

# g++ fuses a*b+c by default where the target has FMA: the reference must mean what it says.
add_compile_options(-Wall -Wextra -Wpedantic -ffp-contract=off)

if(CONVCHECK_SANITIZE STREQUAL "address,undefined" OR CONVCHECK_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=${CONVCHECK_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CONVCHECK_SANITIZE})
  if(CONVCHECK_SANITIZE MATCHES "undefined")
    # A report that lets the test pass is a report nobody reads.
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
elseif(NOT CONVCHECK_SANITIZE STREQUAL "")
  message(FATAL_ERROR "CONVCHECK_SANITIZE is '${CONVCHECK_SANITIZE}'; "
                      "it must be empty, 'address,undefined' or 'thread'.")
endif()
