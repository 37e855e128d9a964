# install.cmake — what cmake --install puts where, and the Debian package:
#     cmake -B build-deb -DCMAKE_INSTALL_PREFIX=/usr && cmake --build build-deb && (cd build-deb && cpack -G DEB)
set(CPACK_PACKAGE_CONTACT "tracetui maintainers <maintainers@tracetui.example.org>")
file(RELATIVE_PATH PREFIX_FROM_PC /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(ingest/client/libtracetui.pc.in libtracetui.pc @ONLY)
configure_file(tui/install/tracetui.service.in tracetui.service @ONLY)
configure_file(tui/install/changelog.in changelog @ONLY)

# Manuals are installed as Debian wants them, compressed.
find_program(GZIP gzip REQUIRED)
foreach(page tui/install/tracetui.1 ingest/client/libtracetui.3 ${CMAKE_BINARY_DIR}/changelog)
    get_filename_component(name ${page} NAME)
    get_filename_component(source ${page} ABSOLUTE)
    add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/${name}.gz DEPENDS ${source} VERBATIM
        COMMAND sh -c "${GZIP} -9nc '${source}' >'${CMAKE_BINARY_DIR}/${name}.gz'")
    list(APPEND COMPRESSED ${CMAKE_BINARY_DIR}/${name}.gz)
endforeach()
add_custom_target(compressed ALL DEPENDS ${COMPRESSED})

install(TARGETS tracetui RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS client_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${CLIENT_ARCHIVE} DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ingest/client/tracetui_client.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${CMAKE_BINARY_DIR}/libtracetui.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${CMAKE_BINARY_DIR}/tracetui.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_BINARY_DIR}/libtracetui.3.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
install(FILES tui/install/copyright ${CMAKE_BINARY_DIR}/changelog.gz DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/tracetui)
install(DIRECTORY ingest/client/examples DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/tracetui)
install(FILES tui/install/tracetui.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME tracetui)
install(FILES tui/install/tracetui.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions RENAME _tracetui)
install(FILES tui/install/tracetui.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${CMAKE_BINARY_DIR}/tracetui.service DESTINATION lib/systemd/system)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Receives spans over HTTP and gRPC (OpenTelemetry, Zipkin, plain JSON), stores
them in one SQLite file and shows them live: a list of traces, filtered by
user, operation, status or duration, and the tree of spans of each.

The service receives for the whole host; members of the group tracetui type
tracetui to look on. libtracetui traces C and C++ programs.")
foreach(script postinst prerm postrm triggers)
    list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_SOURCE_DIR}/tui/install/debian/${script})
endforeach()
include(CPack)
