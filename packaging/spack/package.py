# SPDX-License-Identifier: MIT
#
# A recipe for Spack 1.0 or later: copy this folder to packages/fibo_mpi of a repository of your own (spack repo
# create). It follows Spack's conventions, and has not been run by the tests of this project. Fill in `git`, the address
# of the repository that you have this from: Spack fetches from there.

from spack_repo.builtin.build_systems.cmake import CMakePackage

from spack.package import *


class FiboMpi(CMakePackage):
    """Exact Fibonacci numbers for many keys, computed on demand by all the ranks of an MPI job."""

    # git = "https://..."

    license("MIT")

    version("main", branch="main")

    variant("tests", default=False, description="Build the tests")

    depends_on("cxx", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("ninja", type="build")
    depends_on("help2man", type="build")
    depends_on("gzip", type="build")

    depends_on("mpi@3:")
    depends_on("boost@1.74: +mpi +serialization")
    depends_on("cli11@2.1:")
    depends_on("fmt@9:")
    depends_on("sqlite@3.37:")

    depends_on("pkgconfig", type="build", when="+tests")
    depends_on("googletest@1.12: +gmock", when="+tests")
    depends_on("benchmark", when="+tests")
    depends_on("rapidcheck", when="+tests")
    depends_on("nlohmann-json", type="build", when="+tests")
    depends_on("gmp", when="+tests")
    depends_on("mpfr", when="+tests")

    generator("ninja")

    conflicts("%gcc@:11", msg="C++20 is needed")

    def cmake_args(self):
        return [self.define_from_variant("FIBO_BUILD_TESTS", "tests")]
