"""What an operator sets: where it comes from, what is set where nothing is, what is refused, and what stays secret."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest

from digestbot.domain.arxiv.archives import ARCHIVES
from digestbot.domain.subscription import Address
from digestbot.domain.timezones import get_timezone
from digestbot.errors import SettingsError
from digestbot.net.addresses import find_proxy
from digestbot.settings import DiscordSettings, Settings, TelegramSettings, list_overridden_settings, load_settings
from tests.conftest import ROOT
from tests.places import OFFLINE

TELEGRAM = "123456:AAtelegram-token-of-tests"
DISCORD = "MTIzNDU2Nzg5MDEy.GhIjKl.discord-token-of-tests"
HOOK = "webhook-secret-of-tests"
KEY = "sk-key-of-tests"
PASSWORD = "password-of-tests"
MODEL = '[[builder.models]]\nname = "m"\n'


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., None]:
    """Writes ``.env`` or ``digestbot.toml`` into the working folder."""

    def write_file(name: str, text: str) -> None:
        (tmp_path / name).write_text(text, "utf-8")

    return write_file


def value_of(name: str, settings: Settings) -> object:
    """The value of a setting by the name that it has in the environment, without the prefix."""
    found: object = settings
    for part in name.lower().split("__"):
        found = found[part] if isinstance(found, dict) else getattr(found, part)
    return found.get_secret_value() if hasattr(found, "get_secret_value") else found


# Where a value comes from


@pytest.mark.parametrize(
    ("name", "toml", "dotenv", "environment"),
    [
        ("LANGUAGE", 'language = "zh"', "en", "zh"),
        ("MAX_DELIVERY_AGE_HOURS", "max_delivery_age_hours = 1", "2", "3"),
        ("METRICS", "metrics = false", "true", "false"),
        ("TIME", 'time = "07:01"', "07:02", "07:03"),
        ("TELEGRAM__MAX_CONNECTIONS", "[telegram]\nmax_connections = 1", "2", "3"),
        ("TELEGRAM__TOKEN", '[telegram]\ntoken = "1:aaaaaaaaaaaa"', "2:aaaaaaaaaaaa", "3:aaaaaaaaaaaa"),
        ("TELEGRAM__WEBHOOK_SECRET", '[telegram]\nwebhook_secret = "one"', "two", "three"),
        ("DISCORD__REQUESTS_PER_SECOND", "[discord]\nrequests_per_second = 1", "2", "3"),
        ("BUILDER__DAILY_TOKEN_LIMIT", "[builder]\ndaily_token_limit = 1", "2", "3"),
        ("BUILDER__ARXIV_DELAY_SECONDS", "[builder]\narxiv_delay_seconds = 1", "2", "3"),
        ("BUILDER__API_KEYS__OPENAI", f'{MODEL}[builder.api_keys]\nopenai = "one"', "two", "three"),
    ],
)
def test_the_environment_wins_over_dotenv_and_that_over_toml(
    name: str, toml: str, dotenv: str, environment: str, write: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("digestbot.toml", toml)
    one = value_of(name, Settings())
    write(".env", f"DIGESTBOT_{name}={dotenv}\n")
    two = value_of(name, Settings())
    monkeypatch.setenv(f"DIGESTBOT_{name}", environment)
    three = value_of(name, Settings())
    written = re.search(r'= "?([\w:]+)"?$', toml)
    assert written
    for found, given in ((one, written[1]), (two, dotenv), (three, environment)):
        shown = found.strftime("%H:%M") if isinstance(found, time) else str(found).lower().removesuffix(".0")
        assert shown == given.lower()


def test_what_one_place_leaves_open_another_fills_in(
    write: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    write("digestbot.toml", "timezone = 'Europe/Berlin'\n[telegram]\nmax_connections = 7\n[builder]\nconcurrency = 3\n")
    write(
        ".env",
        "DIGESTBOT_TELEGRAM__TIMEOUT_SECONDS=8\nDIGESTBOT_DELIVERY_RETENTION_DAYS=9\nDIGESTBOT_BUILDER__BUILD_AT=05:30\n",
    )
    monkeypatch.setenv("DIGESTBOT_TELEGRAM__CARD_STYLE", "classic")
    monkeypatch.setenv("DIGESTBOT_BUILDER__DAILY_COST_LIMIT_USD", "2")
    settings = Settings()
    telegram, builder = settings.telegram, settings.builder
    assert (settings.timezone, settings.delivery_retention_days) == ("Europe/Berlin", 9)
    assert (telegram.max_connections, telegram.timeout_seconds, telegram.card_style) == (7, 8, "classic")
    assert (builder.concurrency, builder.build_at, builder.daily_cost_limit_usd) == (3, time(5, 30), 2)


def test_what_a_command_sets_itself_wins_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGESTBOT_DATABASE_URL", "sqlite:///everybodys.db")
    assert load_settings(database_url="sqlite:///own.db").effective_database_url == "sqlite:///own.db"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("digestbot.toml", 'port = 1\ntime = "8\n', "digestbot.toml, line 2, column 10: this is not TOML ("),
        ("digestbot.toml", "timezone", "quotes and brackets come in pairs"),
        ("digestbot.toml", "\udcff", "digestbot.toml is not in UTF-8: save it in that encoding"),
        ("digestbot.toml", "\ufeffport = 1", "digestbot.toml begins with a byte order mark: save it as UTF-8"),
        (".env", "\udcff", ".env is not in UTF-8: save it in that encoding"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_what_is_wrong(
    name: str, text: str, says: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text, "utf-8", "surrogateescape")
    with pytest.raises(SettingsError, match=f"^settings: .*{re.escape(says)}"):
        load_settings()


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("time = 830", "it is a time of day in quotes"),
        ("time = true", "it is a time of day in quotes"),
        ('time = "08:00+02:00"', "it is a time of day without an offset"),
        ("time = 2026-11-23T08:00:00", "it is a time of day, such as"),
        ('[[topics]]\ntitle = "A"\nbuild_at = 6', "build_at in digestbot.toml, line 3: it is a time of day in quotes"),
        ("[builder]\nbuild_at = 6", "it is a time of day in quotes"),
        ("port = true", "it is a whole number from 0 to 65535"),
        ("poll_seconds = true", "it is a number above 0"),
        ("max_page_megabytes = inf", "it is a number above 0"),
        ("delivery_jitter_seconds = nan", "it is a number from 0 to 20"),
        ("max_page_megabytes = '20MB'", "it is a number above 0"),
        ("max_future_days = 1.5", "it is a whole number from 0"),
        ("metrics = 1", "it is true or false"),
        ("[builder]\nfull_text = 0.0", "it is true or false"),
        ("[telegram]\nmax_connections = true", "it is a whole number from 1 to 1000"),
        ("[discord]\npush_previews = 0", "it is true or false"),
        ('[[topics]]\ntitle = "A"\nmax_papers = true', "it is a whole number from 1 to 200"),
        ('[[topics]]\ntitle = "A"\naccepted_only = 1', "it is true or false"),
        ('[[builder.models]]\nname = "m"\ndollars_in = true', "it is a number of 0 or more"),
    ],
)
def test_a_value_of_another_kind_is_refused_rather_than_read_as_this_one(
    toml: str, says: str, write: Callable[..., None]
) -> None:
    write("digestbot.toml", toml)
    with pytest.raises(SettingsError, match=re.escape(says)):
        load_settings()


@pytest.mark.parametrize("value", ["8", "830", "8:00+02:00", "08:00Z", "8am"])
@pytest.mark.parametrize("source", ["environment", ".env", "digestbot.toml"])
def test_all_sources_take_the_same_times(
    value: str, source: str, write: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def set_time(text: str) -> None:
        if source == "environment":
            monkeypatch.setenv("DIGESTBOT_TIME", text)
        else:
            write(source, f'time = "{text}"' if source == "digestbot.toml" else f"DIGESTBOT_TIME={text}")

    set_time(value)
    with pytest.raises(SettingsError, match="it is a time of day"):
        load_settings()
    set_time("07:30")
    assert str(load_settings().time) == "07:30:00"


def test_an_empty_folder_is_none_and_not_the_working_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGESTBOT_BUILDER__PAGES_DIR", "")
    assert load_settings().builder.pages_dir is None


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("北京", "Asia/Shanghai"),
        ("UTC+8", "Etc/GMT-8"),
        ("UTC+5:30", "UTC+05:30"),
    ],
)
def test_a_timezone_may_be_named_by_its_city_or_offset(name: str, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGESTBOT_TIMEZONE", name)
    settings = load_settings()
    assert settings.timezone == zone
    assert get_timezone(settings.timezone)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Europe/Berln", "“Europe/Berln” is not one timezone (did you mean Europe/Berlin"),
        ("Bejing", "“Bejing” is not one timezone (did you mean Asia/Shanghai"),
        ("CST", "“CST” is not one timezone (did you mean America/Chicago or Asia/Shanghai"),
        ("xqz", "“xqz” is not one timezone, such as Europe/Berlin, Berlin or UTC+8"),
        ("", "“” is not one timezone, such as Europe/Berlin"),
    ],
)
def test_a_timezone_that_is_none_is_told_with_the_likely_ones(
    name: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGESTBOT_TIMEZONE", name)
    with pytest.raises(SettingsError, match=f"DIGESTBOT_TIMEZONE in the environment: {re.escape(says)}"):
        load_settings()


def test_what_two_files_disagree_on_is_told_without_the_values(
    write: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(".env", f"DIGESTBOT_TIMEZONE=Europe/Berlin\nDIGESTBOT_METRICS=true\nDIGESTBOT_TELEGRAM__TOKEN={TELEGRAM}\n")
    write("digestbot.toml", f'metrics = true\ntimezone = "Asia/Tokyo"\n[telegram]\ntoken = "9{TELEGRAM}"\n')
    monkeypatch.setenv("DIGESTBOT_PORT", "1")
    assert list_overridden_settings() == [
        "DIGESTBOT_TIMEZONE in .env, line 1 wins over timezone in digestbot.toml, line 2",
        "DIGESTBOT_TELEGRAM__TOKEN in .env, line 3 wins over [telegram] token in digestbot.toml, line 4",
    ]


def test_a_line_of_dotenv_that_is_none_is_told_by_us_alone(
    write: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    write(".env", "DIGESTBOT_LANGUAGE: zh\n")
    with pytest.raises(SettingsError, match=r"\.env, line 1: a line is DIGESTBOT_NAME=VALUE|has no value"):
        load_settings()
    assert caplog.records == []


# What is set where nothing is

ROWS = re.findall(r"^\| (`DIGESTBOT_.*?) \| (.*?) \|", (ROOT / "docs" / "settings.md").read_text("utf-8"), re.MULTILINE)
DEFAULTS = [
    (name, default)
    for names, defaults in ROWS
    if re.fullmatch(r"(`[^`]+`(, )?)+", defaults)
    for name, default in zip(re.findall(r"`DIGESTBOT_(\w+)`", names), re.findall(r"`([^`]+)`", defaults), strict=True)
]
UNSET: dict[str, object] = {
    "TELEGRAM__MESSAGES_PER_SECOND": None,
    "TELEGRAM__TOKEN": None,
    "TELEGRAM__WEBHOOK_SECRET": None,
    "DISCORD__TOKEN": None,
    "DISCORD__TEST_GUILD": None,
    "DISCORD__SHARD_COUNT": None,
    "DISCORD__SHARD_IDS": "",
    "DATABASE_URL": "",
    "ADMIN_CHAT": "",
    "PUBLIC_URL": "",
    "ANNOUNCEMENTS__ARCHIVES": list(ARCHIVES),
    "BUILDER__API_KEYS": {},
    "BUILDER__MODELS": [],
    "BUILDER__CONTACT": "",
    "BUILDER__PAGES_DIR": None,
    "BUILDER__FIGURES_DIR": None,
}


def test_the_docs_name_a_default_for_each_setting_that_has_one() -> None:
    named = {name for names, _ in ROWS for name in re.findall(r"`DIGESTBOT_(\w+)`", names)}
    assert {name for name, _ in DEFAULTS} | set(UNSET) == named


@pytest.mark.parametrize(("name", "default"), DEFAULTS)
def test_a_default_is_what_the_docs_say(name: str, default: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for switched_off in OFFLINE:
        monkeypatch.delenv(switched_off)
    unset = value_of(name, Settings())
    monkeypatch.setenv(f"DIGESTBOT_{name}", default)
    assert unset == value_of(name, Settings())


def test_without_any_setting_nothing_is_set_that_has_no_default() -> None:
    assert {name: value_of(name, Settings()) for name in UNSET} == UNSET


def test_without_a_database_or_a_folder_of_figures_they_are_in_the_data_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    settings = Settings()
    assert settings.effective_database_url == f"sqlite+aiosqlite:///{tmp_path}/data/digestbot/digestbot.db"
    assert settings.effective_figures_dir == tmp_path / "data" / "digestbot" / "figures"
    monkeypatch.setenv("DIGESTBOT_DATABASE_URL", "sqlite:///a.db")
    monkeypatch.setenv("DIGESTBOT_BUILDER__FIGURES_DIR", "/var/figures")
    assert (Settings().effective_database_url, Settings().effective_figures_dir) == (
        "sqlite:///a.db",
        Path("/var/figures"),
    )


# What is refused, at the boundary

POSITIVE = (["0.1"], ["0", "-1"])
LIMITS = {
    "TIMEZONE": (["UTC", "Asia/Shanghai", "asia/shanghai"], ["", "Mars/Base", "China/Berlin"]),
    "TIME": (["00:00", "23:59"], ["24:00", "8"]),
    "LANGUAGE": (["en", "zh"], ["de", "", "EN"]),
    "MAX_PAGE_MEGABYTES": POSITIVE,
    "MAX_FUTURE_DAYS": (["0", "1", "36500"], ["-1", "0.5"]),
    "POLL_SECONDS": POSITIVE,
    "DELIVERY_JITTER_SECONDS": (["0", "20"], ["-0.1", "20.1"]),
    "MAX_DELIVERY_AGE_HOURS": POSITIVE,
    "DELIVERY_RETENTION_DAYS": (["1"], ["0"]),
    "ADMIN_CHAT": (
        ["telegram:1", "telegram:-1001", "discord:42", ""],
        ["irc:1", "telegram:", "telegram:ada", "1", "telegram:1 2"],
    ),
    "PUBLIC_URL": (["https://bot.example.org", ""], ["http://bot.example.org", "bot.example.org", "https://a b"]),
    "PORT": (["0", "65535"], ["-1", "65536"]),
    "TELEGRAM__API_URL": (["http://127.0.0.1:1", "https://a"], ["ftp://a", "api.telegram.org"]),
    "TELEGRAM__CARD_STYLE": (["auto", "classic"], ["rich"]),
    "TELEGRAM__AMBIGUOUS_POLICY": (["resend", "skip"], ["drop"]),
    "TELEGRAM__MESSAGES_PER_SECOND": (["1", "100000"], ["0", "100001"]),
    "TELEGRAM__MAX_CONNECTIONS": (["1", "1000"], ["0", "1001"]),
    "TELEGRAM__TIMEOUT_SECONDS": POSITIVE,
    "TELEGRAM__WEBHOOK_SECRET": (["a", "A-Z_0-9", "x" * 256], ["", "x" * 257, "a b", "é", "a:b"]),
    "TELEGRAM__TOKEN": (
        ["1:" + "a" * 10, "1" * 20 + ":" + "a" * 100, ""],
        ["1:" + "a" * 9, "1" * 21 + ":" + "a" * 10, "1:" + "a" * 101, "a" * 30, "1:aaaaa aaaaa"],
    ),
    "DISCORD__API_URL": (["http://127.0.0.1:1"], ["discord.com"]),
    "DISCORD__TOKEN": (
        ["a" * 10 + ".bbbb." + "c" * 10, ""],
        [
            "a" * 9 + ".bbbb." + "c" * 10,
            "a" * 10 + ".bbb." + "c" * 10,
            "a" * 10 + ".bbbb",
            "é" * 10 + ".bbbb." + "c" * 10,
        ],
    ),
    "DISCORD__TEST_GUILD": (["1"], ["0", "a"]),
    "DISCORD__SHARD_COUNT": (["1", "10000"], ["0", "10001"]),
    "DISCORD__REQUESTS_PER_SECOND": (["1", "10000"], ["0", "10001"]),
    "DISCORD__TIMEOUT_SECONDS": POSITIVE,
    "BUILDER__CONCURRENCY": (["1", "64"], ["0", "65"]),
    "BUILDER__DAILY_TOKEN_LIMIT": (["0"], ["-1"]),
    "BUILDER__DAILY_COST_LIMIT_USD": (["0"], ["-0.1"]),
    "BUILDER__TIMEOUT_SECONDS": POSITIVE,
    "BUILDER__ARXIV_DELAY_SECONDS": (["0"], ["-0.1"]),
    "BUILDER__ARXIV_API": (["http://a"], ["a"]),
    "BUILDER__ARXIV_PAGES": (["http://a"], ["a"]),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_setting_is_taken_up_to_its_limits_and_named_beyond_them(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, refused = LIMITS[name]
    for value in taken:
        monkeypatch.setenv(f"DIGESTBOT_{name}", value)
        load_settings()
    for value in refused:
        monkeypatch.setenv(f"DIGESTBOT_{name}", value)
        with pytest.raises(SettingsError, match=f"DIGESTBOT_{name} in the environment: ") as caught:
            load_settings()
        assert "Input should" not in str(caught.value)
        example = re.search(r": it is .*, such as (\S+)$", str(caught.value))
        if example:
            monkeypatch.setenv(f"DIGESTBOT_{name}", example[1])
            load_settings()  # what is told to work does


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(port=-1, telegram={"card_style": "no"}, topics=[{"title": "A", "max_papers": 0}])
    for name in ("DIGESTBOT_PORT: ", "DIGESTBOT_TELEGRAM__CARD_STYLE: ", "topic “A”: max_papers: "):
        assert name in str(caught.value)


@pytest.mark.parametrize("second", [{"title": "loops"}, {"title": "Other", "slug": "loops"}])
def test_two_topics_of_one_slug_are_refused(second: dict[str, str]) -> None:
    assert load_settings(topics=[{"title": "Loops"}, {"title": "Folds"}])
    with pytest.raises(SettingsError, match="two topics have the slug loops"):
        load_settings(topics=[{"title": "Loops"}, second])


@pytest.mark.parametrize(
    ("ids", "count", "shards"),
    [
        ("", None, None),
        ("0", 1, [0]),
        ("0-3", 4, [0, 1, 2, 3]),
        ("2,0", 3, [0, 2]),
        ("0-1,1-2", 3, [0, 1, 2]),
        ("3", 4, [3]),
    ],
)
def test_shards_are_numbers_and_spans(ids: str, count: int | None, shards: list[int] | None) -> None:
    assert DiscordSettings(shard_ids=ids, shard_count=count).shard_list == shards


@pytest.mark.parametrize(
    ("ids", "count", "says"),
    [
        ("0", None, "shard_ids needs shard_count"),
        ("4", 4, "shard_ids are 0 to 3"),
        ("0-4", 4, "shard_ids are 0 to 3"),
        ("3-2", 4, "shard_ids are 0 to 3"),
        ("0-99999999999", 4, "shard_ids are 0 to 3"),
        ("a", 4, "DIGESTBOT_DISCORD__SHARD_IDS: "),
        ("1;2", 4, "DIGESTBOT_DISCORD__SHARD_IDS: "),
    ],
)
def test_shards_that_cannot_be_are_refused(ids: str, count: int | None, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        load_settings(discord={"shard_ids": ids, "shard_count": count})


# What is no setting


@pytest.mark.parametrize(
    ("name", "likely"),
    [
        ("TIMZONE", "TIMEZONE"),
        ("TZ", "TIMEZONE"),
        ("LANG", "LANGUAGE"),
        ("DATABASE", "DATABASE_URL"),
        ("DATABASE_URL__", "DATABASE_URL"),
        ("TELEGRAM_TOKEN", "TELEGRAM__TOKEN"),
        ("DISCORD_BOT_TOKEN", "DISCORD__TOKEN"),
        ("TOKEN", "TELEGRAM__TOKEN or DIGESTBOT_DISCORD__TOKEN"),
        ("TELEGRAM__CARD_STILE", "TELEGRAM__CARD_STYLE"),
        ("TELEGRAM__TIMEZONE", "TIMEZONE"),
        ("OPENAI_API_KEY", "BUILDER__API_KEYS__OPENAI"),
    ],
)
def test_a_variable_that_is_no_setting_is_named_with_where_it_is_and_the_likely_one(
    name: str, likely: str, write: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    says = rf"DIGESTBOT_{name} in {{place}}: there is no such setting \(did you mean DIGESTBOT_{likely}\?\)"
    write(".env", f"POSTGRES_PASSWORD=secret\n\nDIGESTBOT_{name}=x\n")
    with pytest.raises(SettingsError, match=says.format(place=r"\.env, line 3")):
        load_settings()
    write(".env", "")
    monkeypatch.setenv(f"DIGESTBOT_{name}", "x")
    with pytest.raises(SettingsError, match=says.format(place="the environment")):
        load_settings()


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ('timezon = "UTC"', "timezon in digestbot.toml: there is no such setting (did you mean timezone?)"),
        ('Timezone = "UTC"', "Timezone in digestbot.toml: there is no such setting (did you mean timezone?)"),
        ("foo = 1", "foo in digestbot.toml: there is no such setting; docs/settings.md lists"),
        ('token = "x"', "(did you mean [telegram] token or [discord] token?)"),
        ('[telegram]\ncard_stile = "x"', "[telegram] card_stile in digestbot.toml: there is no such setting (did you "),
        (
            '[telegram]\ntime = "8"',
            "[telegram] time in digestbot.toml: there is no such setting (did you mean time, above",
        ),
        (
            "[builderr]\nconcurrency = 2",
            "[builderr] in digestbot.toml: there is no such setting (did you mean [builder]?)",
        ),
        ('[[topic]]\ntitle = "A"', "[[topic]] in digestbot.toml: there is no such setting (did you mean [[topics]]?)"),
        ('[topics]\ntitle = "A"', "[topics] in digestbot.toml: there may be several, so write [[topics]]"),
        ('telegram = "x"', "telegram in digestbot.toml: it is a section, so write [telegram]"),
        ('[[topics]]\ntitle = "NeRF"\nmax_paper = 3', "topic “NeRF”: max_paper in digestbot.toml: there is no such"),
        (
            '[[topics]]\ntitle = "NeRF"\nmax_papers = 0',
            "topic “NeRF”: max_papers in digestbot.toml: it is a whole number from 1 to 200, such as max_papers = 20",
        ),
        ('[[topics]]\ntitle = "A"\n[[topics]]\nslug = "b"', "topic 2 in digestbot.toml: title is missing"),
        ('[[builder.models]]\nname = "m"\nprovider = "x"', "model “m”: provider in digestbot.toml: it is openai or"),
        ('port = "x"', "port in digestbot.toml: it is a whole number from 0 to 65535, such as port = 8080"),
        ("time = 8", 'time in digestbot.toml: it is a time of day in quotes, such as "08:00"'),
        ('time = "8"', 'time in digestbot.toml: it is a time of day, such as time = "08:00"'),
        ('[[topics]]\ntitle = "A"\nbuild_at = "25:00"', "A”: build_at in digestbot.toml: it is a time of day, such"),
        ('metrics = "maybe"', "metrics in digestbot.toml: it is true or false, such as metrics = true"),
        ('language = "de"', 'language in digestbot.toml: it is en or zh, such as language = "en"'),
        ('public_url = "http://a"', "it is an address that begins with https://, such as public_url = "),
        ('[[topics]]\ntitle = "A"\naliases = "x"', 'it is a list of texts, at most 50, such as aliases = ["proteins"]'),
        ('[[topics]]\ntitle = "A"\naliases = [1]', "topic “A”: aliases in digestbot.toml: it is a list of texts of at"),
        ('[[topics]]\ntitle = ""', "title in digestbot.toml: it is text of 1 to 300 characters, such as title = "),
        ('topics = ["nerf"]', "topic 1 in digestbot.toml: there may be several, so write [[topics]]"),
        ('[builder]\nmodels = "m"', "there may be several, so write [[builder.models]]"),
        ("[builder]\nconcurrency = 0", "it is a whole number from 1 to 64, such as concurrency = 8"),
        ("[builder]\npages_dir = 1", "it is the path of a folder, such as pages_dir = "),
        ("[builder.api_keys]\nopenai = 1", "[builder.api_keys] openai in digestbot.toml: it is text, in quotes"),
        ('[[builder.models]]\nname = "m"\nbase_ulr = "x"', "model “m”: base_ulr in digestbot.toml: there is no such"),
    ],
)
def test_what_is_wrong_in_toml_is_told_as_it_is_written_there(toml: str, says: str, write: Callable[..., None]) -> None:
    write("digestbot.toml", toml)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    told = re.sub(r"(?<=in digestbot\.toml), line \d+(?=: )", "", str(caught.value))
    assert says in told
    assert "DIGESTBOT_" not in told
    assert told.count("in digestbot.toml: ") == 1
    assert told != str(caught.value)


@pytest.mark.parametrize(
    ("toml", "line"),
    [
        ("# first\n\nport = 'x'", 3),
        ("metrics = true\n[telegram]\n\ncard_stile = 'x'", 4),
        ("[telegram]\ncard_style = 'auto'\n[builder]\nconcurrency = 0", 4),
        ('[[topics]]\ntitle = "A"\n\n[[topics]]\n# B\ntitle = "B"\nmax_papers = 0', 7),
        ('[[topics]]\ntitle = "A"\nqueries = [\n  "abs:a",\n  "abs:\\"b",\n]\nmax_papers = 3', 3),
        ('[[topics]]\ntitle = "A"\n[[topics]]\nslug = "b"', 3),
        ("telegram.card_stile = 1", 1),
    ],
)
def test_what_is_wrong_in_toml_has_its_line(toml: str, line: int, write: Callable[..., None]) -> None:
    write("digestbot.toml", toml)
    with pytest.raises(SettingsError, match=f"in digestbot.toml, line {line}: "):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("TELEGRAM", "1:token", "DIGESTBOT_TELEGRAM in the environment: it has settings of its own, such as DIGEST"),
        ("BUILDER__API_KEYS", "sk-1", "it has settings of its own, such as DIGESTBOT_BUILDER__API_KEYS__OPENAI"),
        ("TOPICS", "nerf", "DIGESTBOT_TOPICS in the environment: write it in digestbot.toml, as [[topics]]"),
        ("TOPICS__0__TITLE", "nerf", "DIGESTBOT_TOPICS__0__TITLE in the environment: only digestbot.toml can set this"),
        (
            "TOPICS",
            '[{"title": "A"}]',
            "DIGESTBOT_TOPICS in the environment: write it in digestbot.toml, as [[topics]]",
        ),
        (
            "BUILDER__MODELS",
            '[{"name": "m", "dollar_in": 3}]',
            "DIGESTBOT_BUILDER__MODELS: model “m”: dollar_in in the environment: the",
        ),
        (
            "BUILDER__MODELS",
            '[{"name": "m", "dollars_in": -1}]',
            "DIGESTBOT_BUILDER__MODELS: model “m”: dollars_in in the environment: it is a number of 0 or more",
        ),
        ("PORT", "tcp://10.0.0.1:80", "DIGESTBOT_PORT in the environment: Kubernetes sets this for a service named"),
    ],
)
def test_a_variable_for_a_whole_section_is_looked_into(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"DIGESTBOT_{name}", value)
    with pytest.raises(SettingsError, match=re.escape(says)):
        load_settings()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (f"DIGESTBOT_TELEGRAM__TOKEN:{TELEGRAM}", ".env, line 1: it has no value; a line is DIGESTBOT_NAME=VALUE"),
        (f"DIGESTBOT_TELEGRAM__TOKEN {TELEGRAM}", ".env, line 1: a line is DIGESTBOT_NAME=VALUE"),
        (
            "DIGEST_BOT_TIMEZONE=UTC",
            "DIGEST_BOT_TIMEZONE in .env, line 1: there is no such setting (did you mean DIGES",
        ),
        ("\ufeffDIGESTBOT_PORT=x", "DIGESTBOT_PORT in .env, line 1: it is a whole number from 0 to 65535, such"),
    ],
)
def test_a_line_of_dotenv_that_says_nothing_is_told_without_its_secret(
    line: str, says: str, write: Callable[..., None]
) -> None:
    write(".env", line)
    with pytest.raises(SettingsError, match=re.escape(says)) as caught:
        load_settings()
    assert "telegram-token" not in str(caught.value)


def test_what_others_set_is_left_alone(write: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    write(".env", "POSTGRES_PASSWORD=x\nCOMPOSE_PROFILES=postgresql\ntimezone=Mars\nDIGITALOCEAN_TOKEN=x\n")
    for name in ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT_80_TCP", "PORT_80_TCP_ADDR", "DB_PORT"):
        monkeypatch.setenv(f"DIGESTBOT_{name}", "tcp://10.0.0.1:80")  # Kubernetes, in each pod
    assert load_settings().timezone == "UTC"


# What follows from it


def test_the_admins_chat_is_an_address_and_an_empty_one_none() -> None:
    assert load_settings(admin_chat="telegram:-1001").admin_address == Address("telegram", "-1001")
    assert load_settings(admin_chat="").admin_address is None


def test_what_may_have_arrived_is_given_up_on_telegram_alone_and_only_where_that_is_set() -> None:
    assert load_settings().skip_ambiguous_platforms == frozenset()
    assert load_settings(telegram={"ambiguous_policy": "skip"}).skip_ambiguous_platforms == {"telegram"}


def test_an_empty_token_is_none() -> None:
    for own in (TelegramSettings(token=""), DiscordSettings(token="")):
        assert (own.token, own.get_token()) == (None, "")
    assert TelegramSettings(token=TELEGRAM).get_token() == TELEGRAM
    assert DiscordSettings(token=DISCORD).get_token() == DISCORD


def test_only_topics_with_something_to_ask_are_made_here() -> None:
    named = {"title": "Loaded"}
    asked = {"title": "Asked", "queries": ["abs:loops"], "language": "zh", "build_at": "05:00"}
    fed = {"title": "Fed", "feeds": ["https://example.org/feed"]}
    settings = load_settings(topics=[named, asked, fed], language="en", builder={"build_at": "04:00"})
    assert [(brief.topic.title, brief.language, brief.build_at) for brief in settings.build_specs] == [
        ("Asked", "zh", time(5)),
        ("Fed", "en", time(4)),
    ]


def test_a_proxy_is_the_environments_unless_the_server_is_to_be_reached_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert find_proxy("https://api.telegram.org") is None
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "127.0.0.1,.intern.example")
    assert find_proxy("https://api.telegram.org/bot") == "http://proxy.example:3128"
    assert find_proxy("http://api.telegram.org") is None
    assert find_proxy("https://127.0.0.1:8081") is None
    assert find_proxy("https://a.intern.example") is None


# What stays secret


def test_no_secret_is_in_what_the_settings_look_like() -> None:
    settings = load_settings(
        database_url=f"postgresql+asyncpg://digestbot:{PASSWORD}@host/digestbot",
        telegram={"token": TELEGRAM, "webhook_secret": HOOK},
        discord={"token": DISCORD},
        builder={"api_keys": {"openai": KEY}, "models": [{"name": "m"}]},
    )
    for shown in (repr(settings), str(settings), f"{settings.telegram} {settings.discord!r} {settings.builder!r}"):
        for secret in (TELEGRAM, HOOK, DISCORD, KEY, PASSWORD):
            assert secret not in shown
    for secret in (TELEGRAM, HOOK, DISCORD, KEY):
        assert secret not in settings.model_dump_json()


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("TELEGRAM__TOKEN", "no-token-of-telegram"),
        ("TELEGRAM__WEBHOOK_SECRET", "no secret of a webhook"),
        ("DISCORD__TOKEN", "no-token-of-discord"),
        ("BUILDER__API_KEYS__NOBODYS", "sk-key-that-no-model-has"),
        ("BUILDER__API_KEYS__NO WORD", "sk-key-by-a-wrong-name"),
        ("DATABASE_URL__", "password-in-a-strange-place"),
    ],
)
def test_a_secret_that_is_wrong_is_told_without_its_value(
    name: str, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"DIGESTBOT_{name}", secret)
    monkeypatch.setenv("DIGESTBOT_TELEGRAM__CARD_STYLE", "wrong too")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    told = "".join(traceback.format_exception(caught.value))
    assert "DIGESTBOT_TELEGRAM__CARD_STYLE" in told
    assert secret not in told
