# SPDX-License-Identifier: MIT
# Debian packages, made by `cpack`: zonecalc (program, data, manual) and libzonecalc-dev (headers, static library).
#
# A Debian package wants some files in other places, or compressed, than `cmake --install` puts them: those are the component
# "debian", which nothing but cpack installs.
if(BUILD_SHARED_LIBS)
    return()
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME zonecalc)
set(CPACK_PACKAGE_VENDOR "The zonecalc authors")
set(CPACK_PACKAGE_CONTACT "The zonecalc authors <maintainers@zonecalc.invalid>" CACHE STRING "Maintainer of the packages")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "memory-layout calculator for Linux")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL program debian development debian-development)
set(CPACK_COMPONENT_PROGRAM_GROUP program)
set(CPACK_COMPONENT_DEBIAN_GROUP program)
set(CPACK_COMPONENT_DEVELOPMENT_GROUP development)
set(CPACK_COMPONENT_DEBIAN-DEVELOPMENT_GROUP development)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS OFF)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME zonecalc)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "zonecalc computes what Linux makes of a memory map, without booting
anything: zones, NUMA nodes, movable memory, free lists and slabs, digit
for digit as a boot of that kernel would print them.

It reads a board, a kernel profile and a kernel command line, compares
layouts, checks them against expectations in CI, and predicts boot logs.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libzonecalc-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "zonecalc (= ${PROJECT_VERSION}), libbpf-dev, libelf-dev, libfdt-dev, libfmt-dev, zlib1g-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "zonecalc computes what Linux makes of a memory map: zones, NUMA nodes,
movable memory, free lists and slabs.

These are its static library and headers, with files for CMake and
pkg-config.")
include(CPack)

# Policy wants these compressed, without a time stamp; SOURCE_DATE_EPOCH sets the date.
find_program(ZONECALC_GZIP gzip)
if(NOT ZONECALC_GZIP)
    return()
endif()
string(TIMESTAMP ZONECALC_PACKAGE_DATE "%a, %d %b %Y 00:00:00 +0000" UTC)
configure_file(packaging/changelog.in ${CMAKE_CURRENT_BINARY_DIR}/packaging/changelog @ONLY)
function(zonecalc_compressed result source)
    cmake_path(GET source FILENAME name)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/packaging/${name}.gz)
    add_custom_command(OUTPUT ${out} COMMAND ${ZONECALC_GZIP} -9nc ${source} > ${out} DEPENDS ${source} VERBATIM)
    set(${result} ${out} PARENT_SCOPE)
endfunction()
zonecalc_compressed(changelog ${CMAKE_CURRENT_BINARY_DIR}/packaging/changelog)
zonecalc_compressed(news ${CMAKE_CURRENT_SOURCE_DIR}/CHANGELOG.md)
zonecalc_compressed(manual ${CMAKE_CURRENT_SOURCE_DIR}/man/zonecalc.1)
zonecalc_compressed(board_manual ${CMAKE_CURRENT_SOURCE_DIR}/man/zonecalc-board.5)
zonecalc_compressed(kernel_manual ${CMAKE_CURRENT_SOURCE_DIR}/man/zonecalc-kernel.5)
add_custom_target(zonecalc_packaging ALL DEPENDS ${changelog} ${news} ${manual} ${board_manual} ${kernel_manual})

install(FILES ${ZONECALC_COMPLETIONS}/_zonecalc DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions
        COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${board_manual} ${kernel_manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES README.md packaging/copyright ${changelog} ${news} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/zonecalc
        COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES packaging/copyright ${changelog} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libzonecalc-dev
        COMPONENT debian-development EXCLUDE_FROM_ALL)
