"""
Switching a whole environment to the Rust core: a file of one line in its `site-packages`.

The interpreter executes the line at every start (see the documentation of `site`). It puts
`wsproto_rs/site` before everything else on `sys.path`, and does nothing where that folder is not there any
more, so that uninstalling leaves nothing that could fail.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
import sysconfig
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
except ImportError as error:
    print(f"nothing: {error}")
else:
    print(wsproto.__version__, wsproto.__file__)
    try:
        native = importlib.import_module("wsproto._wsproto")
    except ImportError as error:
        print("the Rust core is not there:", error)
    else:
        print("guarded paths:", ", ".join(f"{name} {on}" for name, on in native.guarded_paths.items()))
"""

#: The vector instructions that the Rust core uses where the processor has them.
INSTRUCTIONS = ("popcnt", "avx2", "avx512f", "avx512bw", "avx512cd", "avx512vbmi", "avx512_vbmi2")


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
    interpreter = f"{platform.python_implementation()} {platform.python_version()}"
    threads = "free-threaded" if sysconfig.get_config_var("Py_GIL_DISABLED") else "with the GIL"
    return "\n".join(
        [
            f"wsproto-rs: {__version__}, {'enabled' if is_enabled() else 'not enabled'} in this environment",
            f"distribution wsproto: {upstream}",
            f"import wsproto: {(found.stdout or found.stderr).strip()}",
            f"WSPROTO_PORTABLE: {os.environ.get('WSPROTO_PORTABLE') or 'not set'}",
            f"Python: {interpreter} {threads}, {sys.executable}",
            f"platform: {platform.platform()}",
            f"processor: {platform.machine()}, {_instructions()}",
        ]
    )


def _instructions() -> str:
    """Name those of `INSTRUCTIONS` that the processor has, as the kernel says; only Linux tells."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "vector instructions not known here"
    flags = set(text.split())
    return " ".join(name for name in INSTRUCTIONS if name in flags) or "no vector instructions that are used"
