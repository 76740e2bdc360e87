"""The test server itself: as unforgiving as Telegram, in its words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platforms.telegram.botapi import markup, spec


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("a <span>b</span><x>", 'Unsupported start tag "x" at byte offset 16'),
        ("<B>a</b", "Unclosed start tag at byte offset 4"),
        ("é<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("é<script>", 'Unsupported start tag "script" at byte offset 2'),
    ],
)
def test_classic_html_is_refused_in_telegrams_words(html: str, words: str) -> None:
    with pytest.raises(markup.MarkupError) as refused:
        markup.parse_classic(html)
    assert str(refused.value) == f"can't parse entities: {words}"


def test_classic_html_that_is_right_gives_its_text_and_length() -> None:
    parsed = markup.parse_classic('<b>x &lt;&#129516;</b> <a href="https://a.example">y</a> &copy;')
    assert parsed.text == "x <\U0001f9ec y &copy;"
    assert markup.count_units(parsed.text) == len(parsed.text) + 1
    assert parsed.links == ["https://a.example"]


@pytest.mark.parametrize(
    "html",
    [
        "<div>x</div>",
        "<p>x",
        "<p>x</b>",
        "<p><p>x</p></p>",
        "<b><p>x</p></b>",
        "<ul>x</ul>",
        "<li>x</li>",
        "<ul><p>x</p></ul>",
        "<summary>x</summary>",
        "<p>&copy;</p>",
        '<p onclick="x">x</p>',
        '<p><img src="https://a.example/x.png"/></p>',
        '<a href="#nowhere">x</a>',
        "<tg-math>x<b>y</b></tg-math>",
        "<details><summary>s</summary><p><tg-math>x</tg-math></p></details>",
        "<details><summary><tg-math>x</tg-math></summary><p>x</p></details>",
        '<a href="https://a.example">x<a href="https://b.example">y</a></a>',
        "<p>a < b</p>",
    ],
)
def test_rich_html_that_is_wrong_is_refused(html: str) -> None:
    with pytest.raises(markup.MarkupError, match="can't parse rich message"):
        markup.parse_rich(html)


def test_rich_html_counts_what_the_limits_are_about() -> None:
    html = (
        '<h2>T</h2><a name="p1"></a><details><summary>s</summary><ul><li>a</li><li>b</li></ul>'
        '<tg-slideshow><img src="https://a.example/1.png"/><img src="https://a.example/2.png"/></tg-slideshow>'
        '</details><p><tg-math>x^2</tg-math></p><p><a href="#p1">up</a></p>'
    )
    parsed = markup.parse_rich(html)
    assert (parsed.text, parsed.formulas, len(parsed.media)) == ("Tsabx^2up", ["x^2"], 2)
    assert parsed.blocks == 1 + 1 + 1 + 1 + 4 + 3 + 2
    assert parsed.depth == 3


def test_buttons_inside_the_text_are_newer_than_the_specification() -> None:
    html = '<tg-button-row><tg-button type="url" url="https://a.example">x</tg-button></tg-button-row>'
    assert markup.parse_rich(f"<p>y</p>{html}").buttons[0]["url"] == "https://a.example"
    with pytest.raises(markup.MarkupError, match='Unsupported start tag "tg-button-row"'):
        markup.parse_rich(html, newer=False)


@pytest.mark.skipif(not spec.SPEC.is_file(), reason="the specification (../shared/specs) is not beside the checkout")
@pytest.mark.parametrize(
    ("method", "given", "problem"),
    [
        ("sendMessage", {"chat_id": 1}, "text is required"),
        ("sendMessage", {"chat_id": 1.5, "text": "x"}, "1.5 is no"),
        ("sendMessage", {"chat_id": 1, "text": "x", "colour": "red"}, "unknown field colour"),
        ("sendMessage", {"chat_id": 1, "text": "x", "disable_notification": "yes"}, "is no Boolean"),
        ("sendMessage", {"chat_id": 1, "text": "x", "reply_markup": {"inline_keyboard": [[{}]]}}, "text is required"),
        ("sendRichMessage", {"chat_id": 1, "rich_message": {"text": "x"}}, "unknown field text"),
        ("setMyCommands", {"commands": [{"command": "a"}]}, "description is required"),
    ],
)
def test_a_request_is_checked_against_the_specification(method: str, given: dict[str, Any], problem: str) -> None:
    assert problem in " ".join(spec.find_problems(method, given, set(), newer=True))
    assert spec.has_method(method)
