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
  target_include_directories(fibo_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  target_compile_features(fibo_${name} PUBLIC cxx_std_20)
  # Exact sequences of roundings must stay as they are written.
  target_compile_options(fibo_${name} PRIVATE -ffp-contract=off)
  fibo_settings(fibo_${name})
endfunction()

option(FIBO_PORTABLE_ONLY "Leave out the code that is compiled for AVX2 and chosen at run time" OFF)
if(NOT FIBO_PORTABLE_ONLY AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(FIBO_WITH_AVX2 ON)
else()
  set(FIBO_WITH_AVX2 OFF)
endif()

# fibo_avx2_sources(NAME SOURCES...): sources of the library of one folder that are compiled for AVX2
# and FMA, if FIBO_WITH_AVX2. The rest of the library sees FIBO_HAVE_AVX2, and finds out when the
# program runs whether the processor has them.
function(fibo_avx2_sources name)
  if(FIBO_WITH_AVX2)
    target_sources(fibo_${name} PRIVATE ${ARGN})
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma")
    target_compile_definitions(fibo_${name} PRIVATE FIBO_HAVE_AVX2)
  endif()
endfunction()
