"""A comment's clauses that can say where the paper appears.

One that speaks of a submission, of another paper or of a prize does not, and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MAX_COMMENT = 2_500
_URL = re.compile(
    r"(?:https?://|www\.|doi:\s?|DOI:?\s?10\.)[^\s<>{}()\"']{1,500}|\b[\w-]{1,60}(?:\.[\w-]{1,60}){0,4}\."
    r"(?:github\.io|com|org|ac\.uk)\b(?:/\S{0,500})?"
)
_URL_AT_END = re.compile(r"https?://[^\s<>{}\"'()]{1,500}\s(?=[A-Z])")
_EMPTY = re.compile(r"\(\s{0,9}\)|\[\s{0,9}\]")
_QUOTED = re.compile(
    r"(?<!\b(?:in|to|by|at)\s)(?<!\bthe\s)(?<!@\s)"
    r"(?:\"[^\"]{10,300}\"|“[^”]{10,300}”|''[^']{10,300}''|``[^`']{10,300}''|\[[^\[\]]{80,800}\])"
)
_ABBREVIATION = re.compile(
    r"\b(Proc|proc|Int|Intl|Intern|Conf|Trans|Symp|J|Vol|vol|No|no|pp|Univ|Sci|Comput|Eng|Soc|Lett|Assoc|Dept|St|Inf|Inform|"
    r"Syst|Mach|Learn|Intell|Anal|Commun|Technol|Annu|Sel|Netw|Process|Robot|Autom|Electron|Geosci|Sens|Med|Biomed|Res|"
    r"Phys|Rev|Astron|Astrophys|Math|Mater|Chem|Appl|Opt|Nat|Artif|Knowl|Softw|Veh|Circuits|Vis|Mon|Not|Eur)\.(?=\s)"
)
_ASIDE = re.compile(r"\([^()]{0,60}\b(?:impact\sfactor|not)\b[^()]{0,60}\)", re.IGNORECASE)
_AT_SIGN = re.compile(r"\b(accepted|published|presented|appear|poster|oral)\s@\s?", re.IGNORECASE)
_WORKSHOPS = re.compile(r"\b([A-Z]{4,10})-W\b")
_YEAR_ALONE = re.compile(r"[.;]\s(?=20[0-4]\d(?:$|[.;]|\s\())")
_SOCIETY_DASH = re.compile(r"\b(SPIE|IEEE|ACM)\s[-–]\s")
_GLUED_COMMA = re.compile(r"(?<=[A-Za-z]),(?=[A-Z])")
_END = re.compile(
    r"[;\n|。；]|[.!](?=\s|$)|\?(?=\s[A-Z]|$)|\s(?=but\snot\b)|,\s?(?=(?:(?:and|but|it|this|we|also)\s)?(?:(?:has|have|was|were|is|are|been|being)\s){0,2}"
    r"(?:accepted|to\sappear|published|presented|submitted|under\s|first\s\w{1,12}ed\b|which\s(?:builds|extends)\b|preliminary\s|originally|previously|currently|"
    r"earlier|extended|extending|extends|project|code|github|source|website|webpage|homepage|camera|supplement|"
    r"\d+\s?(?:pages|figures|tables)))",
    re.IGNORECASE,
)
_EXTENT = re.compile(
    r"(?<![A-Za-z\d'’-])(?:\d{1,4}(?:\s?\+\s?\d{1,4})?|one|two|three|four|five|six|seven|eight|nine|ten)\s?-?"
    r"(?:(?:content|main|total|extra|supplementary|journal|double-column)\s)?"
    r"(?:pages?|pp|figures?|figs?|tables?|references|algorithms?|appendi(?:x|ces))\b[,:]?",
    re.IGNORECASE,
)
_REPORT = re.compile(r"\btech(?:nical)?\sreport,\s", re.IGNORECASE)
_ACCEPTANCE = re.compile(
    r"\b(?:accept|ac{1,3}\w{0,2}p\w{0,2}t\w{0,2}d|acceptance|ap{1,2}ear(?:s|ed|ing)?|publish(?:ed)?|presented|"
    r"camera[-\s]?ready|(?:abstract|oral|spotlight)\s(?=at\s)|in\spress|forthcoming|in\s(?:the\s)?proc(?:eedings)?(?!\sof\sthe\sACM\son\b)|proc(?:eedings?)?\sof(?!\sthe\sACM\son\b))\b",
    re.IGNORECASE,
)
_NOT_YET = re.compile(
    r"\b(?:under\s?-?\s?(?:[\w-]{1,20}\s){0,3}(?:[\w-]{1,20}-)?review(?:ed|ing)?|under\sview|in\s(?:review|process)|sub{1,2}m{1,2}i(?:t{1,2}ed|t{1,2}ing|t)|(?<!accepted\s)submission|preprint|"
    r"in\spreparation|reject(?:ed|ion)?|withdrawn?|draft|(?:under|in|after)\s(?:\w{1,20}\s)?revision|pending|plan(?:ned|ning)?\s(?:for|to)|planned|targett?ing|targett?ed|commit{1,2}ed\sto|under\sconsideration|preparing\sfor|prepared\sfor|intended\sfor)\b",
    re.IGNORECASE,
)
_REVIEW = re.compile(r"\b(?:under|in)\s(?:peer[\s-])?(?:review|submission)\b", re.IGNORECASE)
_OTHER_PAPER = re.compile(
    r"\b(?:extended(?!\s(?:abstract|reality|semantic))|expanded|exten[st]ion|ext(?:ends|ending)\s(?:the|our|an?|on|previous|prior|work|arXiv)|earlier|previous(?:ly)?|preliminary|prior|"
    r"predecessor|follow-?up|precursor|successor|builds\son|based\son|originally(?!\spubl)|formerly|initial\s(?:version|content|results|work)|"
    r"supersedes|combines|dissertation|thesis|(?:final|course|class|term)\sproject|formatted|template|(?<!paper\s)(?:format|style)|(?:portions?|parts?|sections?|chapters?)\sof\s(?:this|the\s(?:paper|work|article))|commentary\son|(?:reproducibility|replication)\s(?:study|report)|conference\sversion:|text\soverlap|technical\sreport|companion\s(?:paper|to)|"
    r"(?:short(?:er|ened)?|conference|workshop|condensed|partial)\sversion\s(?:of|was|has|is|appear(?:s|ed)|at|in|"
    r"published)|(?:journal|longer)\sversion\sof|(?:short(?:er)?|conference)\sversion\s(?:en)?titled|by\s(?:\w{1,20}\s){0,2}reviewers\b|data(?:set)?s?\s(?:\w{1,20}\s){0,2}(?:released|introduced)\s(?:for|at|in|by)|"
    r"full\sversion\sof\s(?:the|a|our)\sconference|supplement(?:ary|al)?(?:\smaterials?)?\s(?:to|of|for)|"
    r"entry\s(?:for|to|in)|system\sdescription\s(?:\w{1,20}\s)?(?:for|of)|report\s(?:for|of|on|to)|solutions?\s(?:for|to|of|in|at)|ranked|lecture\snotes\s(?:on|for)|"
    r"solutions?$|runners?[\s-]up|(?:1st|2nd|3rd|\d{1,2}th|first|second|third|fourth|fifth|top|winn(?:er|ing))\s(?:place|prize|rank|entry|solution|of|team|method|"
    r"submission))\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:that\sappear|submitted\s(?:to|for|in)\s(?:appear|be\s|(?:the\s)?(?:\w{1,20}\s)?proc)|(?:upon|after|if|once|until|not|before|when|on|awaiting)\s(?:\w{1,20}\s){0,3}(?:accept|publi|appear)|"
    r"(?:codes?|data(?:sets?)?|models?|weights|software|implementation|demo|findings|results|views|opinions)\s(?:(?:and|or|the|our)\s\w{1,20}\s){0,2}"
    r"(?:is|are|was|were|will|can|has|have|to)\s(?:\w{1,20}\s){0,3}(?:published|appear|presented|accepted))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause without addresses, quotations and numbers of pages.

    ``acceptance`` is where the word that speaks of acceptance ends, 0 if there is none. ``is_submitted`` tells whether
    the comment also speaks of a submission.
    """

    text: str
    acceptance: int = 0
    is_submitted: bool = False


def split_clauses(comment: str) -> Iterator[Clause]:
    """The clauses that can name the place where the paper appears, in order."""
    text = _simplify(comment[:_MAX_COMMENT])
    is_submitted, is_reviewed = _NOT_YET.search(text) is not None, _REVIEW.search(text) is not None
    for part in _END.split(text):
        clause = " ".join(_EXTENT.sub(" ", part).split()).strip(" ,-–—*_\"'")
        if clause and not _OTHER_PAPER.search(clause) and not _CONDITION.search(clause):
            judged = _judge_clause(clause, is_submitted=is_submitted)
            yield from (part for part in judged if part.acceptance or not is_reviewed)


def _simplify(comment: str) -> str:
    text = _EMPTY.sub(" ", _URL.sub(" ", _URL_AT_END.sub("; ", comment)))
    text = _YEAR_ALONE.sub(", ", _QUOTED.sub(" ", _ASIDE.sub(" ", _REPORT.sub(" ", text))))
    text = _SOCIETY_DASH.sub(r"\1 ", _GLUED_COMMA.sub(", ", _WORKSHOPS.sub(r"\1W", text)))
    return _AT_SIGN.sub(r"\1 at ", _ABBREVIATION.sub(r"\1", text)).replace("(", " (")


def _judge_clause(clause: str, *, is_submitted: bool) -> Iterator[Clause]:
    """The part of a clause that is about acceptance, or all of it; none of one about a submission alone."""
    accepted, not_yet = _ACCEPTANCE.search(clause), _NOT_YET.search(clause)
    if accepted and not_yet:
        start, end = (0, not_yet.start()) if accepted.start() < not_yet.start() else (accepted.start(), len(clause))
        yield Clause(clause[start:end], accepted.end() - start, is_submitted)
    elif accepted or not not_yet:
        yield Clause(clause, accepted.end() if accepted else 0, is_submitted)
