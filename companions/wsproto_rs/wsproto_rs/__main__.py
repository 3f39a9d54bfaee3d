"""
Run a program on the Rust core, or switch a whole environment to it.

    python -m wsproto_rs script.py [ARGUMENT ...]        run a script, a folder or a zip file
    python -m wsproto_rs -m MODULE [ARGUMENT ...]        run a module
    python -m wsproto_rs -c CODE [ARGUMENT ...]          run code
    python -m wsproto_rs enable | disable | status       this environment, for every program from now on
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

from wsproto_rs import environment, install


def main() -> int:
    """Do what the arguments ask for; the exit status."""
    match sys.argv[1:]:
        case ["enable"]:
            print(environment.enable())
        case ["disable"]:
            print(environment.disable())
        case ["status"]:
            print(environment.status())
        case ["-m", module, *arguments]:
            sys.argv = [module, *arguments]
            sys.path[0] = str(Path.cwd())
            install()
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case ["-c", code, *arguments]:
            sys.argv = ["-c", *arguments]
            sys.path[0] = ""
            install()
            exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 (as asked)
        case [script, *arguments] if not script.startswith("-"):
            sys.argv = [script, *arguments]
            if Path(script).is_file():
                sys.path[0] = str(Path(script).resolve().parent)
            else:
                del sys.path[0]
            install()
            runpy.run_path(script, run_name="__main__")
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
