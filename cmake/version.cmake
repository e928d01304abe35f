# Writes the version and the commit into a source file; run at every build, as a commit changes
# without CMake being run again. The file is left alone where nothing changed.
#   cmake -DIN=... -DOUT=... -DSOURCE_DIR=... -DFIBO_VERSION=... -P version.cmake
execute_process(
  COMMAND git -C ${SOURCE_DIR} describe --always --dirty --abbrev=12 --exclude=*
  OUTPUT_VARIABLE FIBO_COMMIT
  OUTPUT_STRIP_TRAILING_WHITESPACE
  ERROR_QUIET)
if(NOT FIBO_COMMIT)
  set(FIBO_COMMIT unknown)
endif()
configure_file(${IN} ${OUT} @ONLY)
