"""
Write a simple index (PEP 503) of the archives in a folder, as static pages that pip, uv and Poetry read.

    python -m tools.index DIST [FOLDER]

FOLDER, by default `DIST/simple`, is written anew. The pages refer to the archives by relative addresses, so
that any web server can serve DIST. Every link has the SHA-256 of its archive and the versions of Python that
the archive is for.
"""

from __future__ import annotations

import argparse
import email.parser
import hashlib
import html
import os
import re
import shutil
import tarfile
import zipfile
from pathlib import Path

PAGE = '<!DOCTYPE html>\n<meta name="pypi:repository-version" content="1.0">\n<title>{}</title>\n'


def write(dist: Path, folder: Path) -> list[Path]:
    """Write the pages, and return them."""
    projects: dict[str, list[str]] = {}
    for archive in sorted([*dist.glob("*.whl"), *dist.glob("*.tar.gz")]):
        headers = metadata(archive)
        name = re.sub(r"[-_.]+", "-", headers["Name"]).lower()
        projects.setdefault(name, []).append(link(archive, headers["Requires-Python"], folder / name))
    shutil.rmtree(folder, ignore_errors=True)
    pages = {folder: [f'<a href="{name}/">{name}</a><br>\n' for name in projects]}
    pages |= {folder / name: links for name, links in projects.items()}
    for place, links in pages.items():
        place.mkdir(parents=True)
        (place / "index.html").write_text(PAGE.format(place.name) + "".join(links), encoding="utf-8")
    return [place / "index.html" for place in pages]


def metadata(archive: Path) -> dict[str, str]:
    """Return the headers of an archive's metadata."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            (name,) = (each for each in wheel.namelist() if each.endswith(".dist-info/METADATA"))
            text = wheel.read(name).decode()
    else:
        with tarfile.open(archive) as sdist:
            top = archive.name.removesuffix(".tar.gz")
            file = sdist.extractfile(f"{top}/PKG-INFO")
            assert file is not None
            text = file.read().decode()
    return dict(email.parser.HeaderParser().parsestr(text).items())


def link(archive: Path, requires_python: str, page: Path) -> str:
    """Return the link to an archive from the page in this folder."""
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    # A plus in an address stands for itself, but some servers read it as a space.
    address = Path(os.path.relpath(archive, page)).as_posix().replace("+", "%2B")
    return (
        f'<a href="{address}#sha256={digest}" data-requires-python="{html.escape(requires_python)}">'
        f"{archive.name}</a><br>\n"
    )


def main() -> None:
    """Write the pages."""
    parser = argparse.ArgumentParser(description="Write a static index of the archives in a folder.")
    parser.add_argument("dist", type=Path)
    parser.add_argument("folder", type=Path, nargs="?")
    options = parser.parse_args()
    for page in write(options.dist.resolve(), (options.folder or options.dist / "simple").resolve()):
        print(page)


if __name__ == "__main__":
    main()
