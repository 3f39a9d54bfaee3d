"""
Switching a whole environment to the Rust core: a file of one line in its `site-packages`.

The interpreter executes the line at every start (see the documentation of `site`). It puts
`wsproto_rs/site` before everything else on `sys.path`, and does nothing where that folder is not there any
more, so that uninstalling leaves nothing that could fail.
"""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
import sys
from pathlib import Path

from wsproto_rs import SITE, __version__

#: In the folder that this distribution is installed in, so that no other environment is concerned.
SWITCH = Path(__file__).parents[1] / "wsproto_rs.pth"

#: `site` executes a line that begins with `import`; it has the folder of the file in `sitedir`.
LINE = (
    "import os, sys; site = os.path.join(sitedir, 'wsproto_rs', 'site'); "
    "os.path.isdir(site) and site not in sys.path and sys.path.insert(0, site)\n"
)

#: Run by a new interpreter, which sees what every other program of this environment sees.
LOOK = """
import importlib
try:
    import wsproto
except ImportError:
    print("nothing: wsproto is not installed here")
else:
    print(wsproto.__version__, wsproto.__file__)
    try:
        native = importlib.import_module("wsproto._wsproto")
    except ImportError:
        pass
    else:
        report = getattr(native, "build_report", None)
        print(report() if report else "native")
"""


def enable() -> str:
    """
    Have every program of this environment find the Rust core; what has been done, in a sentence.

    :raises OSError: if the environment cannot be written to.
    """
    if is_enabled():
        return f"enabled already, by {SWITCH}"
    SWITCH.write_text(LINE, encoding="ascii")
    return f"enabled, by {SWITCH}"


def disable() -> str:
    """
    Undo :func:`enable`; what has been done, in a sentence.

    :raises OSError: if the environment cannot be written to.
    """
    if not SWITCH.exists():
        return "not enabled"
    SWITCH.unlink()
    return f"disabled: {SWITCH} is removed"


def is_enabled() -> bool:
    """Whether :func:`enable` is in force in this environment."""
    return SWITCH.is_file() and SWITCH.read_text(encoding="ascii") == LINE


def status() -> str:
    """Describe what `import wsproto` finds in this environment, in lines for a bug report."""
    try:
        upstream = importlib.metadata.version("wsproto")
    except importlib.metadata.PackageNotFoundError:
        upstream = "not installed"
    found = subprocess.run(
        [sys.executable, "-c", LOOK], capture_output=True, encoding="utf-8", check=False, cwd=SITE.parent
    )
    return "\n".join(
        [
            f"wsproto-rs: {__version__}, {'enabled' if is_enabled() else 'not enabled'} in this environment",
            f"distribution wsproto: {upstream}",
            f"import wsproto: {(found.stdout or found.stderr).strip()}",
            f"Python: {platform.python_implementation()} {platform.python_version()}, {sys.executable}",
            f"platform: {platform.platform()}",
        ]
    )
