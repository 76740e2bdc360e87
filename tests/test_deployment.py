"""The files that run the bot elsewhere: what of them can be checked without a container engine and as no service.

Whether the image builds and both services start is for a machine that has Docker.
"""

from __future__ import annotations

import asyncio
import fnmatch
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from aiohttp import web

from tests.conftest import ROOT
from tests.waiting import HANG_SECONDS

DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
UNIT = ROOT / "docs" / "digestbot.service"
EXPOSURE_LIMIT = 20
"""In tenths: systemd calls up to 2.0 of 10 well protected."""


def list_instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile with their words, in order."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    return [(name, " ".join(words.split())) for name, words in re.findall(r"^([A-Z]+) (.*)$", text, re.MULTILINE)]


def read_words(name: str) -> list[str]:
    return [words for found, words in list_instructions() if found == name]


def test_the_image_is_slim_and_ends_as_a_user_without_rights_with_a_volume_for_data() -> None:
    assert all(re.match(r"python:3\.\d+-slim\b", words) for words in read_words("FROM"))
    names = [name for name, _ in list_instructions()]
    last = names[len(names) - names[::-1].index("FROM") :]
    assert last.index("USER") < last.index("ENTRYPOINT")
    assert read_words("USER") == ["digestbot"]
    assert "--uid 10001" in read_words("RUN")[-1]
    assert read_words("VOLUME") == ["/data"]
    assert "install -d -o digestbot -g digestbot -m 0700 /data" in read_words("RUN")[-1]


def test_the_image_takes_only_what_is_locked_and_has_no_secret() -> None:
    assert not read_words("ADD")
    installs = [
        line for words in read_words("RUN") for line in words.split("&&") if " install " in line and "pip" in line
    ]
    assert len(installs) == 3
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)
    assert all("--compile-bytecode" in line for line in installs if "uv pip" in line)
    assert not re.search("TOKEN|KEY|SECRET|PASSWORD", " ".join((*read_words("ENV"), *read_words("ARG"))))
    for words in (*read_words("ENTRYPOINT"), *read_words("CMD")):
        assert json.loads(words)  # no shell between the bot and SIGTERM


def test_all_that_is_copied_is_there_and_not_ignored() -> None:
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")]
    sources = [word for words in read_words("COPY") if "--from" not in words for word in words.split()[:-1]]
    assert set(sources) == set(kept)
    assert all((ROOT / source).exists() for source in sources)
    assert not any(fnmatch.fnmatch(".env", pattern) for pattern in kept)


async def test_the_health_check_is_well_where_the_bot_is() -> None:
    [words] = read_words("HEALTHCHECK")
    command = json.loads(words.partition("CMD ")[2])
    assert command[0] == "python"

    async def check(port: int) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command[1:], env={"DIGESTBOT_PORT": str(port)}, stderr=asyncio.subprocess.DEVNULL
        )
        return await asyncio.wait_for(process.wait(), HANG_SECONDS)

    status = 200
    app = web.Application()

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status)

    app.router.add_get("/health", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    assert await check(port) == 0
    status = 503
    assert await check(port) == 1
    await runner.cleanup()
    assert await check(port) == 1


def test_compose_has_a_profile_for_postgresql_that_fits_its_own_advice() -> None:
    text = (ROOT / "compose.yaml").read_text("utf-8")
    services = yaml.safe_load(text)["services"]
    bot, server = services["digestbot"], services["postgresql"]
    assert server["profiles"] == ["postgresql"]
    assert "profiles" not in bot
    assert bot["depends_on"]["postgresql"] == {"condition": "service_healthy", "required": False}
    assert not any("ports" in service or "privileged" in service for service in services.values())
    assert (bot["read_only"], bot["cap_drop"], bot["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    volumes = [volume.partition(":") for service in services.values() for volume in service["volumes"]]
    assert {name for name, _, _ in volumes} == set(yaml.safe_load(text)["volumes"])
    assert [place for name, _, place in volumes if name == "data"] == read_words("VOLUME")
    address = re.search(r"DIGESTBOT_DATABASE_URL=(\S+)", text)
    assert address
    parts = urlsplit(address[1])
    assert services[str(parts.hostname)] is server
    assert (parts.username, parts.path) == (
        server["environment"]["POSTGRES_USER"],
        f"/{server['environment']['POSTGRES_DB']}",
    )


def test_the_unit_is_read_by_systemd_and_well_protected(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        pytest.skip("needs systemd-analyze")
    unit = tmp_path / UNIT.name
    text = UNIT.read_text("utf-8")
    unit.write_text(text.replace("/srv/digestbot/.venv/bin/digestbot", shutil.which("true") or ""), "utf-8")
    verified = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    judged = [analyze, "security", "--offline=yes", f"--threshold={EXPOSURE_LIMIT}", str(unit)]
    assert subprocess.run(judged, capture_output=True, check=False).returncode == 0
