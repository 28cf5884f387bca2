# SQL lives in .sql files, readable and testable on their own; the build turns each file into a C
# string constant, so that a binary needs no files beside it.
#
#   tw_embed_sql(TARGET HEADER PREFIX file.sql...)
#
# generates <build>/generated/<HEADER> and puts it on the target's include path. The header holds
#   static const char <PREFIX><stem>[]          per file (stem with every character that C does not
#                                               allow turned to _)
#   static const struct { const char *name, *text; } <PREFIX>files[]
#                                               all of them in the order given, name is the stem

function(tw_embed_sql target header prefix)
    set(output ${CMAKE_CURRENT_BINARY_DIR}/generated/${header})
    string(REPLACE ";" "," files "${ARGN}")
    add_custom_command(OUTPUT ${output}
        COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DPREFIX=${prefix} "-DFILES=${files}"
                -P ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed_sql_script.cmake
        DEPENDS ${ARGN} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed_sql_script.cmake
        COMMENT "embedding ${header}" VERBATIM)
    target_sources(${target} PRIVATE ${output})
    target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/generated)
endfunction()
