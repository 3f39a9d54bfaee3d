"""
Make the bill of materials in a wheel depend on nothing but the commit.

maturin writes one of the linked crates into every wheel (CycloneDX, `*.dist-info/sboms/`). It has the time of
the build, a random serial number and the folder that was built in. Everything else in two wheels of one
commit has the same bytes already: these three are all that keeps a build from being reproducible.
"""

from __future__ import annotations

import json
import re
import uuid
import zipfile
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tools.companion import backend

if TYPE_CHECKING:
    from pathlib import Path

#: Where the name of the folder occurs: in the references to the package itself.
FOLDER = re.compile(r"path\+file://[^#]*#")


def settle(content: bytes, when: int) -> bytes:
    """Return a bill of materials with the time of the commit, in seconds since 1970, and no folder."""
    bill = json.loads(FOLDER.sub("path+file:///wsproto#", content.decode()))
    del bill["serialNumber"]
    bill["metadata"]["timestamp"] = datetime.fromtimestamp(when, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    # The number identifies the document, so it is made out of what the document says.
    name = json.dumps(bill, sort_keys=True)
    bill["serialNumber"] = uuid.uuid5(uuid.NAMESPACE_URL, name).urn
    return json.dumps(bill, indent=2).encode()


def settle_wheel(wheel: Path, when: int) -> None:
    """Rewrite a wheel with its bills of materials settled."""
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/RECORD")}
    bills = [name for name in files if name.endswith(".cyclonedx.json")]
    if not bills:
        msg = f"{wheel.name} has no bill of materials"
        raise ValueError(msg)
    for name in bills:
        files[name] = settle(files[name], when)
    backend.write_wheel(wheel, files)
