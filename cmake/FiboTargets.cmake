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

option(FIBO_PORTABLE_ONLY "Leave out the code that is compiled for AVX2 and AVX-512 and chosen at run time" OFF)
if(NOT FIBO_PORTABLE_ONLY AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(FIBO_WITH_X86_SIMD ON)
else()
  set(FIBO_WITH_X86_SIMD OFF)
endif()

# fibo_x86_sources(NAME SET SOURCES...): sources of the library of one folder that are compiled for one
# set of instructions, avx2 or avx512, if FIBO_WITH_X86_SIMD. The rest of the library sees
# FIBO_HAVE_X86_SIMD, and finds out when the program runs what the processor has.
function(fibo_x86_sources name set)
  if(NOT FIBO_WITH_X86_SIMD)
    return()
  endif()
  # Processors with AVX2 know prefetchw, or take it for no operation.
  set(avx2 -mavx2 -mfma -mprfchw)
  # GCC 12 warns of its own header (bug 105593).
  set(avx512 ${avx2} -mavx512f -Wno-uninitialized)
  target_sources(fibo_${name} PRIVATE ${ARGN})
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "${${set}}")
  target_compile_definitions(fibo_${name} PRIVATE FIBO_HAVE_X86_SIMD)
endfunction()
