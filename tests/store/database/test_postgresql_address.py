"""PostgreSQL's addresses as hosters and libpq write them: what is read out of each, and each tried on a server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import text

from digestbot.errors import SettingsError, StoreError
from digestbot.store import Database, Store
from digestbot.store.database.postgresql_address import PostgreSqlAddress, parse_postgresql_address
from digestbot.store.database.postgresql_engine import create_postgresql_engine
from tests.pgbouncer import PASSWORD, USER, needs_pgbouncer, run_pgbouncer, write_certificates
from tests.postgresql import PostgreSql
from tests.waiting import HANG_SECONDS

NAME = "DIGESTBOT_DATABASE_URL"
SECRET = "s3cr3t"
Hosts = tuple[tuple[str | None, int | None], ...]


@dataclass(frozen=True)
class Row:
    """An address; what is to be read out of it."""

    address: str
    hosts: Hosts
    database: str | None
    user: str | None = "u"
    password: str | None = SECRET
    mode: str | None = None
    driver: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    session: str = "any"
    seconds: float | None = 15.0
    idle: str = "15s"


SHOWN = ("idle_in_transaction_session_timeout", "application_name")
ONE: Hosts = (("h", None),)
HEROKU = "ec2-54-1-2-3.eu-west-1.compute.amazonaws.com"
ADDRESSES = {
    "Heroku": Row(f"postgres://u:{SECRET}@{HEROKU}:5432/d1", ((HEROKU, 5432),), "d1"),
    "Render, inside": Row(f"postgresql://u:{SECRET}@dpg-abc-a/d", (("dpg-abc-a", None),), "d"),
    "Render, outside": Row(
        f"postgresql://u:{SECRET}@dpg-abc-a.oregon-postgres.render.com/d",
        (("dpg-abc-a.oregon-postgres.render.com", None),),
        "d",
    ),
    "Railway": Row(
        f"postgresql://postgres:{SECRET}@postgres.railway.internal:5432/railway",
        (("postgres.railway.internal", 5432),),
        "railway",
        user="postgres",
    ),
    "Railway's proxy": Row(
        f"postgresql://u:{SECRET}@roundhouse.proxy.rlwy.net:12345/d", (("roundhouse.proxy.rlwy.net", 12345),), "d"
    ),
    "Fly": Row(
        f"postgres://u:{SECRET}@app-db.flycast:5432/d?sslmode=disable",
        (("app-db.flycast", 5432),),
        "d",
        mode="disable",
    ),
    "Fly, by IPv6": Row(f"postgres://u:{SECRET}@[fdaa:0:1::3]:5433/d", (("fdaa:0:1::3", 5433),), "d"),
    "Supabase": Row(
        f"postgresql://postgres:{SECRET}@db.abc.supabase.co:5432/postgres",
        (("db.abc.supabase.co", 5432),),
        "postgres",
        user="postgres",
    ),
    "Supabase's pooler": Row(
        f"postgres://postgres.abc:{SECRET}@aws-0-eu-central-1.pooler.supabase.com:6543/postgres"
        "?pgbouncer=true&connection_limit=1",
        (("aws-0-eu-central-1.pooler.supabase.com", 6543),),
        "postgres",
        user="postgres.abc",
    ),
    "Neon": Row(
        f"postgresql://u:{SECRET}@ep-cool-1-pooler.us-east-2.aws.neon.tech/d?sslmode=require&channel_binding=require",
        (("ep-cool-1-pooler.us-east-2.aws.neon.tech", None),),
        "d",
        mode="require",
    ),
    "Neon, without SNI": Row(
        f"postgres://u:{SECRET}@h/d?sslmode=require&options=endpoint%3Dep-cool-1",
        ONE,
        "d",
        mode="require",
        settings={"options": "endpoint=ep-cool-1"},
    ),
    "Neon, verified": Row(
        f"postgresql://u:{SECRET}@h/d?sslmode=verify-full&sslrootcert=system",
        ONE,
        "d",
        mode="verify-full",
        driver={"sslrootcert": "system"},
    ),
    "Vercel": Row(
        f"postgres://default:{SECRET}@h:5432/verceldb?pgbouncer=true&connect_timeout=15&sslmode=require",
        (("h", 5432),),
        "verceldb",
        user="default",
        mode="require",
    ),
    "Aiven": Row(
        f"postgres://avnadmin:{SECRET}@pg-1-x.aivencloud.com:24947/defaultdb?sslmode=require",
        (("pg-1-x.aivencloud.com", 24947),),
        "defaultdb",
        user="avnadmin",
        mode="require",
    ),
    "Aiven, verified": Row(
        f"postgres://u:{SECRET}@h:24947/d?sslmode=verify-ca&sslrootcert={{ca}}",
        (("h", 24947),),
        "d",
        mode="verify-ca",
        driver={"sslrootcert": "{ca}"},
    ),
    "RDS": Row(
        f"postgresql://u:{SECRET}@x.rds.amazonaws.com:5432/d?sslmode=verify-full&sslrootcert={{ca}}",
        (("x.rds.amazonaws.com", 5432),),
        "d",
        mode="verify-full",
        driver={"sslrootcert": "{ca}"},
    ),
    "DigitalOcean": Row(
        f"postgresql://doadmin:{SECRET}@db-1.b.db.ondigitalocean.com:25060/defaultdb?sslmode=require",
        (("db-1.b.db.ondigitalocean.com", 25060),),
        "defaultdb",
        user="doadmin",
        mode="require",
    ),
    "CockroachDB": Row(
        f"postgresql://u:{SECRET}@free-tier.cockroachlabs.cloud:26257/defaultdb"
        "?sslmode=verify-full&sslrootcert={ca}&options=--cluster%3Dbrave-ape-1",
        (("free-tier.cockroachlabs.cloud", 26257),),
        "defaultdb",
        mode="verify-full",
        driver={"sslrootcert": "{ca}"},
        settings={"options": "--cluster=brave-ape-1"},
    ),
    "CockroachDB's own scheme": Row(f"cockroachdb://u:{SECRET}@h:26257/d", (("h", 26257),), "d"),
    "Azure": Row(
        f"postgres://admin%40server:{SECRET}@server.postgres.database.azure.com:5432/postgres?sslmode=require",
        (("server.postgres.database.azure.com", 5432),),
        "postgres",
        user="admin@server",
        mode="require",
    ),
    "Azure, as it was copied": Row(
        f"postgres://admin@server:{SECRET}@h/d", ONE, "d", user="admin@server"
    ),  # Azure wants the @ as %40
    "Google's socket": Row(
        f"postgresql://u:{SECRET}@/d?host=/cloudsql/project:region:instance",
        (("/cloudsql/project:region:instance", None),),
        "d",
    ),
    "Google's socket, with a host": Row(
        f"postgresql://u:{SECRET}@localhost/d?host=/cloudsql/project:region:instance",
        (("/cloudsql/project:region:instance", None),),
        "d",
    ),
    "Crunchy Bridge": Row(
        f"postgres://application:{SECRET}@p.abc.db.postgresbridge.com:5432/postgres",
        (("p.abc.db.postgresbridge.com", 5432),),
        "postgres",
        user="application",
    ),
    "Timescale": Row(
        f"postgres://tsdbadmin:{SECRET}@a.b.tsdb.cloud.timescale.com:35000/tsdb?sslmode=require",
        (("a.b.tsdb.cloud.timescale.com", 35000),),
        "tsdb",
        user="tsdbadmin",
        mode="require",
    ),
    "Scalingo": Row(
        f"postgres://u:{SECRET}@x.postgresql.a.osc-fr1.scalingo-dbs.com:30001/d?sslmode=prefer",
        (("x.postgresql.a.osc-fr1.scalingo-dbs.com", 30001),),
        "d",
        mode="prefer",
    ),
    "Yugabyte": Row(
        f"postgresql://admin:{SECRET}@h:5433/yugabyte?ssl=true&load_balance=true",
        (("h", 5433),),
        "yugabyte",
        user="admin",
        mode="require",
    ),
    "Koyeb": Row(f"postgres://koyeb-adm:{SECRET}@h/koyebdb", ONE, "koyebdb", user="koyeb-adm"),
    "Node's": Row(f"postgres://u:{SECRET}@h/d?sslmode=no-verify&uselibpqcompat=true", ONE, "d", mode="require"),
    "Prisma's": Row(
        f"postgresql://u:{SECRET}@h/d?schema=public&connection_limit=5&pool_timeout=10&sslmode=prefer",
        ONE,
        "d",
        mode="prefer",
    ),
    "Java's": Row(f"jdbc:postgresql://h:5432/d?user=u&password={SECRET}&ssl=true", (("h", 5432),), "d", mode="require"),
    "Django's": Row(f"postgis://u:{SECRET}@h/d", ONE, "d"),
    "SQLAlchemy's": Row(f"postgresql+psycopg2://u:{SECRET}@h/d", ONE, "d"),
    "SQLAlchemy's, asyncpg": Row(
        f"postgresql+asyncpg://u:{SECRET}@h/d?ssl=require&prepared_statement_cache_size=0", ONE, "d", mode="require"
    ),
    "SQLAlchemy's, several hosts": Row(
        f"postgresql+asyncpg://u:{SECRET}@/d?host=a:5432&host=b:5433",
        (("a", 5432), ("b", 5433)),
        "d",
        session="read-write",
    ),
    "Patroni's": Row(
        f"postgresql://u:{SECRET}@a:5432,b:5433/d?target_session_attrs=primary",
        (("a", 5432), ("b", 5433)),
        "d",
        session="primary",
    ),
    "libpq: all is the default's": Row("postgresql://", (), None, user=None, password=None),
    "libpq: a database": Row("postgresql:///mydb", (), "mydb", user=None, password=None),
    "libpq: a user": Row("postgresql://user@localhost", (("localhost", None),), None, user="user", password=None),
    "libpq: parameters": Row(
        "postgresql://other@localhost/otherdb?connect_timeout=10&application_name=myapp",
        (("localhost", None),),
        "otherdb",
        user="other",
        password=None,
        settings={"application_name": "myapp"},
        seconds=10.0,
    ),
    "libpq: several hosts, with parameters": Row(
        "postgresql://host1:123,host2:456/somedb?target_session_attrs=any&application_name=myapp",
        (("host1", 123), ("host2", 456)),
        "somedb",
        user=None,
        password=None,
        settings={"application_name": "myapp"},
    ),
    "libpq: several hosts, one port": Row(
        f"postgresql://u:{SECRET}@/d?host=a,b&port=5433", (("a", 5433), ("b", 5433)), "d", session="read-write"
    ),
    "libpq: host and port": Row(
        "postgresql:///mydb?host=localhost&port=5433", (("localhost", 5433),), "mydb", user=None, password=None
    ),
    "libpq: IPv6": Row(
        "postgresql://[2001:db8::1234]/database", (("2001:db8::1234", None),), "database", user=None, password=None
    ),
    "libpq: a socket": Row(
        f"postgresql://u:{SECRET}@%2Fvar%2Frun%2Fpostgresql/d", (("/var/run/postgresql", None),), "d"
    ),
    "libpq: options": Row(
        f"postgresql://u:{SECRET}@h/d?options=-c%20statement_timeout%3D5min%20-c+lock_timeout%3D2s",
        ONE,
        "d",
        settings={"options": "-c statement_timeout=5min -c lock_timeout=2s"},
    ),
    "libpq: no limit on connecting": Row(f"postgresql://u:{SECRET}@h/d?connect_timeout=0", ONE, "d", seconds=None),
    "libpq: keepalives": Row(
        f"postgresql://u:{SECRET}@h/d?keepalives=1&keepalives_idle=30&tcp_user_timeout=5000&gssencmode=disable",
        ONE,
        "d",
    ),
    "libpq: a client's certificate": Row(
        f"postgresql://u:{SECRET}@h/d?sslmode=verify-full&sslrootcert={{ca}}&sslcert={{crt}}&sslkey={{key}}",
        ONE,
        "d",
        mode="verify-full",
        driver={"sslrootcert": "{ca}", "sslcert": "{crt}", "sslkey": "{key}"},
    ),
    "libpq: allow": Row(f"postgresql://u:{SECRET}@h/d?sslmode=allow", ONE, "d", mode="allow"),
    "an own limit of idle time": Row(
        f"postgresql://u:{SECRET}@h/d?idle_in_transaction_session_timeout=500ms", ONE, "d", idle="500ms"
    ),
    "an own schema": Row(
        f"postgresql://u:{SECRET}@h/d?currentSchema=papers", ONE, "d", settings={"search_path": "papers"}
    ),
    "a password with what an address has": Row("postgres://u:p@s:s/w%rd@h/d", ONE, "d", password="p@s:s/w%rd"),
    "the same, written as it should be": Row("postgres://u:p%40s%3As%2Fw%25rd@h/d", ONE, "d", password="p@s:s/w%rd"),
    "a password with a # and a +": Row("postgres://u:p#a+b@h/d", ONE, "d", password="p#a+b"),
    "a password in Chinese": Row("postgres://u:%E5%AF%86@h/d", ONE, "d", password="密"),
    "quotes and spaces around it": Row(f" 'postgres://u:{SECRET}@h/d' ", ONE, "d"),
}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What stands for ``{ca}``, ``{crt}`` and ``{key}`` in an address, and PgBouncer's lines."""
    folder = tmp_path_factory.mktemp("certificates")
    for parent in (folder, *folder.parents[:3]):
        parent.chmod(0o755)  # PgBouncer reads them as another user
    lines = write_certificates(folder)
    return {"ca": f"{folder}/ca.crt", "crt": f"{folder}/server.crt", "key": f"{folder}/server.key"} | lines


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_address_is_read_as_it_is_meant(name: str, certificates: dict[str, str]) -> None:
    row = ADDRESSES[name]
    address = parse_postgresql_address(row.address.strip(" '").format_map(certificates), NAME)
    assert (address.hosts, address.database, address.user, address.password) == (
        row.hosts,
        row.database,
        row.user,
        row.password,
    )
    assert address.ssl_mode == row.mode
    assert address.driver_parameters == {key: value.format_map(certificates) for key, value in row.driver.items()}
    assert address.server_settings == {"application_name": "digestbot"} | row.settings
    assert (address.target_session, address.connect_timeout_seconds) == (row.session, row.seconds)
    assert address.idle_in_transaction_timeout == row.idle
    assert (row.password or "-") not in f"{address!r} {address.location}"
    assert Database(row.address.format_map(certificates)).is_server
    typed = parse_postgresql_address(address.build_tool_url("other"), NAME)  # for pg_dump, which asks for the password
    assert (typed.database, typed.user, typed.password) == ("other", row.user, None)
    assert [host for host, _ in typed.hosts] == [host for host, _ in row.hosts]
    assert {port or 5432 for _, port in typed.hosts} == {port or 5432 for _, port in row.hosts}
    assert (typed.ssl_mode, typed.driver_parameters) == (address.ssl_mode, address.driver_parameters)


async def test_each_address_reaches_a_server_that_stands_for_the_hosters(
    postgresql: PostgreSql, certificates: dict[str, str]
) -> None:
    """By its socket, where there is no TLS: all else that an address says is said to the server."""
    with postgresql.open_database(directly=True) as url:
        own = parse_postgresql_address(url, NAME)
        for name, row in ADDRESSES.items():
            address = parse_postgresql_address(row.address.strip(" '").format_map(certificates), NAME)
            if not {"endpoint", "--cluster"} & set(row.settings.get("options", "").split("=")):  # those hosters' alone
                here = replace(address, hosts=own.hosts, user=own.user, password=None, database=own.database)
                shown = await ask(
                    here, f"SELECT concat_ws(' ', {', '.join(map('current_setting({!r})'.format, SHOWN))})"
                )
                assert shown == f"{row.idle} {address.server_settings['application_name']}", name


async def ask(address: PostgreSqlAddress, question: str) -> object:
    engine = create_postgresql_engine(address, "-")
    try:
        async with engine.connect() as connection:
            return await connection.scalar(text(question))
    finally:
        await engine.dispose()


@needs_pgbouncer
async def test_tls_is_asked_for_as_the_address_says(
    postgresql: PostgreSql, certificates: dict[str, str], tmp_path: Path
) -> None:
    lines = {key: value for key, value in certificates.items() if key.startswith("client_tls")}
    with (
        postgresql.open_database(directly=True) as url,
        run_pgbouncer(postgresql.socket_folder, **lines) as secure,
        run_pgbouncer(postgresql.socket_folder) as plain,
    ):
        name = str(parse_postgresql_address(url, NAME).database)
        for mode in ("", "prefer", "allow", "require", "true", "no-verify"):
            await probe(secure.build_url(name, f"?sslmode={mode}" if mode else ""))
        for mode in ("require", "verify-ca", "verify-full"):
            await probe(secure.build_url(name, f"?sslmode={mode}&sslrootcert={certificates['ca']}"))
        both = f"&sslcert={certificates['crt']}&sslkey={certificates['key']}"
        await probe(secure.build_url(name, f"?sslmode=verify-full&sslrootcert={certificates['ca']}{both}"))
        for mode in ("", "prefer", "allow", "disable"):
            await probe(plain.build_url(name, f"?sslmode={mode}" if mode else ""))
        for address, word in (
            (secure.build_url(name, "?sslmode=disable"), "sslmode=require"),
            (secure.build_url(name, "?sslmode=verify-full"), "sslrootcert"),  # the machine does not know the authority
            (plain.build_url(name, "?sslmode=require"), "sslmode=disable"),
        ):
            with pytest.raises(StoreError, match=word) as refused:
                await probe(address)
            assert PASSWORD not in str(refused.value)


async def probe(url: str) -> None:
    store = Store(Database(url))
    try:
        await store.key_values.set("x", "kept")
        assert await store.key_values.get("x") == "kept"
    finally:
        await store.close()


@needs_pgbouncer
async def test_a_password_with_everything_in_it_is_taken_and_a_wrong_one_is_a_sentence(
    postgresql: PostgreSql,
) -> None:
    with postgresql.open_database(directly=True) as url, run_pgbouncer(postgresql.socket_folder) as pooler:
        name = str(parse_postgresql_address(url, NAME).database)
        await probe(pooler.build_url(name))
        await probe(f"postgres://{USER}:p@ss:w/o%3Fr#d 100%@127.0.0.1:{pooler.port}/{name}")
        with pytest.raises(StoreError, match="refuses the user or password") as refused:
            await probe(f"postgres://{USER}:{SECRET}@127.0.0.1:{pooler.port}/{name}")
        assert SECRET not in str(refused.value)


WRONG = {
    "sqlite+aiosqlite:///": "names no file",
    "sqlite+aiosqlite:///:memory:": "names no file",
    "nonsense": "is not a URL",
    f"mysql://u:{SECRET}@h/d": "is not a URL",
    f"psql postgresql://u:{SECRET}@h/d": "without a command",
    f"psql 'postgresql://u:{SECRET}@h/d'": "without a command",
    f"PGPASSWORD={SECRET} psql -h h -U u d": "without a command",
    f"host=h user=u password={SECRET} dbname=d": "without a command",
    f"postgres://u:{SECRET}@h:543x/d": "the port is a number",
    f"postgres://u:{SECRET}@h:99999/d": "the port is a number",
    f"postgres://u:{SECRET}@h:0/d": "the port is a number",
    f"postgres://u:{SECRET}@h/d?port={SECRET}": "the port is a number",
    f"postgres://u:{SECRET}/d": "the port is a number",  # the host was forgotten
    f"postgres://u:{SECRET}?x@h/d": "has a ?: in a password",
    f"postgres://u:{SECRET}%FF@h/d": "not UTF-8",
    "postgresql://postgres:[YOUR-PASSWORD]@db.abc.supabase.co:5432/postgres": "placeholder",
    "postgres://avnadmin:<password>@h:1/d": "placeholder",
    "postgresql://u:****************@ep-1.aws.neon.tech/d": "placeholder",
    f"postgres://u:{SECRET}@2001:db8::1/d": "in brackets",
    f"postgres://u:{SECRET}@[2001:db8::1/d": "in brackets",
    f"postgres://u:{SECRET}@a b/d": "no name of a server",
    f"postgres://u:{SECRET}@a,b,c/d?port=1,2": "3 hosts and 2 ports",
    f"postgres://u:{SECRET}@h/d?sslmode=required": "sslmode “required” is none of disable",
    f"postgres://u:{SECRET}@h/d?ssl=maybe": "sslmode “maybe” is none of disable",
    f"postgres://u:{SECRET}@h/d?sslmod=require": "did you mean sslmode",
    f"postgres://u:{SECRET}@h/d?colour=red": "no parameter “colour”: leave it out",
    f"postgres://u:{SECRET}@h/d?require": "such as sslmode=require",
    f"postgres://u:{SECRET}@h/d?sslmode=verify-ca": "needs sslrootcert=",
    f"postgres://u:{SECRET}@h/d?sslmode=require&sslrootcert=system": "needs sslmode=verify-full",
    f"postgres://u:{SECRET}@h/d?sslmode=require&sslrootcert=/nowhere/ca.crt": "/nowhere/ca.crt” cannot be read",
    f"postgres://u:{SECRET}@h/d?sslmode=require&sslcert=/nowhere/a.crt": "sslcert “/nowhere/a.crt” cannot be read",
    f"postgres://u:{SECRET}@h/d?sslmode=require&sslkey=/nowhere/a.key": "sslkey “/nowhere/a.key” cannot be read",
    f"postgres://u:{SECRET}@h/d?sslrootcert={{key}}": "not a certificate in PEM format",
    f"postgres://u:{SECRET}@h/d?sslcert={{crt}}&sslkey={{ca}}": "not a certificate and its key",
    f"postgres://u:{SECRET}@h/d?connect_timeout=soon": "a number of seconds",
    f"postgres://u:{SECRET}@h/d?target_session_attrs=standby": "cannot be written: write read-write",
    f"postgres://u:{SECRET}@h/d?target_session_attrs=master": "“master” is none of any",
    f"postgres://u:{SECRET}@h/d?idle_in_transaction_session_timeout=never": "a time such as 15s",
}


@pytest.mark.parametrize("address", WRONG)
def test_a_wrong_address_is_one_sentence_that_names_the_part(address: str, certificates: dict[str, str]) -> None:
    with pytest.raises(SettingsError) as refused:
        Database(address.format_map(certificates))
    message = str(refused.value)
    assert message.startswith(NAME)
    assert WRONG[address] in message
    assert SECRET not in message
    assert "\n" not in message


async def test_a_server_that_is_not_there_is_passed_over_for_the_next(postgresql: PostgreSql, port: int) -> None:
    with postgresql.open_database(directly=True) as url:
        own = parse_postgresql_address(url, NAME)
        several = replace(own, hosts=(("127.0.0.1", port), ("no-such-host.invalid", None), *own.hosts))
        assert await ask(several, "SELECT 1") == 1


@pytest.fixture
async def hasty_store(postgresql: PostgreSql) -> AsyncIterator[Store]:
    with postgresql.open_database(directly=True) as url:
        store = Store(Database(f"{url}&idle_in_transaction_session_timeout=300ms"))
        yield store
        await store.close()


async def test_a_process_that_is_paused_within_a_transaction_locks_nobody_out(hasty_store: Store) -> None:
    await hasty_store.key_values.set("x", "first")
    async with asyncio.timeout(HANG_SECONDS):
        with pytest.raises(StoreError, match=r"closed the connection|stood still"):
            await pause_within_transaction(hasty_store)
    assert await hasty_store.key_values.get("x") == "second"


async def pause_within_transaction(store: Store) -> None:
    async with store.database.write() as paused:
        await paused.execute(text("UPDATE key_values SET value = 'paused'"))
        await store.key_values.set("x", "second")  # waits for the row until the server ends the other
        await paused.execute(text("SELECT 1"))
