"""The tests of this folder, once more, on upstream's `wsproto`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.oracle import STANDS_IN
from tests.upstream.fetch import Release, fetch

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def test_all_tests_pass_on_upstream() -> None:
    wheel = fetch(Release.WHEEL)
    assert not STANDS_IN
    path = os.pathsep.join(map(str, (wheel, ROOT / "companions" / "wspy")))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--ignore={__file__}", HERE],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path, "WSPROTO_UNDER_TEST": "upstream"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert f"wsproto: 1.3.2 from {wheel}" in done.stdout
    # Where a browser is missing, or under AddressSanitizer, some are left out on either package.
    if "WSPROTO_TEST_ALL_PEERS" in os.environ and "ASAN_OPTIONS" not in os.environ:
        assert " skipped" not in done.stdout
