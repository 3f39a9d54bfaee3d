"""`wsproto-rs` for one program: `install()`, and `python -m wsproto_rs`."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from tests.wsproto_rs.environment import WHOSE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.wsproto_rs.environment import Environment

SPAWN = f"""
import multiprocessing, sys

def whose(connection):
    exec({WHOSE!r})

if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=whose, args=(None,))
    process.start()
    process.join()
"""


def test_nothing_is_switched_on_by_installing(beside_upstream: Environment) -> None:
    assert beside_upstream.whose() == "upstream's"


def test_pip_finds_no_conflict(beside_upstream: Environment) -> None:
    assert beside_upstream.run("-m", "pip", "check") == "No broken requirements found."


def test_no_file_of_upstream_is_overwritten(beside_upstream: Environment) -> None:
    files = beside_upstream.run("-m", "pip", "show", "--files", "wsproto-rs").partition("Files:")[2].split()
    assert {name.partition("/")[0].partition("-")[0] for name in files} == {"wsproto_rs"}


def test_install_switches_the_program(beside_upstream: Environment) -> None:
    code = f"import wsproto_rs; wsproto_rs.install(); wsproto_rs.install(){WHOSE}"
    assert beside_upstream.run("-c", code) == "ours"


def test_install_after_the_import_says_so(beside_upstream: Environment) -> None:
    code = """
import wsproto, wsproto_rs
try:
    wsproto_rs.install()
except RuntimeError as error:
    print(error)
"""
    printed = beside_upstream.run("-c", code)
    assert printed.startswith("wsproto has been imported already, from ")
    assert printed.endswith("call wsproto_rs.install() before anything imports wsproto")


def test_a_script_runs_on_it(beside_upstream: Environment, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"import sys; print(sys.argv[1:]){WHOSE}", encoding="utf-8")
    assert beside_upstream.switch(str(script), "-x", "y") == "['-x', 'y']\nours"


def test_a_script_finds_its_neighbours(beside_upstream: Environment, tmp_path: Path) -> None:
    (tmp_path / "neighbour.py").write_text("NAME = 'found'", encoding="utf-8")
    script = tmp_path / "script.py"
    script.write_text("import neighbour; print(neighbour.NAME)", encoding="utf-8")
    assert beside_upstream.switch(str(script)) == "found"


def test_a_module_runs_on_it(beside_upstream: Environment, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(f"import sys; print(sys.argv[1:]){WHOSE}", encoding="utf-8")
    printed = beside_upstream.run("-m", "wsproto_rs", "-m", "program", "-x", cwd=tmp_path)
    assert printed == "['-x']\nours"


def test_code_runs_on_it(beside_upstream: Environment) -> None:
    assert beside_upstream.switch("-c", WHOSE) == "ours"


def test_a_zipapp_runs_on_it(beside_upstream: Environment, tmp_path: Path) -> None:
    archive = tmp_path / "program.pyz"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("__main__.py", WHOSE)
    assert beside_upstream.switch(str(archive)) == "ours"


def test_spawned_processes_inherit_it(beside_upstream: Environment, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SPAWN, encoding="utf-8")
    assert beside_upstream.switch(str(script)) == "ours"


def test_pickles_are_loaded_on_the_other_side(beside_upstream: Environment, tmp_path: Path) -> None:
    dump = (
        "import pickle, sys; from wsproto.events import TextMessage, Ping; "
        "open(sys.argv[1], 'wb').write(pickle.dumps([TextMessage('a', message_finished=False), Ping(b'b')]))"
    )
    load = (
        "import pickle, sys; from wsproto.events import TextMessage, Ping; "
        "print(pickle.load(open(sys.argv[1], 'rb')) "
        "== [TextMessage('a', message_finished=False), Ping(b'b')])"
    )
    file = str(tmp_path / "events.pickle")
    beside_upstream.switch("-c", dump, file)
    assert beside_upstream.run("-W", "ignore", "-c", load, file) == "True"
    beside_upstream.run("-W", "ignore", "-c", dump, file)
    assert beside_upstream.switch("-c", load, file) == "True"


def test_it_works_without_upstream(make_environment: Callable[..., Environment]) -> None:
    environment = make_environment("wsproto-rs")
    assert environment.whose() == "nobody's"
    assert environment.switch("-c", WHOSE) == "ours"
