# localize.cmake — the static libtracetui: one object whose only global names are those of its header,
# so that it can be linked into any program. Called with LD, OBJCOPY, AR, OBJECTS (|-separated), TARGET.
string(REPLACE "|" ";" objects "${OBJECTS}")
get_filename_component(folder ${TARGET} DIRECTORY)
set(whole ${folder}/tracetui_whole.o)
file(REMOVE ${TARGET})
foreach(command
    "${LD};-r;-o;${whole};${objects}"
    "${OBJCOPY};--localize-hidden;${whole}"
    "${AR};rcs;${TARGET};${whole}")
    execute_process(COMMAND ${command} RESULT_VARIABLE failed)
    if(failed)
        message(FATAL_ERROR "libtracetui.a: ${command}: ${failed}")
    endif()
endforeach()
