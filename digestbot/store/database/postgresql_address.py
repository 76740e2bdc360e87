"""PostgreSQL's address, as psql and the hosters write it: read into what the driver takes."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

from digestbot.errors import SettingsError
from digestbot.late_patterns import compile_late

EXAMPLE = "postgresql://USER:PASSWORD@HOST:5432/DATABASE"
_SCHEME = compile_late(r"(?:jdbc:)?(?:postgres(?:ql)?|postgis|cockroachdb)(?:\+\w+)?://", re.IGNORECASE)
_PLACEHOLDER = compile_late(r"\[[^\]]*\]|<[^>]*>|\*{4,}")
_ESCAPES = "in a password, write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and % as %25"

_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_SSL_MODE_ALIASES = {"true": "require", "1": "require", "false": "disable", "0": "disable", "no-verify": "require"}
"""What other languages' drivers call them (``ssl=true``)."""
_CERTIFICATE_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
_SYSTEM_CERTIFICATES = "system"
_DRIVER_PARAMETERS = frozenset({
    *_CERTIFICATE_FILES, "sslpassword", "sslnegotiation", "ssl_min_protocol_version", "ssl_max_protocol_version",
    "krbsrvname", "gsslib", "service", "passfile",
})  # fmt: skip
"""What the driver reads from an address itself."""
_SERVER_SETTINGS = frozenset({"application_name", "options", "search_path", "statement_timeout", "lock_timeout"})
_OWN_PARAMETERS = frozenset({
    "host", "port", "user", "password", "dbname", "database", "sslmode", "ssl", "connect_timeout",
    "target_session_attrs", "idle_in_transaction_session_timeout", "schema", "currentSchema",
})  # fmt: skip
_IGNORED_PARAMETERS = frozenset({
    # libpq's, without a counterpart in the driver
    "channel_binding", "client_encoding", "fallback_application_name", "gssencmode", "keepalives", "keepalives_count",
    "keepalives_idle", "keepalives_interval", "load_balance_hosts", "max_protocol_version", "min_protocol_version",
    "sslcertmode", "sslcompression", "sslsni", "tcp_user_timeout",
    # other languages' drivers', which hosters write into the addresses they give
    "connection_limit", "load_balance", "max_overflow", "pgbouncer", "pool_size", "pool_timeout", "prepareThreshold",
    "prepared_statement_cache_size", "socket_timeout", "statement_cache_size", "supa", "topology_keys",
    "uselibpqcompat",
})  # fmt: skip
_WRITABLE_SESSIONS = ("any", "read-write", "primary")
_READ_ONLY_SESSIONS = ("read-only", "standby", "prefer-standby")
_CONNECT_TIMEOUT_SECONDS = 15.0
IDLE_IN_TRANSACTION_TIMEOUT = "15s"
"""How long a process may stand still within a transaction before the server ends it, and with it the locks."""


@dataclass(frozen=True, slots=True)
class PostgreSqlAddress:
    """Where a PostgreSQL server is, and how to connect.

    ``hosts`` are tried in order, each a name, an IP address or a socket's folder, with its port; without any, the
    driver looks where psql does (``PGHOST``, the usual sockets). What is ``None`` also comes from where psql has it.
    """

    hosts: tuple[tuple[str | None, int | None], ...]
    user: str | None
    password: str | None = field(repr=False)
    database: str | None
    ssl_mode: str | None = None
    driver_parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    server_settings: Mapping[str, str] = field(default_factory=dict)
    target_session: str = "any"
    connect_timeout_seconds: float | None = _CONNECT_TIMEOUT_SECONDS
    idle_in_transaction_timeout: str = IDLE_IN_TRANSACTION_TIMEOUT

    @property
    def location(self) -> str:
        """The servers and the database, for messages; never with a password."""
        hosts = ",".join(_format_host(host, port) for host, port in self.hosts if host)
        return f"{hosts or 'localhost'}/{self.database or self.user or ''}"

    @property
    def connect_arguments(self) -> dict[str, Any]:
        """The arguments of ``asyncpg.connect``, but for host and port."""
        parameters = dict(self.driver_parameters)
        tls = self._create_tls_context(parameters)
        if tls is None and self.ssl_mode:
            parameters["sslmode"] = self.ssl_mode
        return {
            "dsn": f"postgresql://?{urlencode(parameters, quote_via=quote)}" if parameters else None,
            "user": self.user,
            "password": self.password,
            "database": self.database,
            "ssl": tls,
            "server_settings": dict(self.server_settings),
            "target_session_attrs": self.target_session,
            "timeout": self.connect_timeout_seconds,
        }

    def build_tool_url(self, database: str) -> str:
        """The address of one of the server's databases for psql, pg_dump and the like, without the password."""
        hosts = [host for host, _ in self.hosts if host]
        ports = [str(port or 5432) for _, port in self.hosts]
        parameters = {
            "host": ",".join(hosts),
            "port": ",".join(ports if any(port for _, port in self.hosts) else ()),
            "sslmode": self.ssl_mode or "",
        } | {name: value for name, value in self.driver_parameters.items() if name != "sslpassword"}
        query = urlencode({name: value for name, value in parameters.items() if value}, safe="/,:", quote_via=quote)
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        return f"postgresql://{user}/{quote(database, safe='')}{'?' if query else ''}{query}"

    def _create_tls_context(self, parameters: dict[str, str]) -> ssl.SSLContext | None:
        """A context that trusts what the machine trusts, where no root certificate is named; ``None`` elsewhere."""
        if self.ssl_mode != "verify-full" or parameters.get("sslrootcert") != _SYSTEM_CERTIFICATES:
            return None
        context = ssl.create_default_context()
        if "sslcert" in parameters:
            context.load_cert_chain(
                parameters["sslcert"], parameters.get("sslkey"), lambda: parameters.get("sslpassword", "")
            )
        for name in (*_CERTIFICATE_FILES, "sslpassword"):
            parameters.pop(name, None)
        return context


def is_postgresql_address(address: str) -> bool:
    """Whether an address is meant for PostgreSQL, right or wrong."""
    return bool(_SCHEME.match(address) or re.match(r"psql\s|PG[A-Z]+=|(?:host|dbname|user)=", address))


def parse_postgresql_address(address: str, name: str) -> PostgreSqlAddress:
    """Read an address.

    Raises :class:`~digestbot.errors.SettingsError`, which starts with ``name`` and says which part is wrong and how to
    write it, never the password.
    """
    try:
        return _Parser().parse(address)
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from None


class _Parser:
    def parse(self, address: str) -> PostgreSqlAddress:
        scheme = _SCHEME.match(address)
        if not scheme:
            raise ValueError(f"it is only the address, without a command or keywords around it: {EXAMPLE}")
        user_info, rest = _split_user_info(address[scheme.end() :])
        authority, _, query = rest.partition("?")
        host_list, _, database = authority.partition("/")
        parameters = dict(_iter_parameters(query))
        _check_names(parameters)
        user, colon, password = user_info.partition(":")
        ssl_mode = _read_ssl_mode(parameters)
        hosts = tuple(_iter_hosts(host_list, parameters.get("host", ""), parameters.get("port", "")))
        return PostgreSqlAddress(
            hosts=hosts,
            user=parameters.get("user") or _decode(user, "user") or None,
            password=_check_password(parameters.get("password") or (_decode(password, "password") if colon else None)),
            database=parameters.get("dbname") or parameters.get("database") or _decode(database, "database") or None,
            ssl_mode=ssl_mode,
            driver_parameters=_read_driver_parameters(parameters, ssl_mode),
            server_settings=_read_server_settings(parameters),
            target_session=_read_target_session(parameters, hosts),
            connect_timeout_seconds=_read_connect_timeout(parameters),
            idle_in_transaction_timeout=_read_idle_timeout(parameters),
        )


def _split_user_info(rest: str) -> tuple[str, str]:
    """User and password, up to the last ``@`` before the parameters: a password may have one, and a ``/``, as it is."""
    before, question_mark, query = rest.partition("?")
    user_info, at, location = before.rpartition("@")
    if not at and "@" in query and ":" in before and "=" not in query.partition("@")[0].partition("&")[0]:
        raise ValueError(f"the password has a ?: {_ESCAPES}")
    return user_info, f"{location}{question_mark}{query}"


def _iter_parameters(query: str) -> Iterator[tuple[str, str]]:
    hosts = []
    for pair in filter(None, query.split("&")):
        name, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"after the ? stand parameters such as sslmode=require, with a & between them; {_ESCAPES}")
        name, value = _decode(name, "parameters"), _decode(value, "parameters").strip()
        hosts += [value] if name == "host" else []
        if value:
            yield name, value
    if len(hosts) > 1:  # SQLAlchemy's way to write several
        yield "host", ",".join(hosts)


def _check_names(parameters: Mapping[str, str]) -> None:
    known = _OWN_PARAMETERS | _DRIVER_PARAMETERS | _SERVER_SETTINGS | _IGNORED_PARAMETERS
    for name in parameters:
        if name not in known:
            near = get_close_matches(name, known, 1)
            remedy = f"did you mean {near[0]}?" if near else "leave it out"
            raise ValueError(f"there is no parameter “{name[:40]}”: {remedy}")


def _decode(text: str, part: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise ValueError(f"the {part} cannot be read, since what follows a % there is not UTF-8: {_ESCAPES}") from None


def _check_password(password: str | None) -> str | None:
    if password and _PLACEHOLDER.fullmatch(password):
        raise ValueError("where the password belongs, it still has the hoster's placeholder: put your own there")
    return password


def _iter_hosts(host_list: str, host: str, port: str) -> Iterator[tuple[str | None, int | None]]:
    """The hosts, from the parameter if there is one, each with its port."""
    hosts = (
        [_split_port(part, is_parameter=bool(host)) for part in (host or host_list).split(",")]
        if host or host_list
        else []
    )
    ports = [_parse_port(part) for part in port.split(",")] if port else []
    if len(ports) > 1 and len(ports) != len(hosts):
        raise ValueError(f"it has {len(hosts)} hosts and {len(ports)} ports: name one port for all, or one for each")
    if not hosts and ports:
        yield None, ports[0]
    for number, (name, own_port) in enumerate(hosts):
        yield name or None, own_port or (ports[number % len(ports)] if ports else None)


def _split_port(host: str, *, is_parameter: bool) -> tuple[str, int | None]:
    name = _decode(host, "host").strip()
    if name.startswith("/"):  # a socket's folder; Google's have colons
        return name, None
    bracketed = re.fullmatch(r"\[([0-9A-Fa-f:.]+(?:%\w+)?)\](?::(.*))?", name)
    if bracketed:
        return bracketed[1], _parse_port(bracketed[2]) if bracketed[2] else None
    if is_parameter and name.count(":") > 1 and "[" not in name:  # as libpq writes it there
        return name, None
    if "[" in name or name.count(":") > 1:
        raise ValueError("an IPv6 address stands in brackets, such as [2001:db8::1]:5432")
    name, _, port = name.partition(":")
    if re.search(r"[\s@\\]", name):
        raise ValueError(f"the host is no name of a server: {EXAMPLE}; {_ESCAPES}")
    return name, _parse_port(port) if port else None


def _parse_port(port: str) -> int:
    """The port; what else stands there is not repeated, since it may be the end of a password."""
    if not re.fullmatch(r"\d{1,5}", port.strip(), re.ASCII) or not 0 < int(port) < 65536:
        raise ValueError(f"the port is a number from 1 to 65535, such as HOST:5432; {_ESCAPES}")
    return int(port)


def _read_ssl_mode(parameters: Mapping[str, str]) -> str | None:
    given = parameters.get("sslmode") or parameters.get("ssl")
    if given is None:
        return None
    mode = _SSL_MODE_ALIASES.get(given.lower(), given.lower().replace("_", "-"))
    if mode not in _SSL_MODES:
        raise ValueError(f"sslmode “{given[:40]}” is none of {', '.join(_SSL_MODES)}")
    return mode


def _read_driver_parameters(parameters: Mapping[str, str], ssl_mode: str | None) -> dict[str, str]:
    found = {name: value for name, value in parameters.items() if name in _DRIVER_PARAMETERS}
    for name in _CERTIFICATE_FILES:
        if name in found and found[name] != _SYSTEM_CERTIFICATES:
            found[name] = str(Path(found[name]).expanduser())
    _check_root_certificate(found, ssl_mode)
    _check_certificates(found)
    return found


def _check_root_certificate(parameters: dict[str, str], ssl_mode: str | None) -> None:
    """Trust what the machine trusts where a server is to be verified and nobody says by which certificate."""
    if ssl_mode == "verify-full" and not _find_default_root_certificate():
        parameters.setdefault("sslrootcert", _SYSTEM_CERTIFICATES)
    if ssl_mode == "verify-ca" and not _find_default_root_certificate() and "sslrootcert" not in parameters:
        raise ValueError("sslmode=verify-ca needs sslrootcert=/PATH/OF/THE/ca.crt, the hoster's; or use verify-full")
    if parameters.get("sslrootcert") == _SYSTEM_CERTIFICATES and ssl_mode != "verify-full":
        raise ValueError("sslrootcert=system needs sslmode=verify-full")


def _find_default_root_certificate() -> bool:
    return Path("~/.postgresql/root.crt").expanduser().is_file()


def _check_certificates(parameters: Mapping[str, str]) -> None:
    for name in _CERTIFICATE_FILES:
        path = parameters.get(name)
        if path and path != _SYSTEM_CERTIFICATES:
            _read_certificate(name, path)
    if "sslcert" in parameters:
        _check_key(parameters)


def _read_certificate(name: str, path: str) -> None:
    try:
        Path(path).read_bytes()
        if name in {"sslrootcert", "sslcrl"}:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except ssl.SSLError:
        raise ValueError(f"{name} “{path}” is not a certificate in PEM format: download the hoster's again") from None
    except OSError as error:
        problem = error.strerror or type(error).__name__
        raise ValueError(
            f"{name} “{path}” cannot be read ({problem}): put the file there, or correct the path"
        ) from None


def _check_key(parameters: Mapping[str, str]) -> None:
    key, password = parameters.get("sslkey"), parameters.get("sslpassword", "")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(parameters["sslcert"], key, lambda: password)
    except OSError:
        raise ValueError(
            f"sslcert “{parameters['sslcert']}” and sslkey “{key or ''}” are not a certificate and its key in PEM"
            " format: name both; a key with a password needs sslpassword"
        ) from None


def _read_server_settings(parameters: Mapping[str, str]) -> dict[str, str]:
    settings = {name: value for name, value in parameters.items() if name in _SERVER_SETTINGS}
    settings.setdefault("application_name", parameters.get("fallback_application_name", "digestbot"))
    schema = parameters.get("schema") or parameters.get("currentSchema")
    if schema and schema != "public":
        settings.setdefault("search_path", schema)
    if "options" in settings:  # a + is a space there: no option has one
        settings["options"] = settings["options"].replace("+", " ")
    return settings


def _read_target_session(parameters: Mapping[str, str], hosts: tuple[object, ...]) -> str:
    """Of several servers, the one that can be written, unless the address says otherwise."""
    given = parameters.get("target_session_attrs", "read-write" if len(hosts) > 1 else "any")
    if given in _READ_ONLY_SESSIONS:
        raise ValueError(f"target_session_attrs={given} means a server that cannot be written: write read-write")
    if given not in _WRITABLE_SESSIONS:
        raise ValueError(f"target_session_attrs “{given[:40]}” is none of {', '.join(_WRITABLE_SESSIONS)}")
    return given


def _read_connect_timeout(parameters: Mapping[str, str]) -> float | None:
    """The seconds for each host; ``None``, as with psql's 0, for no limit."""
    given = parameters.get("connect_timeout")
    if given is None:
        return _CONNECT_TIMEOUT_SECONDS
    if not re.fullmatch(r"\d{1,6}", given, re.ASCII):
        raise ValueError("connect_timeout is a number of seconds, such as connect_timeout=10")
    return float(given) or None


def _read_idle_timeout(parameters: Mapping[str, str]) -> str:
    given = parameters.get("idle_in_transaction_session_timeout")
    if given and not re.fullmatch(r"\d{1,9}(ms|s|min)?", given, re.ASCII):
        raise ValueError("idle_in_transaction_session_timeout is a time such as 15s or 500ms")
    named = "idle_in_transaction_session_timeout" in parameters.get("options", "")
    return given or ("" if named else IDLE_IN_TRANSACTION_TIMEOUT)


def _format_host(host: str | None, port: int | None) -> str:
    name = f"[{host}]" if host and ":" in host and not host.startswith("/") else host or "localhost"
    return f"{name}:{port}" if port and port != 5432 else name
