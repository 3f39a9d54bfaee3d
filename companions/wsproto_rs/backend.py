"""
The build backend of `wsproto-rs` (PEP 517): the wheel of `wsproto`, moved into a package of another name.

maturin builds the wheel as ever, from the sources in the root of the repository or, in an sdist, from the
folder `source`. `repack` then puts its package into `wsproto_rs/site` and adds the package `wsproto_rs`.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import re
import tarfile
import tempfile
import zipfile
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
SDIST_SOURCE = HERE / "source"
SOURCE = SDIST_SOURCE if SDIST_SOURCE.is_dir() else HERE.parents[1]

#: Both kinds of archives have this as the time of every file, so that the same input gives the same bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)

Hook = dict[str, Any] | None


def version() -> str:
    """Return the version of this distribution, which the package declares."""
    source = (HERE / "wsproto_rs" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"$', source, re.MULTILINE)
    assert found is not None
    return found[1]


def metadata(original: str) -> str:
    """Return the metadata of `wsproto`'s wheel, made those of this distribution."""
    headers = original.partition("\n\n")[0]
    headers = re.sub(r"^Name: .*$", "Name: wsproto-rs", headers, flags=re.MULTILINE)
    headers = re.sub(r"^Version: .*$", f"Version: {version()}", headers, flags=re.MULTILINE)
    summary = "Summary: wsproto on a Rust core, beside upstream's wsproto and switched on where asked"
    headers = re.sub(r"^Summary: .*$", summary, headers, flags=re.MULTILINE)
    return headers + "\n\n" + (HERE / "README.md").read_text(encoding="utf-8")


def repack(wheel: Path, folder: Path) -> Path:
    """Make the wheel of this distribution out of a wheel of `wsproto`, in `folder`."""
    _, _, tags = wheel.name.removesuffix(".whl").split("-", 2)
    dist_info = f"wsproto_rs-{version()}.dist-info"
    files: dict[str, bytes] = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            top, _, rest = name.partition("/")
            if top == "wsproto":
                files[f"wsproto_rs/site/{name}"] = content
            elif rest == "METADATA":
                files[f"{dist_info}/{rest}"] = metadata(content.decode()).encode()
            elif rest != "RECORD":
                files[f"{dist_info}/{rest}"] = content
    for path in sorted((HERE / "wsproto_rs").glob("*")):
        if path.suffix in {".py", ".typed"}:
            files[f"wsproto_rs/{path.name}"] = path.read_bytes()
    target = folder / f"wsproto_rs-{version()}-{tags}.whl"
    write_wheel(target, files)
    return target


def write_wheel(target: Path, files: dict[str, bytes]) -> None:
    """Write a wheel of these files, whose `RECORD` it makes; the same files give the same bytes."""
    (dist_info,) = {name.partition("/")[0] for name in files if ".dist-info/" in name}
    record = "".join(f"{name},sha256={_digest(content)},{len(content)}\n" for name, content in files.items())
    files = {**files, f"{dist_info}/RECORD": f"{record}{dist_info}/RECORD,,\n".encode()}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, EPOCH)
            info.external_attr = (0o755 if name.endswith((".so", ".pyd")) else 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def repack_sdist(sdist: Path, folder: Path) -> Path:
    """Make the sdist of this distribution out of that of `wsproto`, in `folder`."""
    top = f"wsproto_rs-{version()}"
    target = folder / f"{top}.tar.gz"
    # The header of a gzip file has a time and a name, which `tarfile` would fill in.
    with (
        tarfile.open(sdist) as archive,
        target.open("wb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as out,
    ):
        for member in archive.getmembers():
            content = archive.extractfile(member)
            if content is None:
                continue
            path = member.name.partition("/")[2]
            if path == "PKG-INFO":
                info = content.read()
                _add(out, f"{top}/source/PKG-INFO", info)
                _add(out, f"{top}/PKG-INFO", metadata(info.decode()).encode())
            elif not path.startswith("companions/"):
                _add(out, f"{top}/source/{path}", content.read())
        for own in sorted([*HERE.glob("*.*"), *(HERE / "wsproto_rs").glob("*.*")]):
            if own.is_file():
                _add(out, f"{top}/{own.relative_to(HERE).as_posix()}", own.read_bytes())
    return target


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    info.mode = 0o644
    archive.addfile(info, BytesIO(content))


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Work in this folder, as maturin wants it. `contextlib.chdir` does it from Python 3.11 on."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


# The hooks of PEP 517.


def get_requires_for_build_wheel(config_settings: Hook = None) -> list[str]:
    """Return what building takes beyond `build-system.requires`."""
    del config_settings
    return []


def get_requires_for_build_sdist(config_settings: Hook = None) -> list[str]:
    """Return what building takes beyond `build-system.requires`."""
    del config_settings
    return []


def build_wheel(
    wheel_directory: str, config_settings: Hook = None, metadata_directory: str | None = None
) -> str:
    """Build the wheel into a folder; its name."""
    import maturin  # noqa: PLC0415 (only there when something is built)

    del metadata_directory
    target = Path(wheel_directory).resolve()
    with tempfile.TemporaryDirectory() as folder, _inside(SOURCE):
        return repack(Path(folder, maturin.build_wheel(folder, config_settings)), target).name


def build_sdist(sdist_directory: str, config_settings: Hook = None) -> str:
    """Build the sdist into a folder; its name."""
    import maturin  # noqa: PLC0415 (only there when something is built)

    target = Path(sdist_directory).resolve()
    with tempfile.TemporaryDirectory() as folder, _inside(SOURCE):
        return repack_sdist(Path(folder, maturin.build_sdist(folder, config_settings)), target).name
