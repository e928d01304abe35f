# What every target of this project has in common. Warnings and sanitizers belong to the project's
# own targets alone, never to what it finds on the system.

# fibo_settings(TARGET): the project's warnings and sanitizers for one target of its own.
function(fibo_settings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
    -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-qual)
  if(FIBO_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(FIBO_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${FIBO_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${FIBO_SANITIZE})
  endif()
endfunction()

# fibo_library(NAME SOURCES...): the static library of one folder of src/, with the alias fibo::NAME.
function(fibo_library name)
  add_library(fibo_${name} STATIC ${ARGN})
  add_library(fibo::${name} ALIAS fibo_${name})
  target_include_directories(fibo_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include)
  target_compile_features(fibo_${name} PUBLIC cxx_std_20)
  fibo_settings(fibo_${name})
endfunction()
