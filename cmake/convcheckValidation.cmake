# SPDX-License-Identifier: Apache-2.0
# What the installed package gives to a project whose convolution is to be judged.

# convcheck_add_validation(NAME PEER target-or-engine [VARIANT name] [PROFILE smoke|standard|thorough]
#                          [EXPECTATIONS file] [ARGUMENTS argument...])
#
# Adds a CTest test that judges a convolution with `convcheck validate`; it fails with the verdict's
# exit code. PEER is a target of this project, a SHARED or MODULE library that exports
# convcheck_peer_v1 or an executable that speaks the pipe protocol, or else the name of an engine,
# as after --engine. EXPECTATIONS is a file of known failures, relative to the current folder.
# The report is written to NAME.json and NAME.xml (JUnit) in the current binary folder.
function(convcheck_add_validation name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PEER;VARIANT;PROFILE;EXPECTATIONS" "ARGUMENTS")
  if(NOT arg_PEER OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "convcheck_add_validation(${name}): PEER is needed, and "
                        "\"${arg_UNPARSED_ARGUMENTS}\" is not understood")
  endif()
  if(NOT arg_PROFILE)
    set(arg_PROFILE smoke)
  endif()
  if(NOT TARGET ${arg_PEER})
    set(engine "${arg_PEER}")
    if(arg_VARIANT)
      string(APPEND engine ":${arg_VARIANT}")
    endif()
  else()
    get_target_property(type ${arg_PEER} TYPE)
    if(type STREQUAL "EXECUTABLE")
      set(engine "exec:$<TARGET_FILE:${arg_PEER}> ${arg_VARIANT}")
    elseif(type STREQUAL "SHARED_LIBRARY" OR type STREQUAL "MODULE_LIBRARY")
      set(engine "so:$<TARGET_FILE:${arg_PEER}>#${arg_VARIANT}")
    else()
      message(FATAL_ERROR "convcheck_add_validation(${name}): ${arg_PEER} is a ${type}; it must be "
                          "a SHARED or MODULE library, or an executable")
    endif()
  endif()
  set(options --profile ${arg_PROFILE}
    --json "${CMAKE_CURRENT_BINARY_DIR}/${name}.json"
    --junit "${CMAKE_CURRENT_BINARY_DIR}/${name}.xml")
  if(arg_EXPECTATIONS)
    get_filename_component(file "${arg_EXPECTATIONS}" ABSOLUTE)
    list(APPEND options --expectations "${file}")
  endif()
  add_test(NAME ${name}
    COMMAND convcheck::convcheck validate --engine "${engine}" ${options} ${arg_ARGUMENTS})
  set_tests_properties(${name} PROPERTIES LABELS convcheck TIMEOUT 1500)
endfunction()
