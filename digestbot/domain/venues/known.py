"""Venues that are in the table of names, in a clause."""

from __future__ import annotations

import re
from collections.abc import Sequence

from digestbot.domain.venues.clauses import Clause
from digestbot.domain.venues.names import Mention, find_mentions
from digestbot.domain.venues.place import CHALLENGE, WORKSHOP, Place, find_kind, is_about_workshop
from digestbot.domain.venues.years import ORDINAL_PATTERN, find_year, read_ordinal, read_year_after

_SPONSORS = r"(?:(?:IEEE|ACM|CVF|RSJ)[\s/]){0,3}"
_GLUED_AFTER = re.compile(r"[^\W\d_]|-(?!Findings|Main|Workshop|Demo|[A-Z]{3,12}\s?['’-]?20\d\d)[A-Za-z]|\d(?!\d)")
_PERIODICAL_AFTER = re.compile(r"\s(?:Explorations|Newsletter|Magazine|Bulletin|Record|Review|ARR|Rolling\sReview)\b")
_LONGER_NAME = re.compile(
    r"(?:,?\s(?:and|&|for|of)\s|\s|,\s(?=(?:[A-Z][\w-]{1,30}\s){1,3}(?:and|&)\s[A-Z]))(?!(?:Conference|Symposium|Workshops?|Main|Track|Findings|Proceedings|Annual|Meeting|"
    r"Poster|Oral|Spotlight|Special|Accepted|The|In|At|Code|Project|Datasets?|Industry|Demo|Research|Short|Long|Vol|"
    r"Camera|Best|Late|Student|Doctoral|Tutorial|Grand|Grant|Creative|Applied|Society|IEEE|ACM|AAAI|January|February|"
    r"March|April|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|"
    r"Dec)\b)[A-Z][a-z]{2,30}(?=[\s,.;]|$)(?!,?\s(?:USA|UK|Canada|China|Germany|France|Italy|Spain|Japan|Korea|India|"
    r"Australia|Austria|20\d\d))"
)
_TRACK = re.compile(r"\b(?:main|oral|poster|spotlight|highlight|findings)\b|^in\s", re.IGNORECASE)
_ALONE = re.compile(r"(?:[\s,()/:\d-]|\b(?:IEEE|ACM|journal|special|issue|manuscript|info)\b)*", re.IGNORECASE)
_WORKSHOP_AFTER = re.compile(r"(?:\s[\w&-]{1,30}){0,4}?\sworkshops?(?:\spapers?)?(?=$|\s?[-–—:(,])", re.IGNORECASE)
_HOST_BEFORE = re.compile(
    rf"(?:\b(?:at|with|of|in|from)|@|,)\s?(?:the\s)?(?:20\d\d\s)?(?:{ORDINAL_PATTERN}\s)?(?:annual\s)?{_SPONSORS}$",
    re.IGNORECASE,
)
_ACRONYM = r"\b(?=[A-Za-z]{0,10}[A-Z][A-Za-z\d]{0,10}[A-Z])[A-Za-z][\w&/+-]{1,20}"
_INNER_BEFORE = re.compile(
    rf"(?:@\s?|(?<!as\s)\bpart\sof\s|\b[a-z]{{2,20}}[A-Z]{{2,10}}-|\b(?:at|to|in|by)\s{_ACRONYM}(?:,|\sat|\sin|\sof|\swith)\s)(?:the\s)?{_SPONSORS}$"
)
_DATED_BEFORE = re.compile(
    rf"(?P<name>{_ACRONYM})(?:\s?['’-]?(?:20)?[0-3]\d(?:,\s?|\s[-–—@]?\s?|\s(?:at|in|of)\s)|\s?\()(?:the\s)?{_SPONSORS}$"
    rf"|\((?P<short>{_ACRONYM})\),?\s(?:at\s)?(?:the\s)?{_SPONSORS}$"
)
"""Something smaller with its own year, or before its conference: ``UrbComp 2025 KDD 2025``, ``OSACT7 (LREC 2026)``."""
_SERIES = re.compile(r"(?:PACM|CGF|LN|PMLR|CEUR|CCIS|IEEE|ACM|AAAI|CVF)\w*")
"""Short names of series and societies, in which whole conferences appear."""
_WORKSHOPS_AFTER = re.compile(r"\s?['’-]?20[0-4]\dW\b")
_LONGER_SHORT_NAME = re.compile(r"(?<![A-Za-z])(?!IEEE|ACM|CVF|RSJ)[A-Z]{2,10}-$")
_NO_PART = (
    r"(?!(?:D&?B|ADS|AISI|IAAI|STAR|SEIP|SEET|SEIS|NIER|PLAY|(?:MAIN|[Mm]ain)\w*|HLT|LBW|EMEA|AI|IEEE|ACM|CVF|RSJ|USA|UK|"
    r"UAE|PMLR|LNCS|CEUR|ARR)\b)"
)
"""Acronyms behind a conference's name that are no workshop: tracks, societies, series, countries."""
_INNER_AFTER = re.compile(
    rf"(?:(?:,?\s|\s[-–]\s|-){_NO_PART}(?P<name>{_ACRONYM})\s?['’-]?20[0-4]\d\b"
    rf"|\s?['’-]?(?:20)?[0-3]\d\s(?:@\s?)?{_NO_PART}(?P<after>{_ACRONYM})\s?(?=$|[,(]))"
)
_WORKSHOP_NAME = re.compile(r"\b(?:SemEval|BioNLP|[A-Z][A-Za-z]{0,12}[a-z]NLP|[A-Z]{2,5}s?4[A-Z][\w&-]{1,15})\b")
"""Names that only workshops have: ``CL4Health``, ``AfricaNLP``; they are held at conferences."""
_GRAND = re.compile(r"\bgra(?:nd|nt)\schallenge\b", re.IGNORECASE)
_SPONSORED = re.compile(
    r"(?:[/-](?:ACM|IEEE))?\s(?!Spring|Summer|Fall)(?:[A-Z][a-z-]{2,20}\s){0,2}(?:Conference|Symposium|Congress)\son\s"
    r"|\s(?!Spring|Summer|Fall|Doctoral|PhD|Annual|International)(?:[\w-]{2,20}\s){1,4}Symposium\b"
)
_OTHER_ACRONYM = re.compile(
    rf"(?P<words>(?:,?\s[^.;:()]{{3,80}}?)?)\s?\((?!USA|UK|UAE)(?P<name>{_ACRONYM})[\s'’,-]{{0,2}}(?:\d{{2,4}})?\)"
)
_PART_WORD = re.compile(
    r"\b(?:workshops?|tracks?|datasets?|session|special|volume|findings|main|industry|demo\w*|student)\b", re.IGNORECASE
)
_BEFORE_CHARACTERS = 120
"""How far before a name is looked for what belongs to it."""
_NUMBER_CHARACTERS = 20
"""How far into a long name its conference's number may stand: "Association …" follows "Annual Meeting of the"."""


def find_mentions_of_venues(text: str) -> list[Mention]:
    """The known venues that a text names, but not those that are part of another name."""
    mentions = [mention for mention in find_mentions(text) if _stands_alone(text, mention)]
    return [mention for mention in mentions if not _is_sponsor(text, mention, mentions)]


def read_known_venue(clause: Clause, mentions: Sequence[Mention]) -> Place | None:
    """The place that a clause names with known venues; none if it only mentions them."""
    text = clause.text
    mention = min(mentions, key=lambda mention: _rank_mention(text, mention))
    year = _find_year_of(text, mention, mentions)
    if not (year or clause.acceptance or _TRACK.search(text) or _is_venue_alone(clause, mention)):
        return None
    is_workshop = any(other.is_workshop for other in mentions) or _is_host(text, mention)
    own_name_left_out = text[: mention.start] + text[mention.end :]
    part = find_kind(own_name_left_out)
    is_grand = _GRAND.search(text) is not None
    kind = WORKSHOP if is_workshop and (not part or (part == CHALLENGE and not is_grand)) else part
    is_entry = kind == CHALLENGE and not clause.acceptance and not is_grand
    return None if is_entry else Place(mention.venue.short, year, kind)


def _stands_alone(text: str, mention: Mention) -> bool:
    if _PERIODICAL_AFTER.match(text, mention.end):
        return False
    if not mention.is_short:
        return not _LONGER_NAME.match(text, mention.end) and not _has_other_acronym(text, mention)
    before = text[mention.start - 1 : mention.start]
    is_glued = _GLUED_AFTER.match(text, mention.end) and not (mention.is_workshop and text[mention.end] == "-")
    if before.isalnum() or before == "_" or is_glued:
        return False
    if before == "-" and _LONGER_SHORT_NAME.search(text[max(0, mention.start - _NUMBER_CHARACTERS) : mention.start]):
        return False
    return (
        mention.is_as_written
        or mention.is_workshop
        or len(mention.venue.short) > 4
        or bool(read_year_after(text, mention.end))
    )


def _rank_mention(text: str, mention: Mention) -> tuple[bool, bool, bool]:
    """First those with a year; for a workshop, those at which it is held; then short names."""
    before = text[max(0, mention.start - _BEFORE_CHARACTERS) : mention.start]
    is_no_host = is_about_workshop(text) and not _HOST_BEFORE.search(before)
    return not read_year_after(text, mention.end), is_no_host, not mention.is_short


def _find_year_of(text: str, mention: Mention, mentions: Sequence[Mention]) -> str:
    """The year beside the name or another form of it, else elsewhere in the clause, else by the conference's number."""
    same = [mention, *(other for other in mentions if other.venue == mention.venue)]
    beside = next(filter(None, (read_year_after(text, other.end) for other in same)), "")
    return beside or find_year(text, mention.end) or _count_year(text, mention)


def _count_year(text: str, mention: Mention) -> str:
    """The year of a conference that is called by its number; a workshop's own number is not its conference's."""
    before = text[: min(mention.end, mention.start + _NUMBER_CHARACTERS)]
    number = 0 if is_about_workshop(before) else read_ordinal(before)
    first = mention.venue.year_before_first
    return str(first + number) if number and first else ""


def _is_venue_alone(clause: Clause, mention: Mention) -> bool:
    """Whether a clause is a conference's name with its number or its workshop, or a journal's alone.

    Not where the comment speaks of a submission.
    """
    if clause.is_submitted:
        return False
    if not mention.venue.is_journal:
        if not clause.text[: mention.start].strip() and _WORKSHOP_AFTER.match(clause.text, mention.end):
            return True
        is_named = not mention.is_short or is_about_workshop(clause.text)
        return is_named and bool(read_ordinal(clause.text[: mention.start]))
    return bool(_ALONE.fullmatch(clause.text, 0, mention.start) and _ALONE.fullmatch(clause.text, mention.end))


def _is_host(text: str, mention: Mention) -> bool:
    """Whether the paper appears in something smaller at a conference: ``SBFT@ICSE 2024``, ``CVPR EarthVision 2024``."""
    if mention.venue.is_journal:
        return False
    before = text[max(0, mention.start - _BEFORE_CHARACTERS) : mention.start]
    dated, inner = _DATED_BEFORE.search(before), _INNER_AFTER.match(text, mention.end)
    names = [(dated["name"] or dated["short"]) if dated else "", (inner["name"] or inner["after"]) if inner else ""]
    return bool(
        _INNER_BEFORE.search(before)
        or any(name and not _is_known(name) for name in names)
        or _WORKSHOPS_AFTER.match(text, mention.end)
        or (_WORKSHOP_NAME.search(text) and not _PART_WORD.search(text))
    )


def _is_known(name: str) -> bool:
    """Whether a short name is a known venue's, or a series'."""
    return bool(_SERIES.match(name)) or any(find_mentions(name))


def _is_sponsor(text: str, mention: Mention, mentions: Sequence[Mention]) -> bool:
    """Whether a short name only begins another conference's: "ACM SIGIR Conference on Human Information …"."""
    if not mention.is_short or not _SPONSORED.match(text, mention.end):
        return False
    return not any(other is not mention and other.venue == mention.venue for other in mentions)


def _has_other_acronym(text: str, mention: Mention) -> bool:
    """Whether a long name goes on to an acronym that is no known one: "… Image Processing, Computer Vision (IPCV)"."""
    match = _OTHER_ACRONYM.match(text, mention.end)
    return match is not None and not _PART_WORD.search(match["words"]) and not any(find_mentions(match["name"]))
