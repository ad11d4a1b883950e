# cmake -DROOT=FOLDER -P check.cmake: fails, naming every line, where a source below ROOT breaks a
# rule of the table.
include(${CMAKE_CURRENT_LIST_DIR}/rules.cmake)

set(broken "")
set(read 0)
foreach(folder pipeline config daemon)
  file(GLOB_RECURSE sources RELATIVE ${ROOT} ${ROOT}/${folder}/*.h ${ROOT}/${folder}/*.cc)
  foreach(source ${sources})
    math(EXPR read "${read} + 1")
    file(STRINGS ${ROOT}/${source} lines REGEX "${${folder}_forbids}")
    foreach(line IN LISTS lines)
      string(APPEND broken "${source}: ${line}\n")
    endforeach()
  endforeach()
endforeach()

if(read EQUAL 0)
  message(FATAL_ERROR "no sources below ${ROOT}")
endif()
if(broken)
  message(FATAL_ERROR "lines that break a rule of tests/layering/rules.cmake:\n${broken}")
endif()
