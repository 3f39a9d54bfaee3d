"""The names that modules and classes have."""

from __future__ import annotations

import importlib
import subprocess
import sys
from types import ModuleType
from typing import Any

import pytest

from tests.oracle import pair
from tests.typing.interface import ABSENT, CLASSES, MODULES, find

#: What upstream's modules import for themselves and ours do not: other packages' names, not this one's.
FOREIGN = {
    "": {"TYPE_CHECKING"},
    "connection": {"deque"},
    "events": {"ABC", "Generic", "TypeVar", "dataclass", "field"},
    "extensions": {"Optional", "zlib"},
    "frame_protocol": {"IncrementalDecoder", "contextlib", "getincrementaldecoder", "os", "struct"},
    "handshake": {"TYPE_CHECKING", "cast", "deque", "h11"},
    "utilities": {"base64", "hashlib", "os"},
    "typing": set[str](),
}


def module(package: ModuleType, name: str) -> ModuleType:
    """Return a module of the package, or the package itself under the name ""."""
    return importlib.import_module(f"{package.__name__}.{name}") if name else package


def public(names: list[str]) -> set[str]:
    """Return those of the names that are public."""
    return {name for name in names if not name.startswith("_")}


@pytest.mark.parametrize("name", FOREIGN)
def test_names_of_modules(name: str) -> None:
    """Every public name can be imported from where upstream has it, be it imported there itself."""
    ours, theirs = (module(package, name) for package in pair())
    assert {each for each in public(dir(theirs)) if not hasattr(ours, each)} <= FOREIGN[name]


@pytest.mark.parametrize("name", ["", *MODULES, "typing"])
def test_all(name: str) -> None:
    """What upstream defines is exported explicitly, so that strict type checkers let it be imported."""
    ours, theirs = (module(package, name) for package in pair())
    if not name:
        assert ours.__all__ == theirs.__all__
        return
    foreign = {each for each, value in vars(theirs).items() if isinstance(value, ModuleType)} | {
        each
        for each, value in vars(theirs).items()
        if getattr(value, "__module__", theirs.__name__) != theirs.__name__
    }
    defined = public([*vars(theirs)]) - foreign - {"annotations", "TYPE_CHECKING"}
    assert defined <= set(ours.__all__)


@pytest.mark.parametrize("name", ["", *MODULES, "typing"])
def test_import_of_everything(name: str) -> None:
    """`from module import *` gives what `__all__` names, and all of it is there."""
    ours = module(pair().ours, name)
    names: dict[str, Any] = {}
    exec(f"from {ours.__name__} import *", names)  # noqa: S102
    assert public(list(names)) == set(ours.__all__)


@pytest.mark.parametrize("name", CLASSES)
def test_names_of_classes(name: str) -> None:
    ours, theirs = (find(package, name) for package in pair())
    missing = public(dir(theirs)) - public(dir(ours))
    assert {f"{name}.{each}" for each in missing} <= ABSENT


@pytest.mark.parametrize("name", CLASSES)
def test_where_classes_say_they_are_from(name: str) -> None:
    """Pickles, logs and documentation name the public module, never the native one."""
    ours, theirs = (find(package, name) for package in pair())
    assert ours.__module__ == theirs.__module__.replace("upstream_wsproto", "wsproto")
    assert ours.__name__ == theirs.__name__
    assert ours.__qualname__ == theirs.__qualname__


def test_what_import_binds() -> None:
    """`import wsproto` alone gives access to its modules, except `typing`, which upstream does not import."""
    program = f"""
import sys
sys.path = {sys.path!r}
import wsproto
print(*sorted(name for name, value in vars(wsproto).items() if type(value) is type(sys)))
"""
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) - {"_wsproto"} >= {*MODULES}
    assert "typing" not in done.stdout.split()
