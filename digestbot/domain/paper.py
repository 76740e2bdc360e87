"""A paper and the ways people write its identifier: arXiv's, or a DOI for one that is not there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

# arXiv identifiers: https://info.arxiv.org/help/arxiv_identifier.html. Since 2007 YYMM.NNNN, five digits
# since 2015; before that archive[.subject]/YYMMNNN.
_ARXIV_ID = r"(?P<id>\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}|[a-z]+(?:-[a-z]+)?(?:\.[A-Z]{2})?/\d{7})"

_ARXIV_REFERENCE = re.compile(
    rf"(?:arxiv\s*:\s*|(?:https?://)?(?:[a-z]+\.)?arxiv\.org/(?:abs|pdf|html)/|)"
    rf"{_ARXIV_ID}(?:v(?P<version>[1-9]\d*))?(?:\.pdf)?/?(?:[?#]\S*)?",
    re.IGNORECASE,
)
# DOIs: https://www.doi.org/doi-handbook/HTML/doi-name-syntax.html. Any case is the same name; what ends a sentence
# or a tag is none of it. Preprint servers put their version behind it.
_DOI_REFERENCE = re.compile(
    r"(?:doi\s*:\s*|(?:https?://)?(?:(?:dx\.)?doi\.org|(?:www\.)?(?:bio|med)rxiv\.org/content)/|)"
    r"(?P<doi>10\.\d{4,9}/[^\s\"'<>{}?#]+?)"
    r"(?:(?<=\d)v(?P<version>[1-9]\d*))?(?:\.full|\.abstract|\.full\.pdf)?/?(?:[?#]\S*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PaperId:
    """An arXiv identifier, or a DOI in small letters; ``version`` is ``None`` where none was written."""

    base_id: str
    version: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read ``2410.18974``, ``arXiv:2410.18974v1``, ``10.1101/…``, or an address of either; else ``None``."""
        reference = text.strip().strip("<>")
        if match := _ARXIV_REFERENCE.fullmatch(reference):
            return cls(match["id"], cls._parse_version(match))
        match = _DOI_REFERENCE.fullmatch(reference)
        return cls(match["doi"].lower().rstrip(".,;)"), cls._parse_version(match)) if match else None

    @classmethod
    def from_url(cls, url: str) -> Self | None:
        """The identifier in an address such as ``http://arxiv.org/abs/2410.18974v1`` or ``https://doi.org/10.…``."""
        is_known_host = any(host in url.lower() for host in ("arxiv.org/", "doi.org/10.", "rxiv.org/content/10."))
        return cls.parse(url) if is_known_host else None

    @staticmethod
    def _parse_version(match: re.Match[str]) -> int | None:
        return int(match["version"]) if match["version"] else None

    @property
    def is_doi(self) -> bool:
        """Whether it is a DOI: arXiv has no page of such a paper."""
        return self.base_id.startswith("10.") and "/" in self.base_id

    @property
    def abs_url(self) -> str:
        """The abstract page of this version on arxiv.org; where a DOI leads."""
        return f"https://doi.org/{self}" if self.is_doi else f"https://arxiv.org/abs/{self}"

    @property
    def pdf_url(self) -> str:
        """The PDF of this version on arxiv.org; where a DOI leads, which may know of one."""
        return self.abs_url if self.is_doi else f"https://arxiv.org/pdf/{self}"

    def __str__(self) -> str:
        return f"{self.base_id}v{self.version}" if self.version and not self.is_doi else self.base_id


@dataclass(frozen=True, slots=True)
class PaperLink:
    """A web address that belongs to a paper; ``kind`` is ``code``, ``project`` or ``link``."""

    url: str
    kind: str = "link"


@dataclass(frozen=True, slots=True)
class Paper:
    """What arXiv, or another feed, knows of a paper.

    ``arxiv_id`` is a DOI where arXiv has not got it; ``comment`` is the authors' own, such as "Accepted by NeurIPS
    2024".
    """

    arxiv_id: str
    version: int
    title: str
    authors: tuple[str, ...]
    abstract: str
    comment: str = ""
    links: tuple[PaperLink, ...] = ()

    @property
    def identifier(self) -> PaperId:
        """The identifier with its version."""
        return PaperId(self.arxiv_id, self.version)

    @property
    def url(self) -> str:
        """The abstract page."""
        return self.identifier.abs_url

    def choose_newer(self, other: Paper) -> Paper:
        """The later version of the two; of the same version, ``other``, which was read later."""
        return self if self.version > other.version else other


_URL = re.compile(r"https?://[^\s<>{}\"'`（），。；、）】」”]+")
_CODE_HOSTS = ("github.com", "gitlab.com", "huggingface.co", "bitbucket.org", "codeberg.org", "gitee.com")
_LINK_LABEL = re.compile(
    r"(?:(?P<code>\bcodes?\b|代码)|\bproject(?: ?page| ?website)?\b|\bwebsite\b|\bwebpage\b|项目主页)"
    r"\W*(?:(?:is|are|available|at|on|see)\W+){0,3}$"
)
_TRAILING_PUNCTUATION = ".,;:!?)]}*_'\""


def find_links(*texts: str) -> tuple[PaperLink, ...]:
    """The web addresses in the texts, each once, in order, without the sentence's punctuation."""
    links: dict[str, PaperLink] = {}
    for text in texts:
        for match in _URL.finditer(text):
            url = trim_url(match.group())
            if len(url) > len("https://") and not ("arxiv.org/" in url.lower() and PaperId.parse(url)):
                links.setdefault(url, PaperLink(url, _classify_link(url, text[: match.start()])))
    return tuple(links.values())


def trim_url(url: str) -> str:
    """The address without punctuation that belongs to the sentence around it."""
    while url and url[-1] in _TRAILING_PUNCTUATION:
        if url[-1] == ")" and url.count("(") >= url.count(")"):
            break
        url = url[:-1]
    return url


def _classify_link(url: str, text_before: str) -> str:
    """What a link is: by its host, else by the word right before it ("Code: …", "project page https://…")."""
    host = url.split("/", 3)[2].lower().removeprefix("www.")
    if host in _CODE_HOSTS:
        return "code"
    if "github.io" in host or "project" in url.lower() or host.startswith("sites.google"):
        return "project"
    label = _LINK_LABEL.search(text_before.lower())
    return "link" if label is None else "code" if label["code"] else "project"


_VENUES = (
    "NeurIPS|ICLR|ICML|CVPR|ICCV|ECCV|WACV|BMVC|ACCV|AAAI|IJCAI|ACL|EMNLP|NAACL|EACL|COLING|INTERSPEECH|ICASSP|"
    "ICRA|IROS|CoRL|RSS|SIGGRAPH(?: Asia)?|ACM ?MM|ACM Multimedia|MM|KDD|WWW|SIGIR|MICCAI|MIDL|ISBI|3DV|CHI|UIST|"
    "TPAMI|TIP|TMLR|IJCV|TOG|TVCG|ICIP|ICME|ICPR|ICMR|FG|IEEE VR|ISMAR|Eurographics|EUROGRAPHICS|COLM|AISTATS|UAI|"
    "RA-L|T-?MM|TCSVT|TMI|JMLR|Neurips|EGSR|Pacific Graphics|VRST|LREC"
)
_VENUE = re.compile(
    rf"(?<![A-Za-z])(?P<venue>{_VENUES})(?![A-Za-z])[-'’,)\s]*(?P<year>(?:20)?\d\d(?!\d))?", re.IGNORECASE
)
_ACCEPTED_BY = re.compile(
    r"(?:accepted|appear(?:s|ed|ing)?|published|presented|camera[- ]ready|in press)"
    r"(?:\s+(?:for publication|as an? [^.,;]{1,40}?|to be published))*\s*(?:by|to|at|in|for)\s+(?:(?:the|an?)\s+)?"
    r"(?P<where>[^.;,(]{2,70})",
    re.IGNORECASE,
)
_NOT_ACCEPTED = re.compile(r"submitted|under review|submission|preprint", re.IGNORECASE)


def parse_venue(comment: str) -> str:
    """Where the paper appears, read from arXiv's comment; empty when the comment does not say.

    >>> venue("Accepted by NeurIPS 2024, project page: https://a.example")
    'NeurIPS 2024'
    """
    text = _URL.sub(" ", comment)
    if _NOT_ACCEPTED.search(text) and not _ACCEPTED_BY.search(text):
        return ""
    venue = _VENUE.search(text)
    if venue and (venue["year"] or _ACCEPTED_BY.search(text)):
        return " ".join(filter(None, (venue["venue"], _expand_year(venue["year"]))))
    accepted = _ACCEPTED_BY.search(text)
    return accepted["where"].strip() if accepted else ""


def _expand_year(year: str | None) -> str:
    return "" if not year else year if len(year) == 4 else f"20{year}"
