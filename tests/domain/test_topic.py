"""Finding the topic that a person means."""

import pytest

from digestbot.domain.topic import Topic, choose_slug, find_topic, match_title, slugify

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
    ],
)
def test_a_near_miss_is_answered_with_the_likely_ones(name: str, likely: str) -> None:
    match = find_topic(name, TOPICS)
    assert match.topic is None
    assert match.suggestions[0].slug == likely


GUESSES = {
    "Protein Design": "protein|proteins|prot|protien design|proteins design|design|designs|protein desing",
    "Gaussian Splatting": "gausian spl|gaussian|gaus|splatting|gaussian-spl",
    "Climate Emulation": "climate|emulation|CLIMATE|cli",
    "Talking Head Generation": "thg|talking|head|talking heads",
    "语音翻译": "语音|翻译|语音翻",
    "扩散模型": "扩散",
    "Diffusion Policies": "diffusion policy",
    "": (
        "cl|c|gs|nerv|3dsg|sora 2|unsupervised learning|antibody|p53|protein folding|text|generatio|"
        "模型与|语|diffusion|speech translation|generations of"
    ),
}
GUESSED_TOPICS = [
    Topic(slugify(title), title)
    for title in (
        "Protein Design", "Climate Emulation", "Gaussian Splatting", "3DGS", "Diffusion Models", "Diffusion Policies",
        "Supervised Learning", "Talking Head Generation", "C", "C++", "Sora 3", "NeRF", "语音翻译", "扩散模型",
        "Speech Recognition",
    )
]  # fmt: skip


def test_the_only_one_with_a_beginning_or_a_typo_is_taken_and_no_other() -> None:
    guessed = {name: find_topic(name, GUESSED_TOPICS).guess for names in GUESSES.values() for name in names.split("|")}
    assert {name: topic.title if topic else "" for name, topic in guessed.items()} == {
        name: title for title, names in GUESSES.items() for name in names.split("|")
    }


def test_nonsense_is_near_nothing() -> None:
    assert find_topic("qqqqqq", TOPICS).suggestions == ()
    assert find_topic("///", TOPICS).suggestions == ()


def test_a_slug_is_never_empty_and_has_no_spaces_or_slashes() -> None:
    assert slugify("元宇宙/虚拟人") == "元宇宙-虚拟人"
    assert slugify("\x00\x01") == "topic"


def test_no_name_at_all_is_no_topic_even_beside_one_of_punctuation() -> None:
    odd = [Topic("topic", "!!!"), *TOPICS]
    assert find_topic("", odd).topic is None
    assert find_topic("???", odd).topic is None


def test_the_likely_ones_are_the_three_best_with_the_best_first() -> None:
    many = [Topic(f"diffusion-model-{number}", f"Diffusion Model {number}") for number in range(5)]
    near = find_topic("diffusion model", [*TOPICS, *many]).suggestions
    assert len(near) == 3
    assert all(topic.slug.startswith("diffusion-model") for topic in near)
    assert find_topic("diffusion modell 4", many).suggestions[0].slug == "diffusion-model-4"


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("abcdefxxxx", ("abcdefyyyy",)),  # six letters of ten are alike
        ("abcdexxxxx", ()),
        ("yy", ("abcdefyyyy",)),  # a part of its name
        ("y", ()),
        ("a", ()),
    ],
)
def test_a_name_is_near_from_six_tenths_of_likeness_or_two_letters_of_it_on(name: str, near: tuple[str, ...]) -> None:
    topics = [Topic("abcdefyyyy", "abcdefyyyy")]
    assert tuple(topic.slug for topic in find_topic(name, topics).suggestions) == near


def test_every_name_of_a_topic_is_folded_and_there_once() -> None:
    assert Topic("3dgs", "3DGS", ("Gaussian Splatting", "gaussian-splatting")).normalized_names == (
        "3dgs",
        "gaussiansplatting",
    )
    assert Topic("nerf", "ＮｅＲＦ").normalized_names == ("nerf",)


def test_a_slug_is_in_small_letters_of_any_width_with_single_hyphens() -> None:
    assert slugify("  Text -- to__3D (ＡＢ)! ") == "text-to-3d-ab"


SIGNED = {
    "C": "c",
    "C++": "c-plus-plus",
    "C#": "c-sharp",
    "🧬": "dna-double-helix",
    "🚀": "rocket",
    "🧬🚀": "dna-double-helix-rocket",
    "🇩🇪": "d-e",
    "❤️": "heavy-black-heart",
    "+": "plus",
    "3D+": "3d-plus",
    "F# and C#": "f-sharp-and-c-sharp",
    "→": "rightwards-arrow",
    "!!!": "exclamation-mark",
    "… — …": "horizontal-ellipsis-em-dash",
}
UNCHANGED = {
    "Text + Image": "text-image",
    "Text+Image": "text-image",
    "R&D": "r-d",
    "🧬 Biology": "biology",
    "#3 of 4": "3-of-4",
    "3DGS": "3dgs",
}


@pytest.mark.parametrize(("title", "slug"), [*SIGNED.items(), *UNCHANGED.items()])
def test_signs_that_tell_topics_apart_are_spelled_out_in_the_slug(title: str, slug: str) -> None:
    assert slugify(title) == slug
    assert slugify(slug) == slug  # as a setting it is accepted


def test_topics_whose_names_differ_by_a_sign_are_found_each_by_its_own() -> None:
    topics = [Topic(slug, title) for title, slug in SIGNED.items()]
    for topic in topics:
        for name in (topic.title, topic.slug, topic.title.lower(), f" {topic.title} "):
            assert find_topic(name, topics).topic == topic, name
    assert find_topic("c +", topics).topic is None


def test_a_page_is_of_the_topic_with_its_title_and_not_of_one_with_a_slug_like_it() -> None:
    earlier = [Topic("c", "C++"), Topic("3dgs", "3D Gaussian Splatting", ("splatting",)), Topic("topic", "!!!")]
    assert match_title("C++", earlier) == earlier[0]
    assert match_title("C", earlier) is None
    assert match_title("C#", earlier) is None
    assert match_title("3DGS", earlier) == match_title("Splatting", earlier) == earlier[1]
    assert match_title("!!!", earlier) == earlier[2]
    assert match_title("???", earlier) is None
    assert choose_slug("C", ["c"]) == "c-2"
    assert choose_slug("\x00", ["topic", "topic-2"]) == "topic-3"


def test_a_slug_too_long_for_some_platforms_has_a_short_name_that_is_found_like_it() -> None:
    topics = [Topic(f"{'large-language-' * 9}{end}", f"Large {end}") for end in ("speech", "vision")]
    names = [topic.short_slug for topic in topics]
    assert len({*names}) == 2
    assert {len(name) for name in names} == {100}
    assert [find_topic(name, topics).topic for name in names] == topics
    assert Topic("nerf", "NeRF").short_slug == "nerf"
    longest = Topic("a" * 100, "A")
    assert longest.short_slug == longest.slug
