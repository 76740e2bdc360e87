"""Numbers of a summary that its source has, in one form or another, or has not."""

import pytest

from digestbot.quality.numbers import find_unsupported_numbers
from tests.patterns import find_mismatches, load_samples
from tests.worst_cases import WorstCase, explodes

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
        "three modules and 3 losses",
        "7B parameters",
    ],
)
def test_a_number_that_the_source_has_is_known(text: str) -> None:
    assert find_unsupported_numbers(text, SOURCE) == ()


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("It is 35% better", ("35%",)),
        ("提升了 8.2 个百分点", ("8.2 个百分点",)),
        ("13,000 scans", ("13,000",)),
        ("3万次扫描", ("3万",)),
        ("5% more", ("5%",)),
        ("accuracy of 0.72", ("0.72",)),
        ("16x faster", ("16x",)),
    ],
)
def test_a_number_that_it_has_not_is_strange(text: str, strange: tuple[str, ...]) -> None:
    assert find_unsupported_numbers(text, SOURCE) == strange


@pytest.mark.parametrize("text", ["a load of 40kN", "a load of 40 kN", "20 kn of wind", "an error of 3tn"])
def test_a_unit_that_only_begins_like_a_scale_is_no_number_of_its_own(text: str) -> None:
    assert find_unsupported_numbers(text, text) == ()
    assert find_unsupported_numbers("no number", text) == ()
    assert find_unsupported_numbers("72 of them", text) == ("72",)


SCALES = {
    "thousand": 3, "k": 3, "million": 6, "m": 6, "mn": 6, "billion": 9, "b": 9, "bn": 9, "trillion": 12, "t": 12,
    "百": 2, "千": 3, "万": 4, "百万": 6, "千万": 7, "亿": 8, "十亿": 9, "百亿": 10,
}  # fmt: skip
GLUED = [
    "x", "ms", "s", "min", "h", "hz", "khz", "mhz", "ghz", "kb", "mb", "gb", "tb", "px", "fps", "mm", "cm",
    "m", "km", "nm", "kg", "g", "db", "pp", "d", "epoch", "epochs", "shot", "th", "st", "nd", "rd", "K", "c",
]  # fmt: skip
WORDS = {
    "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "a dozen": 12,
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
    "twenty": 20, "twenty-one": 21, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90, "a hundred": 100, "two hundred": 200, "five thousand": 5_000, "三十": 30, "二十一": 21,
    "三百": 300, "一千二百": 1_200,
}  # fmt: skip
SHARES = {
    "half of": 50, "a quarter of": 25, "three quarters of": 75, "one fifth of": 20, "a tenth of": 10, "one in ten": 10,
    "9 of 12": 75, "1/8": 12.5, "四分之一": 25, "百分之三十": 30, "一半": 50, "六成": 60,
    "0.12": 12, "12 percent": 12, "halved": 50,
}  # fmt: skip
FACTORS = {
    "twice": 2, "doubled": 2, "threefold": 3, "tripled": 3, "4x": 4, "5 times": 5, "$6\\times$": 6, "seven times": 7,
    "八倍": 8,
    "a tenth of": 10, "tenfold": 10, "an order of magnitude": 10, "from 48 to 12": 4, "翻倍": 2, "两个数量级": 100,
}  # fmt: skip


@pytest.mark.parametrize(("unit", "zeros"), SCALES.items())
def test_a_unit_stands_for_its_zeros_in_a_claim_and_in_the_source(unit: str, zeros: int) -> None:
    plain = "15" + "0" * (zeros - 1)
    assert find_unsupported_numbers(f"1.5{unit} of them", f"{plain} of them") == ()
    assert find_unsupported_numbers(f"{plain} of them", f"1.5{unit} of them") == ()
    for other in (f"{plain}0", plain[:-1]):
        assert find_unsupported_numbers(f"1.5{unit} of them", f"{other} of them") == (f"1.5{unit}",)
        assert find_unsupported_numbers(f"{other} of them", f"1.5{unit} of them") == (other,)


@pytest.mark.parametrize("unit", GLUED)
def test_a_unit_right_behind_a_number_leaves_it_a_number(unit: str) -> None:
    assert find_unsupported_numbers(f"a gain of 37{unit} there", "none") == (f"37{unit}",)
    assert find_unsupported_numbers(f"a gain of 37{unit} there", f"37 {unit}") == ()
    assert find_unsupported_numbers(f"a name such as 37{unit}q", "none") == ()


@pytest.mark.parametrize(("word", "value"), WORDS.items())
def test_a_number_in_words_is_a_number_in_a_claim_and_in_the_source(word: str, value: int) -> None:
    assert find_unsupported_numbers(f"{value} 个", f"there are {word} 个") == ()
    assert find_unsupported_numbers(f"there are {word} 个", f"{value} 个") == ()
    assert find_unsupported_numbers(f"there are {word} 个", f"{value + 1} 个") != ()
    assert find_unsupported_numbers(f"{value} 个", f"there are {word}x 个") != ()


@pytest.mark.parametrize(("share", "percent"), SHARES.items())
def test_a_share_is_a_percentage(share: str, percent: float) -> None:
    assert find_unsupported_numbers(f"{percent}% of it", f"{share} them") == ()
    assert find_unsupported_numbers(f"{percent + 3}% of it", f"{share} them") != ()
    if share not in ("one in ten", "9 of 12"):  # whose numbers are judged one by one
        assert find_unsupported_numbers(f"{share} them", f"{percent}% of it") == ()
        assert find_unsupported_numbers(f"{share} them", f"{percent + 3}% of it") != ()


@pytest.mark.parametrize(("words", "factor"), FACTORS.items())
def test_a_factor_is_one_however_it_is_written(words: str, factor: int) -> None:
    assert find_unsupported_numbers(f"{factor}x faster", f"it is {words} them") == ()
    assert find_unsupported_numbers(f"快 {factor} 倍", f"it is {words} them") == ()
    assert find_unsupported_numbers(f"{factor + 3}x faster", f"it is {words} them") == (f"{factor + 3}x",)


@pytest.mark.parametrize(
    ("claim", "source", "known"),
    [
        ("3", "none", True),  # up to three, whole numbers count what a sentence lists
        ("4", "none", False),
        ("4", "Table 4", False),  # the number of a table counts nothing
        ("4", "of 4", True),
        ("3x", "none", False),
        ("3 ms", "3 s", False),
        ("9.5", "none", False),
        ("10%", "none", False),
        ("0.71", "0.714", True),  # rounded: half of the last digit's step either way
        ("0.71", "0.715", True),
        ("0.71", "0.705", True),
        ("0.71", "0.7151", False),
        ("0.71", "0.7049", False),
        ("0.710", "0.714", False),
        ("71%", "0.714", True),
        ("71%", "0.715", True),
        ("71%", "0.705", True),
        ("71%", "0.7151", False),
        ("71%", "0.7049", False),
        ("71%", "71.5", True),
        ("71%", "71.6", False),
        ("71", "0.71", False),  # no share
        ("71 %", "0.71", True),
        ("71％", "0.71", True),
        ("12,345", "12345", True),
        ("12345", "12,345", True),
        ("12.5", "v12.5", True),
        ("A100", "none", True),  # names
        ("GPT-41", "none", True),
        ("x_37", "none", True),
    ],
)
def test_a_number_is_known_rounded_and_as_a_share(claim: str, source: str, known: bool) -> None:
    assert find_unsupported_numbers(claim, source) == (() if known else (claim,))


def test_each_part_of_a_number_is_read() -> None:
    assert find_mismatches(lambda text: list(find_unsupported_numbers(text, SOURCE)), load_samples("numbers")) == []


@pytest.mark.parametrize("text", ["2 × 10^500", r"2 \times 10^{500}", "1e400", "1.5e308 million", "9" * 310, "1" * 310])
def test_a_number_that_no_computer_holds_is_a_number_like_any_other(text: str) -> None:
    assert find_unsupported_numbers("We have 12 items", text) == ("12",)
    assert find_unsupported_numbers(text, "x")


@pytest.mark.parametrize("unit", ["one-", "twenty-", "1-methyl-2-ethyl-", "10-a-"])
def test_words_with_many_hyphens_take_no_more_time_than_their_length(unit: str) -> None:
    assert not explodes(lambda text: find_unsupported_numbers("5 items", text), WorstCase("", unit))


@pytest.mark.parametrize(
    ("claim", "source", "known"),
    [
        ("It has seven video streams.", "It has 2 inner and 5 outer videos.", True),
        ("It has nine video streams.", "It has 2 inner and 5 outer videos.", False),
        ("It gains 9.0 and 10.9 points.", "with gains of 9.0% and 10.9% in accuracy", True),
        ("It gains 9.0 and 11.9 points.", "with gains of 9.0% and 10.9% in accuracy", False),
        ("Fewer than 3% fail.", "The success rate is 97.14%.", True),
        ("Fewer than 9% fail.", "The success rate is 97.14%.", False),
        ("仅有不到3%失败。", "The success rate is 97.14%.", True),
        ("There are about 153 pairs a class.", "1,500 classes and 230,000 pairs", True),
        ("There are about 253 pairs a class.", "1,500 classes and 230,000 pairs", False),
        ("It patches 30 points more.", "Patch scores of 90% and 87.5%, compared to scores of 32.5% and 57.5%", True),
        ("Roughly four of five are right.", "The accuracy is 81.4%.", True),
        ("85 of 100 attacks succeed.", "Attacks succeed in 85% of the cases.", True),
        ("It wins in six of nine cases.", "It wins in 6 out of 9 cases.", True),
        ("It wins in eight of nine cases.", "It wins in 6 out of 9 cases.", False),
        ("It beats models of 7 to 11 billion parameters.", "It beats larger models (7-11B).", True),
        ("It beats models of 8 to 11 billion parameters.", "It beats larger models (7-11B).", False),
        ("The gain is nearly twice as large.", "with improvements of 14.6% and 7.7%", True),
        ("The gain is nearly three times as large.", "with improvements of 14.6% and 7.7%", False),
        ("It took roughly 17,000 GPU hours.", "It ran on 64 GPUs for 11 days.", True),
        ("It took roughly 27,000 GPU hours.", "It ran on 64 GPUs for 11 days.", False),
        ("It handles about 36 images a second.", "It takes 28 ms an image.", True),
        ("It handles about 56 images a second.", "It takes 28 ms an image.", False),
        ("It rivals models ten to twenty times its size.", "It rivals models 10× to 20× larger.", True),
        ("It takes under 15 minutes.", "It takes 14 minutes.", True),
        ("It takes under 25 minutes.", "It takes 14 minutes.", False),
        ("比基线高17个百分点。", "83% at a quality of 70 vs. 66% for baselines", True),
        ("Nearly half are men.", "49.4% are men.", True),
        ("The encoder is a ResNet-50.", "The encoder is a ResNet-18.", False),
        ("The encoder is a ResNet-50.", "The encoder is a network.", True),
        ("View-R1-7B gains 7%.", "View-R1-3B gains 7%.", False),
    ],
)
def test_what_follows_from_numbers_is_known(claim: str, source: str, known: bool) -> None:
    assert (find_unsupported_numbers(claim, source) == ()) is known
