"""
The recipes of `docs/moving.md`, and what runs each of them in a scratch project.

A recipe is an indented block (commands, or a file that its first line names) or a block of TOML. Nothing of
it is changed but the address of the index, which is one on loopback, and the name of the wheel. Wheels are
those of the environment, or those in the folder that `WSPROTO_TEST_WHEELS` names.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from uv import find_uv_bin

from tools.wheels import unpack

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "moving.md"
#: Seconds for any command: a build from source on a busy machine takes minutes.
LIMIT = 1800.0
SCRIPTS = Path("Scripts" if sys.platform == "win32" else "bin")
#: Poetry has requirements of its own, which do not go with those of the tests.
POETRY = ROOT / ".venv-release" / SCRIPTS / "poetry"
ADDRESS = "https://packages.example.org/simple/"
RECIPE = re.compile(
    r"^```toml\n(?P<toml>(?:.*\n)*?)```$|(?<=\n\n)(?P<indented>(?:    .+\n|\n(?=    ))+)", re.MULTILINE
)


class Recipe(NamedTuple):
    """A block to be copied, and the section it stands in."""

    section: str
    text: str

    @property
    def name(self) -> str:
        """Return a name for people."""
        return f"{self.section}: {self.text.splitlines()[0]}"


def recipes() -> list[Recipe]:
    """Return the recipes of the page, in order."""
    page = PAGE.read_text(encoding="utf-8")
    found = []
    for match in RECIPE.finditer(page):
        section = re.findall(r"^##+ (.+)$", page[: match.start()], re.MULTILINE)[-1]
        text = match["toml"] or re.sub(r"^    ", "", match["indented"], flags=re.MULTILINE)
        found.append(Recipe(section, text))
    return found


def recipe(mark: str) -> str:
    """Return the text of the recipe that has this in it."""
    (found,) = (each.text for each in recipes() if mark in each.text)
    return found


class Project:
    """A folder with wheels in it, an environment, and an index on loopback."""

    def __init__(self, folder: Path, wheels: Path, address: str) -> None:
        self.folder = folder
        self.address = address
        self.python = folder / ".venv" / SCRIPTS / "python"
        shutil.copytree(wheels, folder / "wheels", ignore=lambda _, names: {"simple"} & set(names))
        tag = f"-cp{sys.version_info.major}{sys.version_info.minor}-"
        (self.wheel,) = (path for path in (folder / "wheels").glob("wsproto-*.whl") if tag in path.name)

    def run(self, *command: str | Path, **environment: str) -> str:
        """Run a command in the folder, and return what it printed."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        own = {
            "POETRY_CACHE_DIR": str(self.folder / "poetry-cache"),
            "POETRY_VIRTUALENVS_IN_PROJECT": "1",
            "UV_CACHE_DIR": str(self.folder / "uv-cache"),
            "UV_PYTHON": sys.executable,
            "UV_PYTHON_DOWNLOADS": "never",
        }
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**inherited, **own, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(map(str, command))}\n{done.stdout}"
        return done.stdout.strip()

    def make_environment(self) -> None:
        """Make the environment that the reader has; it needs no pip of its own."""
        self.run(sys.executable, "-m", "venv", "--without-pip", ".venv")

    def pip(self, *arguments: str | Path, **environment: str) -> None:
        """Run pip on the environment."""
        self.run(sys.executable, "-m", "pip", "--python", self.python, *arguments, **environment)

    def shell(self, commands: str, **environment: str) -> None:
        """Run commands of `pip` and `uv`, as a reader types them."""
        for line in commands.replace(ADDRESS, self.address).splitlines():
            program, *arguments = shlex.split(line)
            if program == "pip":
                self.pip(*arguments, **environment)
            else:
                assert program == "uv", line
                # uv finds the environment by the folder, but would take what UV_PYTHON names first.
                self.run(uv(), *arguments, UV_PYTHON="", **environment)

    def write_pyproject(self, recipe: str, *dependencies: str) -> None:
        """Write the recipe into the `pyproject.toml` of a project that has these dependencies."""
        header = '[project]\nname = "scratch"\nversion = "1"\nrequires-python = "=={}.{}.*"\n'
        header = header.format(*sys.version_info)
        text = recipe.replace(ADDRESS, self.address)
        text = re.sub(r"wheels/wsproto-\S+\.whl", f"wheels/{self.wheel.name}", text)
        if "[project]\n" in text:
            text = text.replace("[project]\n", header)
        else:
            text = f"{header}dependencies = {list(dependencies)}\n\n{text}"
        if "[tool.poetry" in text:
            text += "\n[tool.poetry]\npackage-mode = false\n"
        (self.folder / "pyproject.toml").write_text(text, encoding="utf-8")

    def whose(self) -> str:
        """Return the version that is installed in the environment; it has the module in Rust, or has not."""
        code = (
            "import importlib.metadata as m, importlib.util as u, wsproto; "
            "print(m.version('wsproto'), u.find_spec('wsproto._wsproto') is not None)"
        )
        version, native = self.run(self.python, "-I", "-c", code).split()
        assert (native == "True") == ("+rs" in version), f"{version} is installed, native: {native}"
        return version


def uv() -> Path:
    """Return uv, which the requirements of the tests install: here, or where this environment borrows it."""
    return Path(find_uv_bin())


def expect_ours(project: Project) -> None:
    """Check that the package installed is ours."""
    version = project.wheel.name.split("-")[1]
    assert project.whose() == version


def replace_upstream(project: Project, text: str) -> None:
    """Run commands where upstream is installed."""
    project.make_environment()
    installer = text.partition(" install")[0]
    project.shell(f"{installer} install wsproto==1.3.2")
    assert project.whose() == "1.3.2"
    project.shell(text)
    expect_ours(project)
    project.shell(f"{installer} check")


def constrain(project: Project, text: str) -> None:
    """Write the constraints file, and have the environment variables name it."""
    name, _, content = text.partition("\n")
    (project.folder / name.removeprefix("# ")).write_text(content, encoding="utf-8")
    project.make_environment()
    variables = re.findall(r"`(PIP_\w+)=([^`]+)`", PAGE.read_text(encoding="utf-8"))
    assert len(variables) == 2
    project.shell("pip install hypercorn", **dict(variables))
    expect_ours(project)


def install_constrained(project: Project, text: str) -> None:
    """Run commands beside the constraints file."""
    (project.folder / "constraints.txt").write_text(recipe("# constraints.txt"), encoding="utf-8")
    project.make_environment()
    project.shell(text)
    expect_ours(project)


def sync_with_uv(project: Project, text: str) -> None:
    """Have uv install a project whose dependency requires wsproto; then one that requires another release."""
    project.write_pyproject(text, "hypercorn")
    project.run(uv(), "sync")
    expect_ours(project)
    overriding = text.replace("constraint-dependencies", "override-dependencies")
    project.write_pyproject(overriding, "hypercorn", "wsproto==1.2.0")
    project.run(uv(), "sync")
    expect_ours(project)


def install_with_poetry(project: Project, text: str) -> None:
    """Have Poetry install a project."""
    project.write_pyproject(text)
    project.run(POETRY, "install", "--no-interaction")
    expect_ours(project)


def build_wheels(project: Project, text: str) -> None:
    """Build the wheel in an unpacked sdist, and install it."""
    (sdist,) = (project.folder / "wheels").glob("wsproto-*.tar.gz")
    source = unpack(sdist, project.folder)
    project.make_environment()
    # The folder of the sdist becomes the one that the reader is in.
    project.folder = source
    project.shell(text)
    (wheel,) = (source / "wheels").glob("*.whl")
    project.pip("install", "--no-index", wheel)
    expect_ours(project)


def go_back(project: Project, text: str) -> None:
    """Run commands where ours is installed: nothing of it is left."""
    project.make_environment()
    project.pip("install", "--no-index", project.wheel)
    expect_ours(project)
    project.shell(text)
    assert "+rs" not in project.whose()
    names = [path.name for path in (project.folder / ".venv").rglob("*")]
    assert not [name for name in names if "+rs" in name or "_wsproto" in name]


#: By how a line of the recipe begins.
QUICK: dict[str, Callable[[Project, str], None]] = {
    'pip install --find-links wheels "wsproto==': replace_upstream,
    "# constraints.txt": constrain,
    "pip install --find-links wheels --constraint": install_constrained,
    "pip install --extra-index-url": install_constrained,
    'find-links = ["wheels"]': sync_with_uv,
    "[[tool.uv.index]]": sync_with_uv,
    "uv pip install": replace_upstream,
    "pip uninstall": go_back,
}
#: What takes the sdist, or Poetry: `make release-check` runs them.
HEAVY: dict[str, Callable[[Project, str], None]] = {
    "pip wheel": build_wheels,
    "[[tool.poetry.source]]": install_with_poetry,
    "wsproto = { path = ": install_with_poetry,
}
