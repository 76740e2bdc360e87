"""Venues that the table of names has not: by abbreviation and year, or by their whole name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from digestbot.domain.venues.clauses import Clause
from digestbot.domain.venues.place import CHALLENGE, WORKSHOP, Place, find_kind
from digestbot.domain.venues.years import ORDINAL_PATTERN, find_year, is_ordinal, read_ordinal

_MAX_NAME = 120
_MAX_LEADS = 12
_MAX_PLACES = 4
"""How many names behind a word of acceptance are considered."""
_SPONSOR = (
    r"(?:IEEE|ACM|CVF|RSJ|AAAI|USENIX|SPIE|IFAC|IFIP|SIAM|ISCA|EURASIP|INFORMS|EMBS|CAA|ASME|AIAA|IET|Springer|Elsevier|"
    r"Wiley)"
)
_ACRONYM = r"(?=[A-Za-z]{0,10}[A-Z][A-Za-z\d]{0,10}[A-Z])[A-Za-z][\w&/+-]{1,20}?"
_ACRONYM_AND_YEAR = (
    rf"(?P<name>(?:{_SPONSOR}[\s/-]){{0,3}}{_ACRONYM})(?:\s(?:[Cc]onference|Workshops?|Symposium))?"
    r"\s?[-'’‘`(]?\s?(?P<year>20[0-4]\d|['’‘`]?(?<!\d)[0-3]\d)\b(?![.:/]\d)"
)
_SHORT = re.compile(_ACRONYM_AND_YEAR)
_IN_BRACKETS = (
    rf"\s?\(\s?(?:{_SPONSOR}\s){{0,3}}(?P<name>(?!{_SPONSOR}\b){_ACRONYM})(?:\sAdjunct|\sCompanion|\sGlobal)?"
    r"(?:[\s,'’‘`-]{0,3}(?P<year>20[0-4]\d|[0-4]\d)(?:[\s-](?:Fall|Spring))?)?\s?[),](?:[\s,]{0,2}(?:(?:Conference|Workshop)\s)?(?P<after>20[0-4]\d)\b)?"
)
_NAME_AND_BRACKETS = re.compile(rf"(?P<before>[^.;()]{{3,150}}){_IN_BRACKETS}")
_NAME_AND_SHORT = re.compile(
    rf"(?P<before>[^.;()]{{10,150}}?)(?<![+&]),?\s(?P<name>{_ACRONYM})[\s'’-]?(?P<year>20[0-4]\d|['’]\d\d)\b"
)
_HOST_AFTER = re.compile(r"\s?@\s?(?P<name>[A-Z][\w-]{1,20}(?:\s[A-Z][\w-]{1,20}){0,2})\s(?P<year>20[0-4]\d)\b")
_YEAR_AT_END = re.compile(r"(?<=[A-Za-z])(20[0-4]\d|\s?['’]\d\d)$")
_HOST = re.compile(rf"(?:\b(?:at|with|of|in)|,)\s(?:the\s)?{_ACRONYM_AND_YEAR}")
_PART = re.compile(r"\b(?:workshop|track|session|shared\stask)\b", re.IGNORECASE)
_PREPOSITION = re.compile(
    r"\b(?:by|to|at|in|into|for|on|of|as|from)\b\s?:?\s|:\s?|(?<=\s)@|,\s|\s[-–—]\s|\s(?=\[)|^", re.IGNORECASE
)
_LEAD = re.compile(
    rf"\s|(?:Association\sfor\sComputing\sMachinery\s\(ACM\)|the|an?|our|by|(?-i:its)|in|from|annual(?!\sreviews?\s(?:of|in)\s)|adjunct|companion)\s|(?:19|20)\d\d\s|{ORDINAL_PATTERN}\s|conference(?:\sproceedings)?:\s|conference\s(?:proceedings\s)?paper\s(?:(?:for|at|in)\s)?|edition\sof\s|"
    r"proc(?:eedings)?\s(?!(?:of|for)\s)|"
    r"proc(?:eedings)?\s(?:of|for)\s(?!the\s(?:ACM\son|IEEE\s?(?:[,(;]|$)|National|Royal|VLDB))|"
    r"Elsevier(?:['’]s)?\s|journal\sof\s(?=IEEE|ACM)|journal:?\s(?!of\b)|[/*_(\[\"']",
    re.IGNORECASE,
)
_CAPITAL = re.compile(r"[^\W_]{0,10}[A-Z]")
_WORD = re.compile(r"\S+")
_JOINING_WORDS = frozenset({
    "of", "on", "for", "and", "the", "in", "&", "de", "la", "der", "und", "et", "des", "del", "to", "with", "from",
    "di", "+", "transaction", "transactions", "conference", "symposium", "international", "over", "journal", "its",
})  # fmt: skip
_LIST_GOES_ON = re.compile(
    r"\s(?:[A-Z][\w-]{0,30}(?:\s[A-Z][\w-]{0,30}){0,2},\s){0,4}(?:[A-Z][\w-]{0,30}(?:\s[A-Z][\w-]{0,30}){0,2},?\s)?"
    r"(?:and|&)\s[A-Z]"
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    r"Nov(?:ember)?|Dec(?:ember)?)"
)
_DATE = re.compile(rf"{_MONTH}|(?:19|20)\d\d")
_NUMBERED = re.compile(rf"{ORDINAL_PATTERN}\s", re.IGNORECASE)
_NO_NAME = re.compile(
    rf"(?:{_MONTH}|Table|Figure|Fig|Section|Appendix|Springer|Elsevier|IEEE|ACM|Wiley|arXiv|Zenodo|GitHub|Main|English|"
    r"Chinese|PDF|DOI|PhD|Press|Extended\sAbstract|ARR|Manuscript|Article|Paper|I|A|We|This|Our|(?:ACL\s)?(?:ARR|Rolling\sReview))(?:\s(?:Xplore|\d.*|LN\w+|Nature))?|(?:Oral|Poster|Spotlight|Publication|Presentation|Technical\s(?:Communication|Note|Brief|Paper)|Version|Supplementa\w+)\b.*|.*\set|.*\bBook\sChapters?\b.*|arXiv:.*|Anthology\sID.*|Community\sPaper.*|.*\bChallenge\sReport|(?-i:[A-Z][a-z]+\s[A-Z])",
    re.IGNORECASE,
)
_SERIES = re.compile(
    r"(?:Springer\s)?(?:Nature\s)?(?:Lecture\sNotes\sin|LNCS|LNAI|CCIS|CEUR|PMLR|Machine\sLearning\sResearch$)"
)
_VENUE_WORD = re.compile(
    r"\b(?:Conference|Symposium|Workshop|Journal|Transactions?|Letters|Congress|Proceedings|Annals|Colloquium|Meeting|Society|Forum|Magazine|Handbook)\b"
)
_ACCEPTED_AT_END = re.compile(
    r"[\s,(\[]{1,3}(?:in\spress|accepted|accept|to\sappear|forthcoming)[\s)\]]*$", re.IGNORECASE
)
_IN_SERIES = re.compile(r"\b(?P<issue>special\s(?:issue|section))\b|\beditors?\b|\beds\b", re.IGNORECASE)
"""What is named before the venue: an issue's subject, a book's editors."""
_GOES_ON = re.compile(
    r"\s(?!(?:and|in|on|at|as|by|for|to|from|with|journal|conference|workshop|proceedings|main|oral|poster|track)\b)[a-z]{3}"
)
"""A name's next word in small letters: "Pattern recognition" is not "Pattern"."""
_PLAIN_WORD = re.compile(r"[A-Z][a-z]+")
_BARE_NUMBER = re.compile(r"[A-Za-z\s]\d\d$")
_LOOSE_END = re.compile(
    r"(?:\son\s\d[\w/-]{0,8}|\sVolume|\sVol|\s(?:of|on|for|and|the|in|&|to|with|from|journal|conference|proceedings|main|track|oral|Oral|poster|Poster)|['’]s?|[\s,.:*+/_\"'\]})-])$"
)
_EXTRAS = re.compile(
    r"(?:[\s,()\[\]*-]|\b(?:oral|poster|spotlight|highlight|camera|ready|main|conference|track|papers?|short|long|full|"
    r"regular|research|industry|accepted|version|presentation|best|final|findings|demo|workshops?|proceedings|special|"
    r"session|ECAI|online|the|as|an?|in|at|for)\b)*+"
    rf"(?:,?\s?(?:\d{{1,2}}[\s–-]+){{0,2}}{_MONTH}\b.*)?",
    re.IGNORECASE,
)


def is_series(name: str) -> bool:
    """Whether a name is that of a series of proceedings, which says nothing beside the conference's own."""
    return _SERIES.match(name) is not None


def read_other_venue(clause: Clause) -> Place | None:
    """The place that a clause names; none if it names none, or is not about acceptance and more than a venue."""
    if not clause.acceptance:
        return _read_venue_alone(clause.text)
    places = list(_read_names_after(clause))
    if in_series := _IN_SERIES.search(clause.text):
        named = [place for place in places if _VENUE_WORD.search(place.name)]
        places = named or (places if in_series["issue"] else [])
    if places and is_series(places[0].name):
        places = [place for place in places if _VENUE_WORD.search(place.name)] or places
    return places[0] if places else _read_venue_before(clause)


def _read_names_after(clause: Clause) -> Iterator[Place]:
    """The names behind the word of acceptance, each from a preposition on: no person's, no city's, no kind of paper."""
    after = clause.text[clause.acceptance :]
    starts = ((match[0], match.end()) for match in _PREPOSITION.finditer(after))
    read = ((preposition, _read_name(after[end : end + 2 * _MAX_NAME], clause.text)) for preposition, end in starts)
    for preposition, place in islice(((preposition, place) for preposition, place in read if place), _MAX_PLACES):
        is_loose = preposition.startswith(",") and _PLAIN_WORD.fullmatch(str(place))
        is_type = preposition.startswith("as") and not (place.year or _VENUE_WORD.search(place.name))
        if not is_loose and not is_type:
            yield place


def _read_venue_before(clause: Clause) -> Place | None:
    """The venue that stands before the word of acceptance, and nothing else: ``ApJ, in press``."""
    before = _ACCEPTED_AT_END.sub("", clause.text)
    if before == clause.text:
        return _read_venue_alone(clause.text)
    place = _read_name(before, clause.text)
    return place if place and place.name == _trim_name(before) else _read_venue_alone(before)


def _read_venue_alone(text: str) -> Place | None:
    """The venue of a clause that is one and little else."""
    if find_kind(text) == CHALLENGE:
        return None
    start = _skip_leads(text)
    short = _SHORT.match(text, start)
    if short and _EXTRAS.fullmatch(text, short.end()) and not _NO_NAME.fullmatch(short["name"]):
        return _build_place(short, text)
    place = None if short and _BARE_NUMBER.search(short[0]) else _read_name(text, text)
    in_brackets = _NAME_AND_BRACKETS.match(text)
    is_dated = place and (place.year or read_ordinal(text) or in_brackets)
    is_named = place and (_VENUE_WORD.search(place.name) or _match_short_name(text[start:]))
    return place if is_dated and is_named else None


def _read_name(text: str, clause: str) -> Place | None:
    """The venue with whose name a text begins."""
    text = text[_skip_leads(text) :]
    if not _CAPITAL.match(text):
        return None
    if match := _match_short_name(text):
        after = _HOST_AFTER.match(text, match.end())
        return Place(after["name"], after["year"], WORKSHOP) if after else _build_place(match, clause)
    name = _take_name(text)
    if "@" in name:
        return _build_host(name.rpartition("@")[2], clause)
    if len(name) < 2 or _NO_NAME.fullmatch(name) or (_PLAIN_WORD.fullmatch(name) and _GOES_ON.match(text, len(name))):
        return None
    year = find_year(clause)
    bare_name = _YEAR_AT_END.sub("", name)
    return Place(bare_name, "" if year in bare_name else year, find_kind(clause))


def _build_host(name: str, clause: str) -> Place:
    """The conference at which something smaller is held: ``ISCA 2025`` of ``MLSysArch@ISCA2025``."""
    glued = _YEAR_AT_END.search(name)
    return Place(_YEAR_AT_END.sub("", name), find_year(clause) or (glued[1] if glued else ""), WORKSHOP)


def _match_short_name(text: str) -> re.Match[str] | None:
    """An abbreviation: a workshop's conference, one with its year, or one in brackets after a whole name."""
    host = _HOST.search(text) if _PART.search(text) else None
    in_brackets = _NAME_AND_BRACKETS.match(text)
    is_dated = in_brackets and (in_brackets["year"] or in_brackets["after"])
    named = next(
        (
            match
            for match in (in_brackets, _NAME_AND_SHORT.match(text))
            if match and (_VENUE_WORD.search(match["before"]) or (match is in_brackets and is_dated))
        ),
        None,
    )
    short = _SHORT.match(text)
    is_usable = short and not _NO_NAME.fullmatch(short["name"]) and not (named and _BARE_NUMBER.search(short[0]))
    return host or (short if is_usable else named)


def _skip_leads(text: str) -> int:
    """Where a name begins, after articles, numbers and "Proceedings of"."""
    position = 0
    for _ in range(_MAX_LEADS):
        match = _LEAD.match(text, position)
        if not match:
            break
        position = match.end()
    return position


def _take_name(text: str) -> str:
    """The words of a name at the beginning of a text."""
    end = 0
    for word in _WORD.finditer(text, 0, _MAX_NAME):
        bare = word[0].rstrip(',.:)"”')
        if not _belongs_to_name(bare):
            break
        end = word.start() + len(bare)
        if len(bare) < len(word[0]) and not (word[0][-1] in ",:" and _LIST_GOES_ON.match(text, word.end())):
            break
    return _NUMBERED.sub("", _trim_name(text[:end]))


def _belongs_to_name(word: str) -> bool:
    if "(" in word or _DATE.fullmatch(word):
        return False
    return word.lower() != word or word in _JOINING_WORDS or bool(_NUMBERED.fullmatch(f"{word} "))


def _trim_name(name: str) -> str:
    while match := _LOOSE_END.search(name[-20:]):
        name = name[: len(name) - len(match[0])]
    return name


def _build_place(match: re.Match[str], clause: str) -> Place:
    written = match["year"] or ""
    is_number = len(written) == 2 and is_ordinal(clause, written)
    year = ("" if is_number else written.strip("'’‘`")) or match.groupdict().get("after") or find_year(clause)
    return Place(match["name"], f"20{year}" if len(year) == 2 else year, find_kind(clause))
