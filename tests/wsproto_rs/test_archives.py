"""What the archives consist of: the same bytes for the same input, and what the licences ask for."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

from tools.companion import backend
from tools.sbom import settle, settle_wheel

if TYPE_CHECKING:
    from pathlib import Path

BILL = {
    "serialNumber": "urn:uuid:b6732c88-4a80-44c7-b229-ce748790871b",
    "metadata": {
        "timestamp": "2026-11-26T21:14:12.563026454Z",
        "component": {"bom-ref": "path+file:///home/someone/wsproto#1.3.2+rs1", "name": "wsproto"},
    },
    "components": [{"name": "sha1"}],
}
TEXT = json.dumps(BILL)


def test_a_bill_of_materials_depends_on_nothing_but_the_commit() -> None:
    elsewhere = (
        TEXT.replace("/home/someone", "/elsewhere").replace("b6732c88", "00000000").replace("14:12", "59:59")
    )
    assert settle(TEXT.encode(), 86400) == settle(elsewhere.encode(), 86400)


def test_a_bill_of_materials_has_the_time_of_the_commit() -> None:
    settled = json.loads(settle(TEXT.encode(), 86400))
    assert settled["metadata"]["timestamp"] == "1970-01-02T00:00:00Z"
    assert settled["components"] == BILL["components"]


def test_the_serial_number_is_of_what_the_bill_says() -> None:
    others = TEXT.replace("sha1", "sha2")
    numbers = {json.loads(settle(text.encode(), 0))["serialNumber"] for text in (TEXT, others)}
    assert len(numbers) == 2


def test_a_wheel_repacked_twice_has_the_same_bytes(wheels: tuple[Path, Path], tmp_path: Path) -> None:
    wheel, repacked = wheels
    assert backend.repack(wheel, tmp_path).read_bytes() == repacked.read_bytes()


def test_a_settled_wheel_installs_the_same_files(wheels: tuple[Path, Path], tmp_path: Path) -> None:
    settled = tmp_path / wheels[0].name
    settled.write_bytes(wheels[0].read_bytes())
    settle_wheel(settled, 0)
    with zipfile.ZipFile(wheels[0]) as before, zipfile.ZipFile(settled) as after:
        assert sorted(before.namelist()) == sorted(after.namelist())
        changed = {name for name in before.namelist() if before.read(name) != after.read(name)}
        modes = [
            {each.filename: each.external_attr for each in archive.filelist} for archive in (before, after)
        ]
    assert {name.rpartition("/")[2] for name in changed} == {"wsproto.cyclonedx.json", "RECORD"}
    assert {name: mode >> 16 & 0o111 for name, mode in modes[0].items()} == {
        name: mode >> 16 & 0o111 for name, mode in modes[1].items()
    }


def test_both_wheels_carry_the_licences_and_the_bill_of_materials(wheels: tuple[Path, Path]) -> None:
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            inside = {name.partition(".dist-info/")[2] for name in archive.namelist()}
            (metadata,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
            headers = archive.read(metadata).decode()
        files = {"licenses/LICENSE", "licenses/LICENSES-THIRD-PARTY.txt", "sboms/wsproto.cyclonedx.json"}
        assert files <= inside
        assert "License-File: LICENSES-THIRD-PARTY.txt\n" in headers
