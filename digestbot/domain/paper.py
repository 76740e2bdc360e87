"""Papers and their identifiers in the forms people write them: arXiv IDs, or DOIs for papers not on arXiv."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

from digestbot.domain.publication import NO_PUBLICATION, Publication
from digestbot.late_patterns import compile_late

# arXiv identifiers: https://info.arxiv.org/help/arxiv_identifier.html. Since 2007 YYMM.NNNN, five digits
# since 2015; before that archive/YYMMNNN, also written archive.SUBJECT/YYMMNNN.
_ARXIV_ID = r"(?P<id>\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}|[a-z]+(?:-[a-z]+)?(?:\.[A-Z]{2})?/\d{7})"
# Other sites name papers by the same identifiers: Hugging Face, alphaXiv, ar5iv, papers.cool, SciRate, and DataCite,
# where arXiv registers its DOIs.
_ARXIV_PREFIXES = "|".join(
    (
        r"arxiv\s*:\s*",
        r"oai:arxiv\.org:",
        r"(?:https?://)?(?:[a-z0-9-]+\.)*arxiv\.org/(?:abs|pdf|html)/",
        r"(?:https?://)?(?:www\.)?(?:huggingface|hf)\.co/papers/",
        r"(?:https?://)?(?:www\.)?alphaxiv\.org/(?:[a-z]{2}/)?[a-z]+/",
        r"(?:https?://)?(?:www\.)?ar5iv\.org/(?:abs|html)/",
        r"(?:https?://)?(?:www\.)?(?:papers\.cool|scirate\.com)/arxiv/",
        r"(?:doi\s*:\s*)?(?:(?:https?://)?(?:(?:dx|www)\.)?doi\.org/)?10\.48550/arxiv\.",
    )
)
_ARXIV_REFERENCE = compile_late(
    rf"(?:{_ARXIV_PREFIXES}|){_ARXIV_ID}(?:v(?P<version>[1-9]\d{{0,3}}))?(?:\.pdf)?/?(?:[?#]\S*)?",
    re.IGNORECASE,
)
_ARXIV_HOSTS = (
    "arxiv.org/", "10.48550/arxiv.", "huggingface.co/papers/", "hf.co/papers/", "alphaxiv.org/", "ar5iv.org/",
    "papers.cool/arxiv/", "scirate.com/arxiv/",
)  # fmt: skip
# DOIs: https://www.doi.org/doi-handbook/HTML/doi-name-syntax.html. They are case-insensitive; punctuation that ends a
# sentence or a tag is not part of them. Preprint servers append the version.
_DOI_REFERENCE = compile_late(
    r"(?:doi\s*:\s*|(?:https?://)?(?:(?:dx\.)?doi\.org|(?:www\.)?(?:bio|med)rxiv\.org/content)/|)"
    r"(?P<doi>10\.\d{4,9}/[^\s\"'<>{}?#]+?)"
    r"(?:(?<=\d)v(?P<version>[1-9]\d{0,3}))?(?:\.full|\.abstract|\.full\.pdf)?/?(?:[?#]\S*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PaperId:
    """An arXiv ID, or a DOI in lower case; ``version`` is ``None`` if not given."""

    base_id: str
    version: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parse ``2410.18974``, ``arXiv:2410.18974v1``, ``10.1101/…`` or a URL of either; ``None`` for other text."""
        reference = text.strip().strip("<>")
        if match := _ARXIV_REFERENCE.fullmatch(reference):
            return cls(_normalize_arxiv_id(match["id"]), cls._parse_version(match))
        match = _DOI_REFERENCE.fullmatch(reference)
        return cls(match["doi"].lower().rstrip(".,;)"), cls._parse_version(match)) if match else None

    @classmethod
    def from_url(cls, url: str) -> Self | None:
        """Parse a URL such as ``http://arxiv.org/abs/2410.18974v1`` or ``https://doi.org/10.…``."""
        hosts = (*_ARXIV_HOSTS, "doi.org/10.", "rxiv.org/content/10.")
        is_known_host = any(host in url.lower() for host in hosts)
        return cls.parse(url) if is_known_host else None

    @staticmethod
    def _parse_version(match: re.Match[str]) -> int | None:
        return int(match["version"]) if match["version"] else None

    @property
    def is_doi(self) -> bool:
        """Whether it is a DOI, so that arXiv has no page for it."""
        return self.base_id.startswith("10.") and "/" in self.base_id

    @property
    def abs_url(self) -> str:
        """The abstract page of this version on arxiv.org, or the DOI's URL."""
        return f"https://doi.org/{self}" if self.is_doi else f"https://arxiv.org/abs/{self}"

    @property
    def pdf_url(self) -> str:
        """The PDF of this version on arxiv.org, or the DOI's URL, which may lead to one."""
        return self.abs_url if self.is_doi else f"https://arxiv.org/pdf/{self}"

    def __str__(self) -> str:
        return f"{self.base_id}v{self.version}" if self.version and not self.is_doi else self.base_id


def _normalize_arxiv_id(text: str) -> str:
    """The form that arXiv answers with: ``math.GT/0309136`` is ``math/0309136`` there."""
    archive, slash, number = text.lower().partition("/")
    return f"{archive.split('.', 1)[0]}/{number}" if slash else text


# References in the middle of a line. A number alone must have the form that arXiv gives: four digits after the point
# until 2014, five since. Archives from before 2007: https://arxiv.org/archive.
_OLD_ARCHIVES = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs|dg-ga|"
    "funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math|math-ph|mtrl-th|nlin|nucl-ex|nucl-th|patt-sol|physics|plasm-ph|"
    "q-alg|q-bio|quant-ph|solv-int|supr-con"
)
_LINKED_PREFIXES = "|".join(
    (
        r"(?<![a-z0-9.-])(?:[a-z0-9-]+\.){0,3}arxiv\.org/(?:abs|pdf|html|ps|format|src|e-print|ftp/[a-z/-]{1,30}\d{4})/",
        r"(?:huggingface|hf)\.co/papers/",
        r"alphaxiv\.org/(?:[a-z]{2}/)?[a-z]{1,20}/",
        r"ar5iv\.org/(?:abs|html)/",
        r"papers\.cool/arxiv/(?:kimi\?paper=)?",
        r"(?:scirate\.com|semanticscholar\.org)/arxiv/",
        r"(?:arxiv-vanity|emergentmind)\.com/papers/",
        r"10\.48550/arxiv\.",
        r"(?<![a-z0-9])arxiv(?:\.org)?\s{0,3}(?:[:#=]\s{0,3})?(?:abs/)?",
    )
)
_NEW_NUMBER = r"(?:(?:0[7-9]|1[0-4])(?:0[1-9]|1[0-2])\.\d{4}|(?:1[5-9]|[2-9]\d)(?:0[1-9]|1[0-2])\.\d{5})"
_NUMBER_END = r"(?:v(?P<{}>[1-9]\d{{0,3}}))?(?![0-9])(?!\.\d)"
_REFERENCE_IN_LINE = compile_late(
    rf"(?:{_LINKED_PREFIXES})(?P<linked>\d{{2}}(?:0[1-9]|1[0-2])\.\d{{4,5}}|(?:{_OLD_ARCHIVES})(?:\.[a-z]{{2}})?/\d{{7}})"
    + _NUMBER_END.format("linked_version")
    + rf"|(?<![a-z0-9_.,/\-])(?P<bare>{_NEW_NUMBER}|(?:{_OLD_ARCHIVES})(?:\.[a-z]{{2}})?/\d{{7}})"
    + _NUMBER_END.format("bare_version")
    + r"(?![a-z_])"
    r"|(?<![a-z0-9-])nature\.com/articles/(?P<nature>[a-z0-9][a-z0-9-]{3,60})"
    r"|(?<![0-9.])(?P<doi>10\.(?!48550/arxiv)\d{4,9}/[\x21-\x7e]{1,200})",
    re.IGNORECASE,
)
_NATURE_DOIS = "10.1038/"
_DOI_END = compile_late(r"[\"'<>{}?#|\\^`]|[,;](?=10\.|https?:)")
_PAIRS = {")": "(", "]": "["}


def find_paper_ids(text: str) -> tuple[PaperId, ...]:
    """The distinct papers that a text refers to, in order: by links of any site that has arXiv's, numbers and DOIs.

    They may stand anywhere: in brackets of any script, before punctuation, between Chinese characters, in another
    link's parameters.
    """
    found: dict[str, PaperId] = {}
    for paper in _iter_paper_ids(unquote(unicodedata.normalize("NFKC", text))):
        found.setdefault(paper.base_id, paper)
    return tuple(found.values())


def _iter_paper_ids(text: str) -> Iterator[PaperId]:
    if not any(map(str.isdecimal, text)):
        return  # every reference has a number, and most lines have none
    position = 0
    while match := _REFERENCE_IN_LINE.search(text, position):
        if match["nature"]:  # whose addresses are its DOIs: https://www.nature.com/articles/nature14539
            yield PaperId(f"{_NATURE_DOIS}{match['nature'].lower()}")
            position = match.end()
            continue
        if not match["doi"]:
            number, version = match["linked"] or match["bare"], match["linked_version"] or match["bare_version"]
            yield PaperId(_normalize_arxiv_id(number), int(version) if version else None)
            position = match.end()
            continue
        doi = _trim_doi(match["doi"])
        position = match.start() + len(doi)
        if paper := PaperId.parse(doi):
            yield paper


def _trim_doi(text: str) -> str:
    """A DOI without the punctuation of the sentence around it; brackets that it opens itself are its own."""
    end = _DOI_END.search(text)
    doi = text[: end.start()] if end else text
    while doi and (doi[-1] in ".,;:!*_~" or (doi[-1] in _PAIRS and doi.count(doi[-1]) > doi.count(_PAIRS[doi[-1]]))):
        doi = doi[:-1]
    return doi


@dataclass(frozen=True, slots=True)
class PaperLink:
    """A link that belongs to a paper; ``kind`` is ``code``, ``project`` or ``link``."""

    url: str
    kind: str = "link"


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper's metadata from arXiv or another feed.

    ``arxiv_id`` is a DOI for papers not on arXiv; ``comment`` is the authors' own, such as "Accepted by NeurIPS
    2024". ``licence`` is the URL of the licence that its authors chose, empty if it is not known. ``publication`` is
    where its publisher says that it appeared.
    """

    arxiv_id: str
    version: int
    title: str
    authors: tuple[str, ...]
    abstract: str
    comment: str = ""
    links: tuple[PaperLink, ...] = ()
    licence: str = ""
    publication: Publication = NO_PUBLICATION

    @property
    def identifier(self) -> PaperId:
        """The identifier with its version."""
        return PaperId(self.arxiv_id, self.version)

    @property
    def venue(self) -> str:
        """Where it appears according to its authors, such as "NeurIPS 2024 · Workshop"; empty if they say nothing."""
        from digestbot.domain.venues import parse_venue  # noqa: PLC0415  # late: its patterns take a while to compile

        return parse_venue(self.comment)

    @property
    def url(self) -> str:
        """The abstract page."""
        return self.identifier.abs_url

    @property
    def is_withdrawn(self) -> bool:
        """Whether its authors, or arXiv, withdrew it, by its comment, title or abstract."""
        return is_withdrawal(self.title, self.abstract, self.comment)

    def choose_newer(self, other: Paper) -> Paper:
        """The later of the two versions; if they are equal, ``other``, which was read later."""
        return self if self.version > other.version else other


# What arXiv's authors write when they withdraw a paper. The notice is a sentence of the comment, the title, or what
# replaced the abstract. Of others' papers it is said in a clause ("supersedes X, which has been withdrawn"), of
# conferences "withdrawn from ICLR".
_PAPER_NOUN = r"(?:paper|article|submission|manuscript|preprint|work|version|note|document|report|e-?print|draft|study)"
_WITHDRAWAL = compile_late(
    r"\W*(?:arxiv (?:admin(?:istrator)? )?note:\s*)?(?:"
    rf"(?:this|the|our|present|current)\s+(?:\w+\s+){{0,2}}{_PAPER_NOUN}(?:\s+\([^()]{{0,40}}\))?\s+"
    r"(?:has\s+been|have\s+been|had\s+been|is|was|are|is\s+being|will\s+be)\s+(?:\w+ly\s+|now\s+|temporarily\s+)?"
    r"(?:withdrawn|retracted)\b(?!\s+from\s+(?!(?:the\s+)?arxiv))"
    rf"|(?:this\s+)?(?:{_PAPER_NOUN}\s+)?(?:is\s+)?withdrawn\s*(?:[.:;!,(–—-]|\Z)"
    rf"|(?:this\s+)?(?:{_PAPER_NOUN}\s+)?withdrawn\s+(?:by|due|because|as|since|for|on|until|pending|at\s+the)\b"
    r"|(?:we|i|the\s+authors?|the\s+submitters?)\s+(?:(?:have|has|had)\s+)?(?:decided\s+to\s+|wish(?:es)?\s+to\s+|"
    rf"would\s+like\s+to\s+)?(?:withdrawn?|withdrew|withdraws?|retract(?:ed|s)?)\s+(?:this|the|our)\s+"
    rf"(?:\w+\s+){{0,2}}{_PAPER_NOUN}\b(?!\s+from\s+(?!(?:the\s+)?arxiv))"
    r"|withdrawal\s+(?:notice|of\s+(?:this|the)\s+paper)\b"
    r")",
    re.IGNORECASE,
)
_SENTENCE = compile_late(r"(?:(?<=[.;:!?])|\A)\s*(?=\S)")


def is_withdrawal(title: str, abstract: str, comment: str) -> bool:
    """Whether a paper's title, abstract or comment says that the paper itself is withdrawn."""
    if any(_WITHDRAWAL.match(comment, start.end()) for start in _SENTENCE.finditer(comment)):
        return True
    return bool(_WITHDRAWAL.match(title) or _WITHDRAWAL.match(abstract))


_URL = compile_late(r"https?://[^\s<>{}\"'`（），。；、）】」”]+")
_CODE_HOSTS = ("github.com", "gitlab.com", "huggingface.co", "bitbucket.org", "codeberg.org", "gitee.com")
_LINK_LABEL = compile_late(
    r"(?:(?P<code>\bcodes?\b|代码)|\bproject(?: ?page| ?website)?\b|\bwebsite\b|\bwebpage\b|项目主页)"
    r"\W*(?:(?:is|are|available|at|on|see)\W+){0,3}$"
)
_LABEL_CHARACTERS = 200
"""How far before a link its label is looked for."""
_TRAILING_PUNCTUATION = ".,;:!?)]}*_'\""


def find_links(*texts: str) -> tuple[PaperLink, ...]:
    """The distinct URLs in the texts, in order, without trailing punctuation."""
    links: dict[str, PaperLink] = {}
    for text in texts:
        for match in _URL.finditer(text):
            url = trim_url(match.group())
            if len(url) > len("https://") and not ("arxiv.org/" in url.lower() and PaperId.parse(url)):
                text_before = text[max(0, match.start() - _LABEL_CHARACTERS) : match.start()]
                links.setdefault(url, PaperLink(url, _classify_link(url, text_before)))
    return tuple(links.values())


def trim_url(url: str) -> str:
    """Strip punctuation that belongs to the surrounding sentence from a URL."""
    end, unopened = len(url), url.count(")") - url.count("(")
    while end and url[end - 1] in _TRAILING_PUNCTUATION:
        if url[end - 1] == ")":
            if unopened <= 0:
                break
            unopened -= 1
        end -= 1
    return url[:end]


def _classify_link(url: str, text_before: str) -> str:
    """Classify a link by its host, else by the word right before it ("Code: …", "project page https://…")."""
    host = url.split("/", 3)[2].lower().removeprefix("www.")
    if host in _CODE_HOSTS:
        return "code"
    if "github.io" in host or "project" in url.lower() or host.startswith("sites.google"):
        return "project"
    label = _LINK_LABEL.search(text_before.lower())
    return "link" if label is None else "code" if label["code"] else "project"
