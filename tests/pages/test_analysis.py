"""The parts of an analysis, and the summary and takeaways before it: what is a head, a label or an item."""

from __future__ import annotations

import pytest

from digestbot.domain.digest import Section
from digestbot.pages.analysis import classify_section, parse_sections
from digestbot.pages.summaries import parse_summary


@pytest.mark.parametrize(
    ("kind", "titles"),
    [
        ("title", ["Title", "Paper title", "标题", "论文题目", "文章标题（中文）", "题目翻译"]),
        ("authors", ["Author", "Authors", "作者", "所有作者", "作者名单", "<Authors>"]),
        ("affiliation", ["Affiliation", "affiliations", "第一作者单位", "作者隶属", "所属机构"]),
        ("keywords", ["Keywords", "Key words", "关键词", "关键字"]),
        ("urls", ["Urls", "URL", "Links", "link", "Github", "论文链接", "代码地址"]),
        ("summary", ["Summary", "Abstract", "摘要", "论文总结", "内容概要", "概述"]),
        ("methods", ["Methods", "Method", "Methodology", "方法", "研究方法", "具体方法", "方法（Methods）"]),
        ("conclusion", ["Conclusion", "conclusions", "结论", "結論"]),
        ("", ["Results", "", "The method", "Titles", "Discussion", "背景"]),
    ],
)
def test_a_part_is_known_by_any_of_its_names(kind: str, titles: list[str]) -> None:
    assert {title: classify_section(title) for title in titles} == dict.fromkeys(titles, kind)


@pytest.mark.parametrize("most", [("方法", 8), ("标题", 8), ("摘要", 4), ("结论", 4)], ids=lambda most: most[0])
def test_a_name_may_go_on_for_some_characters(most: tuple[str, int]) -> None:
    name, extra = most
    assert classify_section(name + "一" * extra)
    assert not classify_section(name + "一" * (extra + 1))


def test_a_name_may_have_twenty_characters_in_brackets() -> None:
    assert classify_section(f"Methods ({'x' * 20})") == "methods"
    assert classify_section(f"Methods ({'x' * 21})") == ""


def read_sections(*lines: str) -> dict[str, str]:
    return {section.title: section.body for section in parse_sections("\n".join(lines))}


def test_the_name_of_a_bold_part_may_have_forty_characters() -> None:
    assert read_sections("**1. " + "n" * 40 + ":** text") == {"n" * 40: "text"}
    assert "n" * 41 not in read_sections("**1. " + "n" * 41 + ":** text")


def test_parts_come_in_one_order_and_what_looks_like_an_earlier_one_is_text() -> None:
    assert read_sections("1. Title: T", "7. Methods: How.", "8. Conclusion: So.", "7. Methods: again") == {
        "Title": "T", "Methods": "How.", "Conclusion": "So.\n7. Methods: again",
    }  # fmt: skip
    assert read_sections("7. Methods: How.", "7. Methods: again") == {"Methods": "How.\n7. Methods: again"}


def test_a_bold_part_of_another_name_needs_a_number_that_goes_on() -> None:
    assert read_sections("**1. Idea:** a", "**2. Setup:** b", "**2. Inside:** c", "**1. Inside:** d") == {
        "Idea": "a", "Setup": "b\n2. Inside: c\n1. Inside: d",
    }  # fmt: skip
    assert read_sections("**10. Idea:** a", "**11. Setup:** b") == {"Idea": "a", "Setup": "b"}


@pytest.mark.parametrize(
    "nothing", ["", "none", "None.", "无", "无。", "暂无", "n/a", "N/A", "na", "null", "没有", "未知", "-"]
)
def test_a_part_with_nothing_in_it_is_left_out(nothing: str) -> None:
    assert read_sections("1. Title: T", f"7. Methods: {nothing}") == {"Title": "T"}


@pytest.mark.parametrize("something", ["None of it works", "Nullable types", "无人机", "-1", "n/a but fine"])
def test_a_part_that_begins_like_nothing_is_kept(something: str) -> None:
    assert read_sections("1. Title: T", f"7. Methods: {something}") == {"Title": "T", "Methods": something}


def test_text_before_the_first_part_is_an_overview_in_its_own_language() -> None:
    assert parse_sections("It is good.") == (Section("Overview", "It is good."),)
    assert parse_sections("很好。") == (Section("概述", "很好。"),)
    assert parse_sections("") == ()


def test_markup_around_an_analysis_is_left_out_and_its_list_items_stay_items() -> None:
    lines = ("<ol><li>Title: T</li>", "<li><p>Methods:</p></li>", "<li>a &lt; b</li>", "plain <b>c</b>")
    assert read_sections(*lines) == {"Title": "T", "Methods": "- a < b\nplain c"}


# -- the summary and the takeaways --------------------------------------------------------------------------------


def read_summary(*lines: str) -> tuple[str, list[str]]:
    found = parse_summary(list(lines))
    return found.headline, found.takeaways


@pytest.mark.parametrize(
    "item",
    ["- One.", "* One.", "+ One.", "• One.", "•One.", "· One.", "▪One.", "◦ One.", "– One.", "-One.", "*One.",
     "1. One.", "1) One.", "1、One.", "1．One.", "（1）One.", "(1) One.", "  - One.", "12. One."],
)  # fmt: skip
def test_an_item_is_an_item_however_it_is_marked(item: str) -> None:
    assert read_summary("**Summary**", "It measures.", "", "**Takeaways**", item) == ("It measures.", ["One."])


@pytest.mark.parametrize("line", ["123. One.", "One.", "--One.", "1 One."])
def test_what_is_marked_otherwise_is_no_item(line: str) -> None:
    assert read_summary("**Summary**", "It measures.", "", "**Takeaways**", "- Two.", "", line)[1] == ["Two."]


def test_an_item_goes_on_in_an_indented_line_without_a_gap() -> None:
    assert read_summary("**S**", "It.", "**T**", "- One", "  goes on.", "- Two.")[1] == ["One goes on.", "Two."]
    assert read_summary("**S**", "It.", "**T**", "- One.", "", "  apart", "- Two.")[1] == ["One.", "Two."]


def test_a_plain_label_is_a_line_of_at_most_twenty_four_characters() -> None:
    text = "It measures a lot of things, and well."
    assert read_summary("x" * 24, text, "", "**T**", "- One.") == (text, ["One."])
    assert read_summary("x" * 25, text, "", "**T**", "- One.") == (f"{'x' * 25} {text}", ["One."])


def test_a_bold_label_before_its_text_may_have_twenty_four_characters() -> None:
    assert read_summary(f"**{'x' * 24}**: It measures.", "", "**T**", "- One.") == ("It measures.", ["One."])


@pytest.mark.parametrize("marks", ["##", "###", "######"])
def test_a_heading_is_a_label_at_every_level_below_the_pages_own(marks: str) -> None:
    assert read_summary(f"{marks} A", "It measures.", f"{marks} B", "- One.") == ("It measures.", ["One."])


def test_numbered_takeaways_go_on_until_a_number_is_smaller_than_the_one_before_it() -> None:
    assert read_summary("**S**", "It.", "**T**", "1. One.", "1. Two.", "2. Three.")[1] == ["One.", "Two.", "Three."]
    assert read_summary("**S**", "It.", "**T**", "1. One.", "2. Two.", "1. Again.")[1] == ["One.", "Two."]


@pytest.mark.parametrize("name", ["总结：", "- 综述：", "Overview:"])
def test_a_conclusion_under_another_name_is_no_part_of_the_methods(name: str) -> None:
    text = f"7. Methods:\n(1) Loops are cut.\n{name}\n（1）：Loops are short."
    assert [section.body for section in parse_sections(text)] == ["(1) Loops are cut.", "（1）：Loops are short."]
    text += "\n8. Conclusion:\nIt works."
    assert parse_sections(text)[0].body.startswith("(1) Loops are cut.\n")
    assert len(parse_sections(text)) == 2
