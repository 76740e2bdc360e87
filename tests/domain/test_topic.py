"""Finding the topic that a person means."""

import pytest

from digestbot.domain.topic import Topic, find_topic, slugify

TOPICS = [
    Topic("3dgs", "3DGS", ("gaussian splatting",)),
    Topic("diffusion-models", "Diffusion Models"),
    Topic("talking-head-generation", "Talking Head Generation"),
    Topic("元宇宙-虚拟人", "元宇宙/虚拟人"),
]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("3dgs", "3dgs"),
        ("DIFFUSION models", "diffusion-models"),
        ("diffusion-models", "diffusion-models"),
        ("Gaussian  Splatting", "3dgs"),
        ("元宇宙虚拟人", "元宇宙-虚拟人"),
    ],
)
def test_a_topic_is_found_by_slug_title_or_alias_in_any_case(name: str, slug: str) -> None:
    match = find_topic(name, TOPICS)
    assert match.topic is not None
    assert match.topic.slug == slug


@pytest.mark.parametrize(
    ("name", "likely"),
    [
        ("difusion models", "diffusion-models"),
        ("3dsg", "3dgs"),
        ("thg", "talking-head-generation"),
        ("虚拟人", "元宇宙-虚拟人"),
    ],
)
def test_a_near_miss_is_answered_with_the_likely_ones(name: str, likely: str) -> None:
    match = find_topic(name, TOPICS)
    assert match.topic is None
    assert match.near[0].slug == likely


def test_nonsense_is_near_nothing() -> None:
    assert find_topic("qqqqqq", TOPICS).near == ()
    assert find_topic("///", TOPICS).near == ()


def test_a_slug_is_never_empty_and_has_no_spaces_or_slashes() -> None:
    assert slugify("元宇宙/虚拟人") == "元宇宙-虚拟人"
    assert slugify("!!!") == "topic"
