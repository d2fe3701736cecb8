# SPDX-License-Identifier: MIT
# What `cmake --install` puts where. The tree may be moved as a whole: program, library and their CMake and pkg-config files find
# each other, and the data, by relative paths.
include(CMakePackageConfigHelpers)

set(ZONECALC_CMAKE_DIRECTORY ${CMAKE_INSTALL_LIBDIR}/cmake/zonecalc)

if(BUILD_SHARED_LIBS)
    file(RELATIVE_PATH library_from_program ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
    set_target_properties(zonecalc_program PROPERTIES INSTALL_RPATH "$ORIGIN/${library_from_program}")
endif()

# The program.
install(TARGETS zonecalc_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)
install(DIRECTORY data/ DESTINATION ${CMAKE_INSTALL_DATADIR}/zonecalc COMPONENT program)
install(FILES man/zonecalc.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT documents)
install(FILES man/zonecalc-board.5 man/zonecalc-kernel.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 COMPONENT documents)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documents)


# Completions, as the program itself prints them.
set(ZONECALC_COMPLETIONS ${CMAKE_CURRENT_BINARY_DIR}/completions)
add_custom_command(
    OUTPUT ${ZONECALC_COMPLETIONS}/zonecalc ${ZONECALC_COMPLETIONS}/_zonecalc ${ZONECALC_COMPLETIONS}/zonecalc.fish
    COMMAND ${CMAKE_COMMAND} -E make_directory ${ZONECALC_COMPLETIONS}
    COMMAND zonecalc_program completions bash -o ${ZONECALC_COMPLETIONS}/zonecalc
    COMMAND zonecalc_program completions zsh -o ${ZONECALC_COMPLETIONS}/_zonecalc
    COMMAND zonecalc_program completions fish -o ${ZONECALC_COMPLETIONS}/zonecalc.fish
    DEPENDS zonecalc_program VERBATIM)
add_custom_target(zonecalc_completions ALL DEPENDS ${ZONECALC_COMPLETIONS}/zonecalc)
install(FILES ${ZONECALC_COMPLETIONS}/zonecalc DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT program)
install(FILES ${ZONECALC_COMPLETIONS}/zonecalc.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT program)
install(FILES ${ZONECALC_COMPLETIONS}/_zonecalc DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT documents)

# The library.
install(TARGETS zonecalc EXPORT zonecalc-targets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT program NAMELINK_COMPONENT development)
# `--strip` leaves static libraries as they are.
install(CODE "if(CMAKE_INSTALL_DO_STRIP AND NOT ${BUILD_SHARED_LIBS})
    execute_process(COMMAND ${CMAKE_STRIP} --strip-debug --remove-section=.comment
                    \$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/libzonecalc.a COMMAND_ERROR_IS_FATAL ANY)
endif()" COMPONENT development)
install(DIRECTORY include/zonecalc DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT zonecalc-targets NAMESPACE zonecalc:: DESTINATION ${ZONECALC_CMAKE_DIRECTORY} COMPONENT development)
configure_package_config_file(cmake/zonecalc-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/zonecalc-config.cmake
                              INSTALL_DESTINATION ${ZONECALC_CMAKE_DIRECTORY})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/zonecalc-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES cmake/zonecalc-libraries.cmake ${CMAKE_CURRENT_BINARY_DIR}/zonecalc-config.cmake
        ${CMAKE_CURRENT_BINARY_DIR}/zonecalc-config-version.cmake
        DESTINATION ${ZONECALC_CMAKE_DIRECTORY} COMPONENT development)

# pkg-config knows no difference between a static library and a shared one unless it is told, so that it is told here.
if(NOT BUILD_SHARED_LIBS)
    set(ZONECALC_PKGCONFIG_LIBRARIES " -lfdt -lbpf -lelf -lz")
    if(NOT ZONECALC_STATIC)
        string(PREPEND ZONECALC_PKGCONFIG_LIBRARIES " -lfmt")
    endif()
endif()
file(RELATIVE_PATH ZONECALC_PREFIX_FROM_PKGCONFIG ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(cmake/zonecalc.pc.in zonecalc.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/zonecalc.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
