# SPDX-License-Identifier: Apache-2.0
# The lints, and the tests of the lints, as CTest tests.

find_package(Python3 REQUIRED COMPONENTS Interpreter)
foreach(lint IN ITEMS all selftest)
  add_test(NAME lint.${lint} COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/scripts/lint/${lint}")
  set_tests_properties(lint.${lint} PROPERTIES LABELS lint TIMEOUT 60)
endforeach()
