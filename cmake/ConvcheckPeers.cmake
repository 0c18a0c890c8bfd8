# SPDX-License-Identifier: Apache-2.0
# How the library of an adapter is found, and how the configuration says what came of it.

# convcheck_find_peer_library(NAME PACKAGE debian-package HEADER path LIBRARIES names...
#                             [SUFFIXES folders...])
#
# Looks for a header and libraries by name, as Debian lays them. Sets convcheck_NAME_off, empty or
# why there will be no adapter, convcheck_NAME_include and convcheck_NAME_libraries. No package
# configuration of the libraries is used: some end the whole configuration where a part is missing.
function(convcheck_find_peer_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PACKAGE;HEADER" "LIBRARIES;SUFFIXES")
  string(TOUPPER ${name} upper)
  find_path(CONVCHECK_${upper}_INCLUDE ${arg_HEADER} PATH_SUFFIXES ${arg_SUFFIXES})
  mark_as_advanced(CONVCHECK_${upper}_INCLUDE)
  set(missing "")
  set(found "")
  if(NOT CONVCHECK_${upper}_INCLUDE)
    set(missing ${arg_HEADER})
  endif()
  foreach(library IN LISTS arg_LIBRARIES)
    string(MAKE_C_IDENTIFIER CONVCHECK_${upper}_${library} variable)
    find_library(${variable} ${library} PATH_SUFFIXES ${arg_SUFFIXES})
    mark_as_advanced(${variable})
    if(NOT ${variable} AND NOT missing)
      set(missing "lib${library}")
    endif()
    list(APPEND found "${${variable}}")
  endforeach()
  set(off "")
  if(missing)
    set(off "${missing} not found; Debian's package is ${arg_PACKAGE}")
  elseif(CONVCHECK_SANITIZE STREQUAL "thread")
    set(off "the library is not instrumented for the thread sanitizer")
  endif()
  set(convcheck_${name}_off "${off}" PARENT_SCOPE)
  set(convcheck_${name}_include "${CONVCHECK_${upper}_INCLUDE}" PARENT_SCOPE)
  set(convcheck_${name}_libraries "${found}" PARENT_SCOPE)
endfunction()

# convcheck_peer_status(NAME [version])
#
# Prints the line that says whether the adapter is built, from convcheck_NAME_off, and keeps the
# reason for `convcheck engines`.
function(convcheck_peer_status name)
  if(convcheck_${name}_off)
    set_property(GLOBAL APPEND_STRING PROPERTY CONVCHECK_PEERS_OFF
      "${name}\t${convcheck_${name}_off}\n")
    message(STATUS "peer ${name}: off (${convcheck_${name}_off})")
  else()
    message(STATUS "peer ${name}: on (${ARGN})")
  endif()
endfunction()
