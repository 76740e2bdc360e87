"""What an operator may set of the builder, at the edges, and where its keys go."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from digestbot.errors import SettingsError
from digestbot.settings import BuilderSettings, ModelSettings, TopicSettings, load_settings

TOPIC = {"title": "Antibody Loops", "queries": ["abs:loops"]}


def is_taken(kind: type[BaseModel], values: dict[str, Any]) -> bool:
    try:
        kind.model_validate(values)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("max_age_days", (1, 365), (0, 366)),
        ("max_papers", (1, 200), (0, 201)),
        ("title", ("x",), ("",)),
        ("slug", ("", "loops-2"), ("Loops", "a b")),
        ("language", ("en", "zh", None), ("de",)),
        ("queries", (["abs:x"], ['(cat:cs.CV OR ti:y) AND abs:"x"'], []), ([""], [" "], ['abs:"x'])),
        ("queries", (), (["(abs:x"], ["abs:x)"], ["abs:x", "("])),
        ("feeds", (["http://a.example"], ["https://a.example/x"]), (["ftp://a.example"], ["a.example"], [""])),
        ("feeds", (), (["https://a.example", "file:///etc/passwd"],)),
        ("nonsense", (), (1,)),
    ],
)  # fmt: skip
def test_a_setting_of_a_topic_has_its_bounds(name: str, good: tuple[Any, ...], bad: tuple[Any, ...]) -> None:
    assert [value for value in good if not is_taken(TopicSettings, {**TOPIC, name: value})] == []
    assert [value for value in bad if is_taken(TopicSettings, {**TOPIC, name: value})] == []


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("concurrency", (1, 64), (0, 65)),
        ("daily_token_limit", (0, 10**9), (-1,)),
        ("daily_cost_limit_usd", (0, 0.5), (-0.01,)),
        ("timeout_seconds", (0.1,), (0, -1)),
        ("arxiv_delay_seconds", (0, 3.5), (-1,)),
        ("arxiv_api", ("http://127.0.0.1/api",), ("file:///x", "127.0.0.1")),
        ("arxiv_oai", ("", "https://a.example/oai"), ("file:///x", "127.0.0.1")),
        ("arxiv_patience_hours", (0, 18), (-1, 19)),
        (
            "contact",
            ("", "ada@example.org", "ada+bot@a.example.org", "https://example.org/~ada"),
            ("ada", "a@b", "ada@example.org\r\nX: y", "Ada <ada@example.org>", "x" * 190 + "@example.org"),
        ),
        ("arxiv_pages", ("http://127.0.0.1",), ("file:///x", "127.0.0.1")),
        ("nonsense", (), (1,)),
    ],
)
def test_a_setting_of_the_builder_has_its_bounds(name: str, good: tuple[Any, ...], bad: tuple[Any, ...]) -> None:
    assert [value for value in good if not is_taken(BuilderSettings, {name: value})] == []
    assert [value for value in bad if is_taken(BuilderSettings, {name: value})] == []


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("name", ("m",), ("",)),
        ("provider", ("openai", "google"), ("other",)),
        (
            "base_url",
            ("", "http://127.0.0.1/v1", "https://a.example"),
            ("127.0.0.1", "file:///x", "http://", "http://a b"),
        ),
        ("dollars_in", (0, 1.5, None), (-1,)),
        ("dollars_out", (0, 1.5, None), (-1,)),
    ],
)
def test_a_setting_of_a_model_has_its_bounds(name: str, good: tuple[Any, ...], bad: tuple[Any, ...]) -> None:
    assert [value for value in good if not is_taken(ModelSettings, {"name": "m", name: value})] == []
    assert [value for value in bad if is_taken(ModelSettings, {"name": "m", name: value})] == []


def test_what_is_not_set_is_what_the_documentation_says() -> None:
    builder, topic = BuilderSettings(), TopicSettings.model_validate(TOPIC)
    assert (builder.build_at, builder.concurrency, builder.daily_token_limit, builder.daily_cost_limit_usd) == (
        time(6),
        8,
        2_000_000,
        5,
    )
    assert (builder.timeout_seconds, builder.arxiv_delay_seconds, builder.full_text) == (120, 3, True)
    assert (topic.max_age_days, topic.max_papers, topic.accepted_only, topic.language) == (7, 20, False, None)


def test_a_brief_has_each_setting_of_the_topic_in_its_place() -> None:
    settings = TopicSettings.model_validate(
        {
            "title": "Antibody Loops",
            "aliases": ["alias"],
            "queries": ["abs:loops"],
            "feeds": ["https://a.example"],
            "categories": ["cs"],
            "max_age_days": 3,
            "max_papers": 4,
            "language": "zh",
            "include_keywords": ["wanted"],
            "exclude_keywords": ["unwanted"],
            "authors": ["Ada Moreno"],
            "accepted_only": True,
            "exclude_topics": ["Other Topic"],
            "build_at": time(7),
        }
    )
    brief = settings.to_build_spec("en", time(6))
    assert (brief.topic.slug, brief.topic.title, brief.topic.aliases) == (
        "antibody-loops",
        "Antibody Loops",
        ("alias",),
    )
    assert (brief.queries, brief.feeds, brief.categories) == (("abs:loops",), ("https://a.example",), ("cs",))
    assert (brief.max_age_days, brief.max_papers, brief.language) == (3, 4, "zh")
    assert (brief.include_keywords, brief.exclude_keywords) == (("wanted",), ("unwanted",))
    assert brief.authors == ("Ada Moreno",)
    assert (brief.accepted_only, brief.exclude_topics, brief.build_at) == (True, ("other-topic",), time(7))
    plain = TopicSettings.model_validate({**TOPIC, "slug": "loops"}).to_build_spec("zh", time(6))
    assert (plain.topic.slug, plain.language, plain.build_at) == ("loops", "zh", time(6))


@pytest.mark.parametrize(
    ("sources", "built"), [({}, False), ({"queries": ["abs:x"]}, True), ({"feeds": ["https://x.example"]}, True)]
)
def test_a_topic_is_built_where_it_has_a_source(sources: dict[str, Any], built: bool) -> None:
    assert TopicSettings.model_validate({"title": "x", **sources}).is_built is built


SERVER = "http://127.0.0.1:1/v1"


@pytest.mark.parametrize(
    ("model", "keys", "key"),
    [
        ({}, {"openai": "sk-1"}, "sk-1"),
        ({}, {}, None),
        ({}, {"openai": ""}, None),
        ({"provider": "google"}, {"google": "AI-1"}, "AI-1"),
        ({"account": "mine", "base_url": SERVER}, {"mine": "sk-2"}, "sk-2"),
        ({"account": "mine", "base_url": SERVER}, {"MINE": "sk-2"}, "sk-2"),
        ({"account": "mine", "base_url": SERVER}, {}, None),
        ({"account": "mine"}, {}, None),
        ({"account": "openai", "base_url": SERVER}, {"openai": "sk-1"}, "sk-1"),
        ({"base_url": SERVER}, {}, "none"),  # a server of one's own may need none, and its client wants something
    ],
)
def test_a_model_is_asked_with_its_own_key_or_not_at_all(
    model: dict[str, Any], keys: dict[str, Any], key: str | None
) -> None:
    settings = BuilderSettings.model_validate({"models": [{"name": "m", **model}], "api_keys": keys})
    assert [settings.get_api_key(one) for one in settings.list_usable_models()] == ([] if key is None else [key])
    if key:
        assert (
            key == "none" or key not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
        )


def test_the_providers_key_goes_to_no_other_server() -> None:
    models = [{"name": "local", "base_url": SERVER}, {"name": "theirs"}]
    settings = BuilderSettings.model_validate({"models": models, "api_keys": {"openai": "sk-1"}})
    assert [settings.get_api_key(model) for model in settings.list_usable_models()] == ["none", "sk-1"]
    with pytest.raises(ValueError, match='set account = "openai" under the'):
        BuilderSettings.model_validate({"models": models[:1], "api_keys": {"openai": "sk-1"}})


def test_each_of_several_models_has_the_key_of_its_account() -> None:
    models = [
        {"name": "a"},
        {"name": "b", "provider": "google"},
        {"name": "c", "account": "mine", "base_url": SERVER},
        {"name": "d", "account": "theirs", "base_url": SERVER},
    ]
    keys = {"openai": "1", "google": "2", "mine": "3", "theirs": "4"}
    settings = BuilderSettings.model_validate({"models": models, "api_keys": keys})
    assert [(model.name, settings.get_api_key(model)) for model in settings.list_usable_models()] == [
        ("a", "1"),
        ("b", "2"),
        ("c", "3"),
        ("d", "4"),
    ]


@pytest.mark.parametrize("name", ["other", "open ai", "a" * 41, "x.y", ""])
def test_a_key_that_no_model_uses_is_refused_and_not_shown(name: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(builder={"models": [{"name": "m"}], "api_keys": {name: "sk-secret"}})
    assert "key" in str(refused.value) or "account" in str(refused.value)
    assert "sk-secret" not in f"{refused.value} {refused.value!r}"
