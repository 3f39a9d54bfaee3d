"""Fixtures: the check that it is this package that runs in this process too, and an authority for TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
import trustme

from tests.servers.ours import assert_ours_here

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _ours() -> None:
    assert_ours_here()


class Certificates(NamedTuple):
    """Files in PEM: the certificate of an authority, and a server's chain with its key."""

    authority: str
    server: str


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Return an authority, and a server's certificate of it for 127.0.0.1 and localhost."""
    folder = tmp_path_factory.mktemp("certificates")
    return Certificates(*map(str, _issue(folder)))


def _issue(folder: Path) -> tuple[Path, Path]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    issued = authority.issue_cert("127.0.0.1", "localhost")
    issued.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    return folder / "authority.pem", folder / "server.pem"
