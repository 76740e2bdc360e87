"""Numbers of a summary that its source has, in one form or another, or has not."""

import pytest

from digestbot.domain.numbers import strange_numbers

SOURCE = (
    "We train on 12,000 scans and 1.5 million images. Accuracy rises from 0.581 to 0.714, by 23.4 percent. "
    "Nine of twenty-four designs bind; sampling takes 40 ms on ResNet-50 with 7B parameters in 2024."
)


@pytest.mark.parametrize(
    "text",
    [
        "It trains on 12,000 scans",
        "12000 次扫描",
        "用 1.2万 次扫描",
        "150万张图像",
        "1.5M images",
        "Accuracy of 0.71",
        "71.4% accuracy",
        "71% accuracy",
        "提高了23.4%",
        "about 23%",
        "40ms a sample",
        "GPT-4 and CIFAR100 and 4DGS are names",
        "three modules, 3 losses and 10 steps",
        "7B parameters",
    ],
)
def test_a_number_that_the_source_has_is_known(text: str) -> None:
    assert strange_numbers(text, SOURCE) == ()


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("It is 35% better", ("35%",)),
        ("提升了 8.2 个百分点", ("8.2",)),
        ("13,000 scans", ("13,000",)),
        ("3万次扫描", ("3万",)),
        ("5% more", ("5%",)),
        ("accuracy of 0.72", ("0.72",)),
        ("16x faster", ("16x",)),
    ],
)
def test_a_number_that_it_has_not_is_strange(text: str, strange: tuple[str, ...]) -> None:
    assert strange_numbers(text, SOURCE) == strange


@pytest.mark.parametrize("text", ["a load of 40kN", "a load of 40 kN", "20 kn of wind", "an error of 3tn"])
def test_a_unit_that_only_begins_like_a_scale_is_no_number_of_its_own(text: str) -> None:
    assert strange_numbers(text, text) == ()
    assert strange_numbers("no number", text) == ()
    assert strange_numbers("72 of them", text) == ("72",)
