# SPDX-License-Identifier: Apache-2.0
# cmake --install: the command with its suites and adapters, the header of the C ABI, the Python
# module, and a CMake package. Included by the root CMakeLists.txt after all rooms.
include(CMakePackageConfigHelpers)

# Where cli/paths.cpp looks for them, from the command's folder.
set(CONVCHECK_INSTALL_PEERS lib/convcheck/peers)
set(CONVCHECK_INSTALL_SUITES share/convcheck/suites)
set(convcheck_package lib/cmake/convcheck)

install(TARGETS convcheck EXPORT convcheckTargets RUNTIME DESTINATION bin)
add_library(convcheck_peer_header INTERFACE)
set_target_properties(convcheck_peer_header PROPERTIES EXPORT_NAME peer)
target_include_directories(convcheck_peer_header INTERFACE $<INSTALL_INTERFACE:include>)
install(TARGETS convcheck_peer_header EXPORT convcheckTargets)
install(EXPORT convcheckTargets NAMESPACE convcheck:: DESTINATION ${convcheck_package})

install(FILES peers/convcheck_peer.h DESTINATION include)
install(DIRECTORY benchmarks/suites/ DESTINATION ${CONVCHECK_INSTALL_SUITES}
  FILES_MATCHING PATTERN "*.problems")
install(DIRECTORY "${CMAKE_BINARY_DIR}/peers/" DESTINATION ${CONVCHECK_INSTALL_PEERS}
  USE_SOURCE_PERMISSIONS
  FILES_MATCHING PATTERN "convcheck_peer_*.so" PATTERN "*_peer.py" PATTERN "*_peer.js"
  PATTERN "unavailable.txt"
  PATTERN CMakeFiles EXCLUDE PATTERN __pycache__ EXCLUDE)

configure_package_config_file(cmake/convcheckConfig.cmake.in
  "${CMAKE_BINARY_DIR}/generated/convcheckConfig.cmake"
  INSTALL_DESTINATION ${convcheck_package} PATH_VARS CONVCHECK_INSTALL_PEERS)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/generated/convcheckConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${CMAKE_BINARY_DIR}/generated/convcheckConfig.cmake"
  "${CMAKE_BINARY_DIR}/generated/convcheckConfigVersion.cmake"
  cmake/convcheckValidation.cmake
  DESTINATION ${convcheck_package})
