"""Both languages say the same things."""

import re
import string
from pathlib import Path

import pytest
import yaml

from digestbot.i18n import LANGUAGES, introduce_by_script, join_sentences, translate, translate_reason
from tests.conftest import ROOT

CATALOGUES = {
    code: yaml.safe_load((ROOT / "digestbot" / "i18n" / f"{code}.yaml").read_text("utf-8")) for code in LANGUAGES
}


def list_placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_both_catalogues_have_the_same_keys_with_the_same_values() -> None:
    english, chinese = CATALOGUES["en"], CATALOGUES["zh"]
    assert set(english) == set(chinese)
    assert {key for key in english if list_placeholders(english[key]) != list_placeholders(chinese[key])} == set()


def test_every_sentence_is_used() -> None:
    files = (path for path in Path(ROOT / "digestbot").rglob("*") if path.suffix in (".py", ".html"))
    quoted = {text for path in files for text in re.findall(r"""['"]([\w.]+)(?=['"])""", path.read_text("utf-8"))}
    groups = [
        "command",
        "day",
        "month",
        "days",
        "layout",
        "format",
        "settings",
        "link",
        "button",
        "prompt",
        "error",
        "paused_chat",
        "channel",
    ]
    groups += [
        "paused_chat",
        "param",
        "permission",
        "posts",
        "publish",
        "discord",
        "analysis",
        "reason",
        "problem_chat",
    ]
    groups += [
        "notice",
        "load",
        "name",
        "usage",
        "help",
        "answers",
        "forgetme",
        "forget_channel",
        "quiet",
        "bundle",
        "chat",
        "reason_field",
        "form",
        "summarize",
        "prompt",
        "format",
        "live",
        "attachment",
    ]
    computed = (*(f"{group}." for group in groups), "paper.basis_", "init.token_", "init.press_")
    unused = {
        key
        for key in CATALOGUES["en"]
        if key.removesuffix("_one") not in quoted and key not in quoted and not key.startswith(computed)
    }
    assert unused == set()


def test_a_value_is_text_and_never_a_format() -> None:
    assert translate("en", "error.unknown_topic", topic="{0.__class__}") == "There is no topic “{0.__class__}”."


def test_a_language_nobody_speaks_is_english_and_a_missing_key_an_error() -> None:
    assert translate("fr", "settings.time") == "Time"
    with pytest.raises(KeyError):
        translate("en", "nothing")


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ("the channel was deleted", "频道已被删除"),
        ("the bot lacks “Send Messages”, “View Channel”", "机器人缺少权限：“发送消息”, “查看频道”"),
        ("Forbidden: bot was kicked", "Forbidden: bot was kicked"),
    ],
)
def test_a_reason_that_was_stored_in_english_is_told_in_the_readers_language(stored: str, told: str) -> None:
    assert translate_reason("zh", stored) == told
    assert translate_reason("en", stored) == stored


def test_every_reason_is_known_again_with_its_values_and_those_of_the_reason_within() -> None:
    for key, sentence in CATALOGUES["en"].items():
        names = list_placeholders(sentence)
        if key.startswith("reason."):
            inner = {name: "the thread is locked" if name == "reason" else "x" for name in names}
            expected = {name: "子区已锁定" if name == "reason" else "x" for name in names}
            assert translate_reason("zh", translate("en", key, **inner)) == translate("zh", key, **expected), key


def test_chinese_says_you_in_one_way_and_has_one_word_for_an_abstract_and_one_for_a_summary() -> None:
    chinese = CATALOGUES["zh"]
    assert [key for key, sentence in chinese.items() if "您" in sentence] == []
    summaries = [key for key, sentence in CATALOGUES["en"].items() if re.search(r"(?i)\bsummar(?:y|ies)\b", sentence)]
    assert [key for key in summaries if "摘要" in chinese[key] and "abstract" not in CATALOGUES["en"][key]] == []
    assert chinese["name.related"] in chinese["button.related"]


def test_a_label_has_the_colon_of_its_script_and_chinese_sentences_have_no_space_between() -> None:
    assert [introduce_by_script(label) for label in ("论文", "PDF")] == ["论文：", "PDF: "]
    assert join_sentences("zh", "其中一部分。", "", "找到 2 篇论文") == "其中一部分。找到 2 篇论文"
    assert join_sentences("en", "These have some.", "2 papers found") == "These have some. 2 papers found"
