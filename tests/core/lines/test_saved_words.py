"""What of a line after /save is the paper, and what are tags."""

from __future__ import annotations

import pytest

from digestbot.core.lines.saved_words import split_tags

TABLE = {
    "1 2 3": ("1 2 3", ""),
    "1-3": ("1-3", ""),
    "#2": ("#2", ""),
    "第二篇": ("第二篇", ""),
    "2410.18974": ("2410.18974", ""),
    "2410.18974 2410.18975": ("2410.18974 2410.18975", ""),
    "2410.18974 nerf": ("2410.18974", "nerf"),
    "2410.18974 NeRF Slam": ("2410.18974", "nerf slam"),
    "2410.18974 nerf, to read": ("2410.18974", "nerf to-read"),
    "2410.18974 待读": ("2410.18974", "待读"),
    "2410.18974 待读、三维重建": ("2410.18974", "待读 三维重建"),
    "2410.18974 标签 待读": ("2410.18974", "待读"),
    "2410.18974 tags: nerf, slam": ("2410.18974", "nerf slam"),
    "2410.18974 as nerf": ("2410.18974", "nerf"),
    "https://arxiv.org/abs/2410.18974v2 nerf": ("https://arxiv.org/abs/2410.18974v2", "nerf"),
    "2410.18974 #nerf #nerf #slam": ("2410.18974", "nerf slam"),
    "2410.18974 #nerf,#slam": ("2410.18974", "nerf slam"),
    "#nerf 2410.18974": ("2410.18974", "nerf"),
    "1 nerf": ("1", "nerf"),
    "1 2 3 nerf": ("1 2 3", "nerf"),
    "1, 3 nerf, to read": ("1, 3", "nerf to-read"),
    "#2 #nerf": ("#2", "nerf"),
    "2 #3dgs": ("2", "3dgs"),
    "第二篇 待读": ("第二篇", "待读"),
    "the first one nerf": ("the first one", "nerf"),
    "it #nerf": ("it", "nerf"),
    "它 待读": ("它", "待读"),
    "attention is all you need": ("attention is all you need", ""),
    "attention is all you need #nlp": ("attention is all you need", "nlp"),
    "3d gaussian splatting": ("3d gaussian splatting", ""),
    "三维高斯泼溅 #待读": ("三维高斯泼溅", "待读"),
    "2410.18974 ＃Nerf！": ("2410.18974", "nerf"),
    "2410.18974 C++": ("2410.18974", "c++"),
    "2410.18974 \u202enerf\u200b": ("2410.18974", "nerf"),
    "2410.18974 a b c d e f g h i j k": ("2410.18974 a b c d e f g h i j k", ""),
    "2410.18974 this is a very important paper": ("2410.18974 this is a very important paper", ""),
    "2410.18974 this, is, a, very, important": ("2410.18974", "this is a very important"),
    "2410.18974 state of the art": ("2410.18974 state of the art", ""),
    "2410.18974 to read with bo": ("2410.18974 to read with bo", ""),
    "2410.18974 gaussian splatting nerf slam": ("2410.18974", "gaussian splatting nerf slam"),
    "": ("", ""),
    "#": ("#", ""),
}


@pytest.mark.parametrize("line", TABLE, ids=repr)
def test_a_line_is_taken_apart_into_papers_and_tags(line: str) -> None:
    paper, tags = split_tags(tuple(line.split()))
    assert (" ".join(paper), " ".join(tags)) == TABLE[line]


SPOKEN = {
    "2 lives": ("2 lives", ""),
    "it for later": ("it for later", ""),
    "1 as nerf": ("1", "nerf"),
    "1 #nerf": ("1", "nerf"),
    "2410.18974 nerf": ("2410.18974", "nerf"),
    "2410.18974 which is the best of them all": ("2410.18974 which is the best of them all", ""),
}


@pytest.mark.parametrize("line", SPOKEN, ids=repr)
def test_without_a_slash_words_after_a_number_are_tags_only_if_they_say_so(line: str) -> None:
    paper, tags = split_tags(tuple(line.split()), is_typed=False)
    assert (" ".join(paper), " ".join(tags)) == SPOKEN[line]
