# Writes OUTPUT, a C++ file with the texts of the packs in it: cmake -DOUTPUT=FILE "-DPACKS=a.yml,b.yml" -P embed.cmake
string(REPLACE "," ";" packs "${PACKS}")
set(entries "")
foreach(pack IN LISTS packs)
  get_filename_component(name "${pack}" NAME_WE)
  file(READ "${pack}" text)
  # A raw string of more than 64 KiB is beyond what every compiler takes.
  string(LENGTH "${text}" length)
  if(length GREATER 60000)
    message(FATAL_ERROR "${pack} is too long to embed")
  endif()
  string(APPEND entries "  if (name == \"${name}\") return R\"kpid_pack(${text})kpid_pack\";\n")
endforeach()
file(WRITE "${OUTPUT}.new" "#include \"config/packs.h\"

namespace kpid {

std::optional<std::string_view> pack(std::string_view name) {
${entries}  return std::nullopt;
}

}  // namespace kpid
")
file(RENAME "${OUTPUT}.new" "${OUTPUT}")
