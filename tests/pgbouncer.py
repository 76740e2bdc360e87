"""The real PgBouncer before the real PostgreSQL: in transaction mode, and with TLS, which the tests' server lacks."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.waiting import block_until

BINARY = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
needs_pgbouncer = pytest.mark.skipif(
    BINARY is None, reason="PgBouncer is not installed: on Debian, apt install pgbouncer"
)
USER, PASSWORD = "digest bot", "p@ss:w/o?r#d 100%"
_LOG = "pgbouncer.log"


@dataclass(frozen=True, slots=True)
class PgBouncer:
    """Where it listens; it takes ``USER`` with ``PASSWORD`` alone, to whatever database of the server behind it."""

    port: int
    log: Path

    def build_url(self, name: str, parameters: str = "") -> str:
        """The address of a database."""
        return f"postgresql://{quote(USER)}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/{name}{parameters}"


@contextmanager
def run_pgbouncer(socket_folder: Path, **settings: str) -> Iterator[PgBouncer]:
    """PgBouncer before the server with that socket, stopped at the end; ``settings`` are further lines of its file."""
    assert BINARY
    with TemporaryDirectory(prefix="pgbouncer") as temporary:
        folder = Path(temporary)
        folder.chmod(0o777)  # as root it runs as somebody else
        config, port = _write_config(socket_folder, folder, settings)
        user = ("-u", "pgserver") if os.geteuid() == 0 else ()
        process = subprocess.Popen(
            [BINARY, "-q", *user, str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            block_until(lambda: process.poll() is not None or _is_listening(port))
            assert process.poll() is None, (folder / _LOG).read_text("utf-8")
            yield PgBouncer(port, folder / _LOG)
        finally:
            process.terminate()
            process.wait()


def _write_config(socket_folder: Path, folder: Path, settings: dict[str, str]) -> tuple[Path, int]:
    """Write its files; the first one's path, and the port."""
    port = _find_port()
    (folder / "users.txt").write_text(f'"{USER}" "{PASSWORD}"\n')
    lines = {
        "listen_addr": "127.0.0.1",
        "listen_port": str(port),
        "unix_socket_dir": "",
        "pool_mode": "transaction",
        "auth_type": "scram-sha-256",
        "auth_file": str(folder / "users.txt"),
        "default_pool_size": "15",
        "max_client_conn": "400",
        "logfile": str(folder / _LOG),
    } | settings
    config = folder / "pgbouncer.ini"
    database = f"[databases]\n* = host={socket_folder} user=postgres\n"
    config.write_text(f"{database}[pgbouncer]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items()))
    for file in folder.iterdir():
        file.chmod(0o644)
    return config, port


def _find_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _is_listening(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def write_certificates(folder: Path) -> dict[str, str]:
    """A certificate authority and a certificate of 127.0.0.1 and localhost; the lines for PgBouncer that use them."""
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _sign("authority", authority_key.public_key(), "authority", authority_key)
    server = _sign("127.0.0.1", server_key.public_key(), "authority", authority_key)
    (folder / "ca.crt").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    (folder / "server.crt").write_bytes(server.public_bytes(serialization.Encoding.PEM))
    key = server_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.key").write_bytes(key)
    (folder / "server.key").chmod(0o644)  # a test's own, which PgBouncer reads as another user
    return {
        "client_tls_sslmode": "require",
        "client_tls_key_file": str(folder / "server.key"),
        "client_tls_cert_file": str(folder / "server.crt"),
        "client_tls_ca_file": str(folder / "ca.crt"),
    }


def _sign(
    name: str, key: ec.EllipticCurvePublicKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    now = datetime.now(UTC)
    subjects = [x509.NameAttribute(NameOID.COMMON_NAME, common_name) for common_name in (name, issuer)]
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")])
    builder = (
        x509.CertificateBuilder(x509.Name([subjects[1]]), x509.Name([subjects[0]]), key, x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), critical=True)
    )
    return (builder if name == issuer else builder.add_extension(names, critical=False)).sign(
        issuer_key, hashes.SHA256()
    )
