"""``digestbot init``: asks what it takes to begin, checks the answers, and writes the settings' files."""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from digestbot.cli import runtime
from digestbot.cli.interview import Interview
from digestbot.cli.new_settings import (
    SUGGESTED_TOPICS,
    NewModel,
    NewTopic,
    build_topic,
    render_toml,
    update_dotenv,
    write_files,
)
from digestbot.errors import DigestbotError, MissingExtraError, SettingsError

if TYPE_CHECKING:
    from digestbot.platforms.common.accounts import BotAccount
    from digestbot.platforms.registry import PlatformSpec
    from digestbot.settings import BuilderSettings, Settings

_LANGUAGES = {"en": "en", "english": "en", "英文": "en", "zh": "zh", "chinese": "zh", "中文": "zh", "cn": "zh"}
_MODELS = {
    "1": NewModel("gpt-6-luna"),
    "2": NewModel("gemini-3.5-flash-lite", "google"),
    "3": NewModel("qwen3:14b", base_url="http://127.0.0.1:11434/v1"),
}
_MODEL_NAMES = {"openai": "1", "gpt": "1", "google": "2", "gemini": "2", "own": "3", "ollama": "3", "vllm": "3"}
_NO_MODEL = frozenset(("0", "none", "no", "n", "无", "不用", "不要"))
_OWN_ACCOUNT = "own"


@dataclass(slots=True)
class _Answers:
    """What the person chose; ``accounts`` are the bots whose tokens were checked, by platform."""

    language: str = "en"
    timezone: str = "UTC"
    tokens: dict[str, str] = field(default_factory=dict, repr=False)
    accounts: dict[str, BotAccount] = field(default_factory=dict)
    topics: Sequence[NewTopic] = ()
    model: NewModel | None = None

    @property
    def variables(self) -> dict[str, str]:
        """What goes into ``.env``."""
        found = {f"DIGESTBOT_{platform.upper()}__TOKEN": token for platform, token in self.tokens.items()}
        if self.model and self.model.key:
            account = self.model.account or self.model.provider or "openai"
            found[f"DIGESTBOT_BUILDER__API_KEYS__{account.upper()}"] = self.model.key
        return found


def set_up_bot(*, takes_defaults: bool) -> None:
    """Ask for what the bot needs, check it, and write .env and digestbot.toml."""
    interview = Interview(runtime.find_language(), takes_defaults=takes_defaults)
    try:
        _set_up(interview, runtime.prepare_settings(logging.ERROR))
    except (KeyboardInterrupt, EOFError):
        interview.write()
        interview.say("init.stopped")
        raise typer.Exit(130) from None


def _set_up(interview: Interview, settings: Settings) -> None:
    from digestbot.settings import DOTENV_FILE, TOML_FILE, load_settings

    toml, dotenv = Path(TOML_FILE), Path(DOTENV_FILE)
    answers = _Answers(language=_ask_language(interview, settings))
    interview.language = answers.language
    interview.say("init.hello", folder=Path.cwd())
    writes_toml, writes_dotenv = (_may_write(interview, path) for path in (toml, dotenv))
    if not writes_toml and not writes_dotenv:
        interview.say("init.nothing_to_do")
        return
    if writes_toml:
        answers.timezone = _ask_timezone(interview, settings)
    if writes_dotenv:
        _ask_tokens(interview, settings, answers)
    if writes_toml:
        answers.topics = _ask_topics(interview)
        answers.model = _ask_model(interview, settings, writes_dotenv=writes_dotenv)
    texts = {}
    if writes_dotenv:
        texts[dotenv] = update_dotenv(_read_dotenv(dotenv), answers.variables)
    if writes_toml:
        texts[toml] = render_toml(answers.language, answers.timezone, answers.topics, answers.model)
    write_files(texts)
    _say_what_is_next(interview, answers, [str(path) for path in texts])
    load_settings()  # what the files have now fits together, or it is said why not


def _read_dotenv(path: Path) -> str:
    """The lines that are there, or for a new file where each token goes."""
    from digestbot.platforms.registry import PLATFORMS

    if path.exists():
        return path.read_text("utf-8-sig")
    return "".join(f"#{spec.token_variable}=\n" for spec in PLATFORMS)


def _may_write(interview: Interview, path: Path) -> bool:
    if not path.exists():
        return True
    key = "init.replace_toml" if path.suffix == ".toml" else "init.add_to_dotenv"
    return interview.confirm(key, default=False, file=path)


def _ask_language(interview: Interview, settings: Settings) -> str:
    default = runtime.find_language(settings)
    while True:
        answer = interview.ask("init.language", default)
        if language := _LANGUAGES.get(answer.casefold()):
            return language
        interview.say("init.no_language", text=answer)


def _ask_timezone(interview: Interview, settings: Settings) -> str:
    from digestbot.core.times.places import complete_places, find_place, suggest_places
    from digestbot.domain.timezones import format_timezone

    default = settings.timezone if "timezone" in settings.model_fields_set else _find_machine_timezone()
    while True:
        answer = interview.ask("init.timezone", default)
        place = find_place(answer)
        if place and len(place.zones) == 1:
            return place.zones[0]
        language = interview.language
        likely = [zone for one in suggest_places(answer, language) for zone in one.zones]
        zones = place.zones if place else [one.zones[0] for one in complete_places(answer, language, 3)] or likely
        names = _list_offsets(answer) or [format_timezone(zone) for zone in zones] or ["Europe/Berlin", "Asia/Shanghai"]
        interview.say("init.no_timezone", text=answer, likely=", ".join(names))


def _list_offsets(answer: str) -> list[str]:
    """The offsets that a number alone may mean, as people write them."""
    from digestbot.core.times.places import find_place

    number = answer.strip().removeprefix("-")
    offsets = (f"UTC{sign}{int(number)}" for sign in "+-") if number.isdecimal() else ()
    return [offset for offset in offsets if find_place(offset)]


def _find_machine_timezone() -> str:
    """The machine's timezone where it names one, else UTC."""
    from digestbot.domain.timezones import list_timezones

    link = str(Path("/etc/localtime").resolve()).rpartition("zoneinfo/")[2]
    named = (os.environ.get("TZ", "").lstrip(":"), link)
    found = next((name for name in named if name in list_timezones()), "UTC")
    return "UTC" if found == "Etc/UTC" else found


# -- tokens -----------------------------------------------------------------------------------------------------------


def _ask_tokens(interview: Interview, settings: Settings, answers: _Answers) -> None:
    from digestbot.platforms.registry import PLATFORMS

    for spec in PLATFORMS:
        if spec.is_configured(settings):
            interview.say("init.token_is_set", platform=spec.name.title())
            _keep_account(interview, spec, settings, answers)
        else:
            _ask_token(interview, spec, settings, answers)


def _ask_token(interview: Interview, spec: PlatformSpec, settings: Settings, answers: _Answers) -> None:
    """Ask until the platform takes the token, or there is none."""
    while token := interview.ask_secret(f"init.token_{spec.name}"):
        with_token = _set_token(settings, spec.name, token)
        if with_token is None:
            interview.say("init.not_a_token", platform=spec.name.title())
        elif _keep_account(interview, spec, with_token, answers):
            answers.tokens[spec.name] = token
            return


def _set_token(settings: Settings, platform: str, token: str) -> Settings | None:
    """The settings with a token; ``None`` if it does not look like one."""
    from pydantic import ValidationError

    kept = settings.platforms[platform]
    try:
        changed = type(kept).model_validate({**kept.model_dump(exclude={"token"}), "token": token})
    except ValidationError:
        return None
    return settings.model_copy(update={platform: changed})


def _keep_account(interview: Interview, spec: PlatformSpec, settings: Settings, answers: _Answers) -> bool:
    """Ask the platform whose token it is; whether it may stay."""
    platform = spec.name.title()
    try:
        account = answers.accounts[spec.name] = asyncio.run(_find_account(spec, settings))
    except SettingsError:
        interview.say("init.token_refused", platform=platform)
        return False
    except DigestbotError as error:
        return interview.confirm("init.not_reached", default=True, platform=platform, reason=error)
    interview.say("init.token_taken", platform=platform, name=account.name)
    return True


async def _find_account(spec: PlatformSpec, settings: Settings) -> BotAccount:
    return await spec.find_account(settings)


# -- topics and the model ---------------------------------------------------------------------------------------------


def _ask_topics(interview: Interview) -> list[NewTopic]:
    """Ask for topics, by number or in words, until there is one."""
    suggested = [topic[interview.language] for topic in SUGGESTED_TOPICS]
    interview.say("init.topics")
    for number, topic in enumerate(suggested, 1):
        interview.write(f"  {number}  {topic.title}")
    while True:
        words = list(filter(None, map(str.strip, re.split(r"[,，、;；]", interview.ask("init.which_topics", "1")))))
        wrong = [word for word in words if word.isdecimal() and not 1 <= int(word) <= len(suggested)]
        if wrong:  # before anything is asked about the others
            interview.say("init.no_such_number", number=", ".join(wrong), last=len(suggested))
            continue
        found = [_find_topic(interview, suggested, word) for word in words]
        unique = {topic.title.casefold(): topic for topic in found if topic}
        if unique:
            return list(unique.values())


def _find_topic(interview: Interview, suggested: Sequence[NewTopic], word: str) -> NewTopic | None:
    if word.isdecimal():
        return suggested[int(word) - 1]
    known = [topic for topic in suggested if word.casefold() in (topic.title.casefold(), *topic.aliases)]
    if known:
        return known[0]
    words = word if word.isascii() else _ask_english_words(interview, word)
    if not words:
        interview.say("init.topic_left_out", topic=word)
        return None
    topic = build_topic(word, words)
    interview.say("init.topic_query", topic=word, query=topic.query)
    return topic


def _ask_english_words(interview: Interview, topic: str) -> str:
    """What arXiv is asked for; empty if nothing is wanted."""
    while (words := interview.ask("init.english_words", topic=topic).strip()) and not words.isascii():
        interview.say("init.not_english", text=words)
    return words


def _ask_model(interview: Interview, settings: Settings, *, writes_dotenv: bool) -> NewModel | None:
    """Ask for a model and its key until one answers, or none is wanted."""
    while True:
        _list_models(interview)
        answer = interview.ask("init.which_model", "0").casefold()
        if answer in _NO_MODEL:
            return None
        preset = _MODELS.get(_MODEL_NAMES.get(answer, answer))
        if preset is None:
            interview.say("init.no_such_choice", text=answer, last=len(_MODELS))
            continue
        model = _ask_model_details(interview, preset, asks_key=writes_dotenv)
        if _check_model(interview, settings, model):
            return model


def _list_models(interview: Interview) -> None:
    interview.say("init.models")
    lines = ("OpenAI", "Google (Gemini)", interview.translate("init.model_own"), interview.translate("init.model_none"))
    for number, line in zip((1, 2, 3, 0), lines, strict=True):
        interview.write(f"  {number}  {line}")


def _ask_model_details(interview: Interview, preset: NewModel, *, asks_key: bool) -> NewModel:
    base_url = interview.ask("init.model_url", preset.base_url) if preset.base_url else ""
    name = interview.ask("init.model_name", preset.name)
    key = interview.ask_secret("init.key_if_any" if base_url else "init.key") if asks_key else ""
    return NewModel(name, preset.provider, base_url, _OWN_ACCOUNT if base_url and key else "", key)


def _check_model(interview: Interview, settings: Settings, model: NewModel) -> bool:
    """Ask the model one question; whether it may stay."""
    if not model.key and not model.base_url:
        return interview.confirm("init.no_key", default=True)
    try:
        builder = _build_settings(settings, model)
    except ValueError:
        interview.say("init.no_such_model")
        return False
    interview.say("init.asking", model=model.name)
    try:
        problem = asyncio.run(_ask_one_question(builder))
    except MissingExtraError as error:
        interview.say("init.not_asked", remedy=error.remedy)
        return True
    if problem:
        return interview.confirm("init.no_answer", default=False, problem=problem)
    interview.say("init.answered", model=model.name)
    return True


def _build_settings(settings: Settings, model: NewModel) -> BuilderSettings:
    """The builder's settings with this model alone. Raises :class:`ValueError` for an address that is none."""
    from digestbot.settings import BuilderSettings

    values = {key: value for key in ("name", "provider", "base_url", "account") if (value := getattr(model, key))}
    keys = {model.account or model.provider or "openai": model.key} if model.key else {}
    patience = settings.builder.timeout_seconds
    return BuilderSettings.model_validate({"models": [values], "api_keys": keys, "timeout_seconds": patience})


async def _ask_one_question(builder: BuilderSettings) -> str:
    try:
        from digestbot.builder.models.model_writer import ModelWriter
    except ImportError:
        raise MissingExtraError("asking a model", "build") from None
    writer = ModelWriter(builder, builder.list_usable_models())
    try:
        return "; ".join(await writer.find_silent_models())
    finally:
        await writer.close()


# -- the end ----------------------------------------------------------------------------------------------------------


def _say_what_is_next(interview: Interview, answers: _Answers, files: Sequence[str]) -> None:
    """Say what was written, what starts the bot, and what to press in the chat."""
    from importlib.util import find_spec

    interview.write()
    interview.say("init.written", files=", ".join(files))
    if answers.topics and find_spec("feedparser") is None:
        interview.say("init.install", remedy=MissingExtraError("", "build").remedy)
    interview.say("init.run" if answers.accounts or answers.tokens else "init.run_here")
    for platform in {**answers.tokens, **answers.accounts}:
        account = answers.accounts.get(platform)
        interview.say(f"init.press_{platform}", address=account.address if account else platform.title())
