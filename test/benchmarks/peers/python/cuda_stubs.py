"""Lets PyTorch's Linux wheel run on the processor without 2 GB of CUDA packages.

The wheel on PyPI is linked with NVIDIA's libraries, which are packages of their own, and loads with all symbols
bound. This builds small libraries of the same names next to its own, in which every function returns
cudaErrorNoDevice: PyTorch then finds no GPU. They serve the benchmark's environment only.

    python cuda_stubs.py SITE_PACKAGES
"""

import collections
import pathlib
import re
import subprocess
import sys

NO_DEVICE = 100
# Loaded by name, without versions on their symbols.
UNVERSIONED = re.compile(r"^(nccl|cusparseLt|cuFile|nvshmem|cudnn|cu[A-Z])|^pnccl")
OURS = re.compile(r"^lib(torch|c10|caffe2|shm)")
SYSTEM = re.compile(r"^(ld-linux|lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s|gomp|gfortran)\.)")


def output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def missing_libraries(libraries: list[pathlib.Path]) -> set[str]:
    present = {library.name for library in libraries}
    needed = {
        name
        for library in libraries
        for name in re.findall(r"\(NEEDED\).*\[(.+)\]", output("readelf", "-d", str(library)))
    }
    return {name for name in needed - present if not SYSTEM.match(name) and not OURS.match(name)}


def wanted_symbols(libraries: list[pathlib.Path], missing: set[str]) -> dict[str, set[tuple[str, str]]]:
    """By library: names and versions. Symbols without versions may come from any of them."""
    wanted: dict[str, set[tuple[str, str]]] = collections.defaultdict(set)
    for library in libraries:
        for name, version in re.findall(
            r"^\s+U (\w+)(?:@+(\S+))?$", output("nm", "-D", "--undefined-only", str(library)), re.MULTILINE
        ):
            if version in missing:
                wanted[version].add((name, version))
            elif version == "NVSHMEM":
                wanted["libnvshmem_host.so.3"].add((name, version))
            elif not version and UNVERSIONED.match(name):
                wanted["libnccl.so.2"].add((name, ""))
    return wanted


def build(folder: pathlib.Path, soname: str, symbols: set[tuple[str, str]]) -> None:
    source = "".join(f"int {name}(void) {{ return {NO_DEVICE}; }}\n" for name, _ in sorted(symbols))
    versions = {version for _, version in symbols if version}
    script = folder / f"{soname}.map"
    script.write_text("".join(f"{version} {{ global: *; }};\n" for version in sorted(versions)))
    flags = [f"-Wl,--version-script={script}"] if versions else []
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-w", "-x", "c", "-", *flags, f"-Wl,-soname,{soname}", "-o", str(folder / soname)],
        input=source, text=True, check=True,
    )
    script.unlink()


def main(site_packages: str) -> None:
    folder = pathlib.Path(site_packages) / "torch" / "lib"
    libraries = [path for path in sorted(folder.glob("*.so")) if OURS.match(path.name)]
    missing = missing_libraries(libraries)
    wanted = wanted_symbols(libraries, missing)
    for soname in sorted(missing):
        build(folder, soname, wanted.get(soname, set()))


if __name__ == "__main__":
    main(sys.argv[1])
