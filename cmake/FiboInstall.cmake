# What `cmake --install` puts where, and what other projects find with find_package(fibo_mpi). The
# program alone is the component `program`; the libraries with their headers are `development`.
set(CMAKE_INSTALL_DOCDIR share/doc/fibo-mpi CACHE PATH "Where the documents go, under the prefix")
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS fibo_mpi RUNTIME COMPONENT program)

# Two sets of targets, as only the second needs MPI of the project that uses it.
set(FIBO_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/fibo_mpi)
foreach(part fibonacci farm)
  if(part STREQUAL fibonacci)
    set(libraries arithmetic fibonacci)
  else()
    set(libraries farm farm_mpi)
  endif()
  foreach(library IN LISTS libraries)
    set_target_properties(fibo_${library} PROPERTIES EXPORT_NAME ${library})
    install(TARGETS fibo_${library} EXPORT fibo_mpi-${part}
      ARCHIVE COMPONENT development
      INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  endforeach()
  install(EXPORT fibo_mpi-${part} NAMESPACE fibo:: DESTINATION ${FIBO_PACKAGE_DIR}
    COMPONENT development)
endforeach()
install(DIRECTORY include/fibo/arithmetic include/fibo/fibonacci include/fibo/farm
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/fibo
  COMPONENT development)
configure_package_config_file(packaging/fibo_mpi-config.cmake.in
  ${PROJECT_BINARY_DIR}/fibo_mpi-config.cmake
  INSTALL_DESTINATION ${FIBO_PACKAGE_DIR})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/fibo_mpi-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/fibo_mpi-config.cmake
  ${PROJECT_BINARY_DIR}/fibo_mpi-config-version.cmake
  DESTINATION ${FIBO_PACKAGE_DIR}
  COMPONENT development)

# The manual page: help2man makes it of --help and of what packaging/man adds. It runs the program, so
# there is none where the program cannot run on the machine that builds it.
find_program(HELP2MAN help2man)
find_program(GZIP gzip REQUIRED)
if(HELP2MAN AND NOT CMAKE_CROSSCOMPILING AND NOT FIBO_SANITIZE)
  set(manual ${PROJECT_BINARY_DIR}/fibo_mpi.1)
  add_custom_command(OUTPUT ${manual}.gz
    COMMAND ${HELP2MAN} --no-info --section=1 --manual=fibo_mpi
      "--name=exact Fibonacci numbers for many keys, on all the ranks of an MPI job"
      "--version-string=fibo_mpi ${PROJECT_VERSION}"
      --include=${PROJECT_SOURCE_DIR}/packaging/man/fibo_mpi.h2m
      --output=${manual} $<TARGET_FILE:fibo_mpi>
    COMMAND ${GZIP} --best --no-name --force ${manual}
    DEPENDS fibo_mpi ${PROJECT_SOURCE_DIR}/packaging/man/fibo_mpi.h2m
    VERBATIM
    COMMENT "Making the manual page")
  add_custom_target(fibo_manual ALL DEPENDS ${manual}.gz)
  install(FILES ${manual}.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT program)
else()
  message(STATUS "No manual page: it takes help2man, and a program that runs here as it is")
endif()

install(FILES packaging/completion/fibo_mpi
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  COMPONENT program)
install(PROGRAMS
  jobs/accept.sh jobs/flux.sh jobs/lsf.sh jobs/pbs.sh jobs/sge.sh jobs/slurm.sbatch
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fibo_mpi/jobs
  COMPONENT program)
install(FILES jobs/lib/accept_report.awk jobs/lib/batch.sh jobs/lib/launch.sh
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fibo_mpi/jobs/lib
  COMPONENT program)
set(changes ${PROJECT_BINARY_DIR}/changelog.gz)
add_custom_command(OUTPUT ${changes}
  COMMAND ${GZIP} --best --no-name --stdout ${PROJECT_SOURCE_DIR}/CHANGELOG.md > ${changes}
  DEPENDS ${PROJECT_SOURCE_DIR}/CHANGELOG.md
  VERBATIM)
add_custom_target(fibo_changes ALL DEPENDS ${changes})
# Debian wants the changes compressed; README.md has a link to them as they are.
install(FILES README.md ARCHITECTURE.md CHANGELOG.md ${changes} DESTINATION ${CMAKE_INSTALL_DOCDIR}
  COMPONENT program)
# Where the links of README.md lead.
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program
  FILES_MATCHING PATTERN "*.md" PATTERN "timeline.svg")
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright COMPONENT program)

# A component of its own: Debian's package needs none, a tree of modules on a cluster does.
set(modules ${CMAKE_INSTALL_DATADIR}/modulefiles/fibo_mpi)
file(RELATIVE_PATH FIBO_MODULE_TO_PREFIX /prefix/${modules} /prefix)
configure_file(packaging/modulefiles/fibo_mpi.in ${PROJECT_BINARY_DIR}/modulefile @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/modulefile DESTINATION ${modules} RENAME ${PROJECT_VERSION}
  COMPONENT modulefile)
