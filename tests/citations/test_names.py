"""Names of authors, taken apart."""

from __future__ import annotations

import pytest

from digestbot.citations.names import AuthorName, parse_authors, parse_name

# given, particle, family, suffix
PEOPLE = {
    "Ludwig van Beethoven": ("Ludwig", "van", "Beethoven", ""),
    "Vincent van Gogh": ("Vincent", "van", "Gogh", ""),
    "Aäron van den Oord": ("Aäron", "van den", "Oord", ""),
    "Ursula von der Leyen": ("Ursula", "von der", "Leyen", ""),
    "Oscar de la Renta": ("Oscar", "de la", "Renta", ""),
    "Oscar De la Renta": ("Oscar", "", "De la Renta", ""),
    "Guido Van Rossum": ("Guido", "", "Van Rossum", ""),
    "Luigi Di Caro": ("Luigi", "", "Di Caro", ""),
    "Yann Le Cun": ("Yann", "", "Le Cun", ""),
    "Jean-Luc d'Alembert": ("Jean-Luc", "", "d'Alembert", ""),
    "Sammy Davis Jr.": ("Sammy", "", "Davis", "Jr."),
    "Sammy Davis, Jr.": ("Sammy", "", "Davis", "Jr."),
    "Davis, Jr., Sammy": ("Sammy", "", "Davis", "Jr."),
    "Beethoven, Ludwig": ("Ludwig", "", "Beethoven", ""),
    "van Beethoven, Ludwig": ("Ludwig", "van", "Beethoven", ""),
    "Martin Luther King III": ("Martin Luther", "", "King", "III"),
    "María José García Márquez": ("María José", "", "García Márquez", ""),
    "Jose Garcia": ("Jose", "", "Garcia", ""),
    "Santiago Ramón y Cajal": ("Santiago", "", "Ramón y Cajal", ""),
    "Wei Zhang": ("Wei", "", "Zhang", ""),
    "Di He": ("Di", "", "He", ""),
    "Da Li": ("Da", "", "Li", ""),
    "Ai Weiwei": ("Ai", "", "Weiwei", ""),
    "J. R. R. Tolkien": ("J. R. R.", "", "Tolkien", ""),
    "bell hooks": ("bell", "", "hooks", ""),
    "Muhammad ibn Musa al-Khwarizmi": ("Muhammad ibn Musa", "", "al-Khwarizmi", ""),
    "欧阳 修": ("修", "", "欧阳", ""),
    "김 민수": ("민수", "", "김", ""),
}
WHOLE = (
    "The ATLAS Collaboration", "DeepSeek-AI", "Qwen Team", "Gemini Team, Google", "Llama Team, AI @ Meta", "NVIDIA",
    "Plato",
    "张伟", "清华大学", "Research and Development Group", "OpenAI", "Ada, Bo, and Cy",
)  # fmt: skip


@pytest.mark.parametrize("text", PEOPLE)
def test_a_persons_name_has_parts(text: str) -> None:
    given, particle, family, suffix = PEOPLE[text]
    assert parse_name(text) == AuthorName(family, given, particle, suffix)


@pytest.mark.parametrize("text", WHOLE)
def test_what_is_no_person_or_one_word_stays_whole(text: str) -> None:
    assert parse_name(text) == AuthorName(literal=text)


def test_what_has_no_letter_is_no_author_and_others_are_said() -> None:
    found = parse_authors(("DeepSeek-AI", ":", " \u200b", "Xiao\u202e  Bi", "et al."))
    assert (found.names, found.has_more) == ((AuthorName(literal="DeepSeek-AI"), AuthorName("Bi", "Xiao")), True)
