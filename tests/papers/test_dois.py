"""Papers by DOI: Crossref's and others', with what publishers deposit, and what goes wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from digestbot.app import App
from digestbot.domain.papers.looked_up_paper import PaperOrigin
from digestbot.errors import SourceError
from digestbot.papers import csl
from digestbot.papers.csl import parse_work, parse_works
from tests.fakes import ManualClock
from tests.papers.asking import ask, ask_last
from tests.papers.registrar import Registrar, make_work

DOI = "10.1234/abc.5"


def parse(**fields: Any) -> Any:
    return parse_work(json.dumps({"message": make_work(**fields)}).encode(), PaperOrigin.CROSSREF).paper


@pytest.mark.parametrize("text", [f"/paper {DOI}", "https://doi.org/10.1234/ABC.5", "doi:10.1234/abc.5"])
async def test_a_doi_is_looked_up_at_crossref(looking_app: App, registrar: Registrar, text: str) -> None:
    registrar.add(make_work("10.1234/ABC.5", license=[{"URL": "http://creativecommons.org/licenses/by/4.0/"}]))
    card = await ask_last(looking_app, text)
    shown = str(card)
    assert card.ok
    for told in ("Salt marsh accretion", "Ada Moreno, Bo Lin", "Journal of Tides", "CC BY 4.0", "Published"):
        assert told in shown
    assert f"https://doi.org/{DOI}" in shown
    assert "We measure tides for a century." in shown
    assert "arXiv" not in shown
    assert registrar.asked == ["/crossref/works/10.1234%2Fabc.5"]


async def test_crossref_hears_who_runs_the_bot_and_not_who_asks(looking_app: App, registrar: Registrar) -> None:
    looking_app.settings.builder.contact = "ada@example.org"
    registrar.add(make_work())
    await ask(looking_app, f"/paper {DOI}")
    assert registrar.asked == ["/crossref/works/10.1234%2Fabc.5?mailto=ada@example.org"]


async def test_what_crossref_does_not_have_is_asked_at_doi_org(looking_app: App, registrar: Registrar) -> None:
    dataset = {
        "type": "dataset",
        "DOI": "10.5281/ZENODO.42",
        "title": "Tide gauges of the coast",
        "author": [{"family": "Moreno", "given": "Ada"}, {"literal": "The Tide Group"}],
        "issued": {"date-parts": [["2020", "2"]]},
        "publisher": "Zenodo",
    }
    registrar.add(dataset, is_crossref=False)
    shown = str(await ask_last(looking_app, "/paper 10.5281/zenodo.42"))
    for told in ("Tide gauges of the coast", "Ada Moreno, The Tide Group", "Zenodo", "Published 2020"):
        assert told in shown


async def test_a_doi_that_nobody_registered_is_said_and_remembered(looking_app: App, registrar: Registrar) -> None:
    for _ in range(2):
        assert "There is no paper with the DOI 10.1234/none" in str(await ask_last(looking_app, "/paper 10.1234/none"))
    assert len(registrar.asked) == 2


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("503", "Crossref does not answer now. Please try again in a few minutes."),
        ("429:600", "asks to be left alone. Please try again in 10 minutes."),
        ("cut", "Crossref does not answer now."),
        ("html", "cannot be read"),
        ("other", "cannot be read"),
        ("huge", "cannot be read"),
    ],
)
async def test_what_goes_wrong_is_a_sentence(looking_app: App, registrar: Registrar, fault: str, told: str) -> None:
    registrar.add(make_work())
    registrar.faults.append(fault)
    card = await ask_last(looking_app, f"/paper {DOI}")
    assert not card.ok
    assert told in str(card)
    assert [button.command for button in card.buttons] == [f"paper {DOI}"]


async def test_a_doi_is_no_path_of_another_service(looking_app: App, registrar: Registrar) -> None:
    await ask(looking_app, "/paper 10.1234/../../admin")
    assert registrar.asked
    assert all(path.count("/") == path[:17].count("/") or "%2F" in path for path in registrar.asked)
    assert not any("admin" in path.split("/") for path in registrar.asked)


async def test_a_looked_up_doi_is_found_and_saved_like_any_other(
    looking_app: App, registrar: Registrar, clock: ManualClock
) -> None:
    registrar.add(make_work())
    assert (await ask_last(looking_app, f"/save {DOI}")).ok
    assert "Salt marsh" in str(await ask_last(looking_app, "/search marsh accretion"))
    assert "Salt marsh" in str(await ask_last(looking_app, "/saved"))


def test_markup_of_publishers_becomes_text() -> None:
    paper = parse(
        title=["On  CO<sub>2</sub> in <i>Zostera</i> &amp; <mml:math><mml:mi>x</mml:mi></mml:math>"],
        abstract=(
            "<jats:title>Abstract</jats:title><jats:sec><jats:title>Background</jats:title><jats:p>Salt &lt;2.5 μm"
            "</jats:p></jats:sec><jats:p>H<jats:sub>2</jats:sub>O is <jats:italic>wet</jats:italic>.</jats:p>"
        ),
        author=[{"given": "Se&#225;n", "family": "O&#39;Brien"}, {"name": "Smith &amp; Sons Consortium"}],
    )
    assert paper.title == "On CO₂ in Zostera & x"
    assert paper.abstract == "Background: Salt <2.5 μm H₂O is wet."
    assert paper.authors == ("Seán O'Brien", "Smith & Sons Consortium")


def test_tex_of_publishers_becomes_text() -> None:
    paper = parse(title=[r"Erd\H{o}s \& friends"], abstract=r"<jats:p>We \textbf{prove} it.</jats:p>")
    assert (paper.title, paper.abstract) == ("Erdős & friends", "We prove it.")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"published": {"date-parts": [[2021, 5, 3]]}}, (2021, 5, 3)),
        ({"published": {"date-parts": [[2021]]}}, (2021, 0, 0)),
        ({"published": {"date-parts": [[None]]}, "issued": {"date-parts": [["2020", "2"]]}}, (2020, 2, 0)),
        ({"published": {"date-parts": [[2021, 2, 31]]}}, (2021, 2, 0)),
        ({"published": {"date-parts": [[2021, 13, 3]]}}, (2021, 0, 0)),
        ({"created": {"date-parts": [[1999, 1, 2]]}}, (2021, 5, 3)),
        ({"published": "2021", "created": {"date-parts": [[1999, 1, 2]]}}, (1999, 1, 2)),
        ({"published": {"date-parts": []}}, (0, 0, 0)),
        ({"published": {"date-parts": [[10**30, "x", {}]]}}, (0, 0, 0)),
    ],
)
def test_a_date_is_as_exact_as_it_is_told(fields: dict[str, Any], expected: tuple[int, int, int]) -> None:
    publication = parse(**fields).publication
    assert (publication.year, publication.month, publication.day) == expected


def test_a_preprint_names_its_server_and_what_it_became() -> None:
    paper = parse(
        doi="10.1101/2024.01.01.573000",
        type="posted-content",
        container_title=[],
        institution=[{"name": "bioRxiv"}],
        relation={"is-preprint-of": [{"id-type": "doi", "id": "10.1038/nature1"}], "has-preprint": "x"},
    )
    assert paper.publication.venue == "bioRxiv"
    assert [link.url for link in paper.links] == ["https://doi.org/10.1038/nature1"]


def test_a_citation_has_its_fields() -> None:
    publication = parse(volume="12", issue="3", page="100-104").publication
    assert (publication.volume, publication.issue, publication.pages) == ("12", "3", "100-104")
    assert (publication.doi, publication.kind, publication.publisher) == (DOI, "journal-article", "Coast Press")
    assert parse(article_number="e12345").publication.pages == "e12345"


def test_a_name_has_all_of_its_parts_in_their_order() -> None:
    author = {"given": "Ada", "non-dropping-particle": "van", "family": "Moreno", "suffix": "Jr."}
    assert parse(author=[author]).authors == ("Ada van Moreno Jr.",)


@pytest.mark.parametrize(
    ("address", "licence"),
    [
        ("http://creativecommons.org/licenses/by/4.0/", "creativecommons.org/licenses/by/4.0"),
        ("https://www.elsevier.com/tdm/userlicense/1.0/", ""),
        ("http://arxiv.org/licenses/nonexclusive-distrib/1.0/", ""),
    ],
)
def test_a_licence_is_one_of_creative_commons_or_not_told(address: str, licence: str) -> None:
    told = parse(license=[{"URL": address}]).licence
    assert (licence in told, bool(told)) == (True, bool(licence))


@pytest.mark.parametrize(
    ("fields", "is_withdrawn"),
    [
        ({"updated_by": [{"type": "retraction", "DOI": "10.1234/notice"}]}, True),
        ({"updated_by": [{"type": "withdrawal", "DOI": "10.1234/notice"}]}, True),
        ({"updated_by": [{"type": "removal", "DOI": "10.1234/notice"}]}, True),
        ({"updated_by": [{"type": "correction", "DOI": "10.1234/notice"}]}, False),
        ({"title": ["RETRACTED ARTICLE: Tides"]}, True),
        ({"update_to": [{"type": "retraction"}]}, False),
    ],
)
def test_a_retracted_paper_is_one(fields: dict[str, Any], is_withdrawn: bool) -> None:
    assert parse(**fields).is_withdrawn is is_withdrawn


@pytest.mark.parametrize("name", ["title", "author", "abstract", "container_title", "publisher", "license", "relation"])
@pytest.mark.parametrize("value", [None, [], {}, "", 5, [None], [{}], {"x": [1]}, True, [[]], "x" * 100_000])
def test_any_shape_of_a_field_is_read(name: str, value: Any) -> None:
    paper = parse(**{name: value})
    assert paper.title
    assert len(paper.title) <= 1_500


@pytest.mark.parametrize("raw", [b"[]", b'{"message": {"items": 5}}', b'{"message": {"items": [5, {"DOI": 5}]}}'])
def test_a_list_without_works_has_none(raw: bytes) -> None:
    assert parse_works(raw) == []


def test_a_name_of_any_length_is_cut_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = []

    def note_length(text: str) -> str:
        lengths.append(len(text))
        return text

    monkeypatch.setattr(csl, "strip_markup", note_length)
    long = "<" * 100_000
    parse(author=[{"family": long, "given": long}, {"name": long}, {"literal": long}])
    assert len(lengths) > 2
    assert max(lengths) <= 20_000


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"null", b"{}", b'{"message": 5}', b'{"message": {"DOI": "x"}}', b"\xff\xfe", b"[" * 100_000]
)
def test_what_is_no_work_is_an_error(raw: bytes) -> None:
    with pytest.raises(SourceError):
        parse_work(raw, PaperOrigin.CROSSREF)
