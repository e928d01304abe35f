# `cpack` in a build folder makes a package for the Debian or Ubuntu it runs on: the program, its manual
# page, completion, documents and batch scripts.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "the fibo_mpi developers")
set(CPACK_PACKAGE_CONTACT "the fibo_mpi developers <maintainers@users.noreply.fibo-mpi.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL program)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)

set(CPACK_DEBIAN_PACKAGE_NAME fibo-mpi)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS openmpi-bin)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "exact Fibonacci numbers for many keys, on all ranks of an MPI job
Rank 0 hands out keys on demand to all ranks of an MPI job, its own core
included, and gathers the exact values into a map in ascending key order.
Keys are 64-bit, every value in full is checked, and the output is the same
for every number of ranks.")
include(CPack)
