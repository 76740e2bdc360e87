"""What is to be followed, in the words of who asks for it: “papers by Kerbl” is ``author:"Kerbl"``."""

from __future__ import annotations

from digestbot.late_patterns import compile_late

_BAR = compile_late(r"[|｜]")
_ABOUT = compile_late(
    r"(?:(?:any|all|new|the|some|more|recent|latest)\s){0,3}(?:(?:papers?|articles?|work|research|preprints?|anything|everything"
    r"|something|stuff|news)\s)?(?:that (?:is|are)\s)?(?:about|on|regarding|concerning|related to)\s(?P<what>\S.*)"
    r"|(?:关于|有关)(?P<chinese>\S[^的]*)(?:的(?:新?论文|文章|研究))?",
    2,
)
_BY = compile_late(
    r"(?:(?:any|all|new|the|some|more|recent|latest)\s){0,3}(?:(?:papers?|articles?|work|research|preprints?|anything|everything)"
    r"\s)?(?:written |published )?(?:by|from|of author)\s(?P<what>[^\"“”:：]{2,80})"
    r"|(?:the\s)?(?:author|researcher|prof(?:essor|\.)|dr\.?)\s(?P<named>[^\"“”:：]{2,80})"
    r"|作者\s?(?P<chinese>[^\"“”:：]{2,40}?)(?:的(?:新?论文|文章|研究))?",
    2,
)
_MAX_WISH = 200
_WISH = compile_late(
    r"(?:please |pls |can you |could you |i want you to )?(?:notify|alert|inform|update|ping|e-?mail|message)"
    r" (?:me|us) (?:about|of|on|when(?:ever)? (?:there (?:is|are)|you (?:find|see)))(?: a| any)? (?P<what>\S.*)"
    r"|(?:please )?(?:keep (?:me|us) (?:posted|updated|informed|up to date)|let me know) (?:on|about|of|with)"
    r" (?P<posted>\S.*)"
    r"|(?:please )?(?:tell|send) me (?:about )?"
    r"(?P<sent>(?:every|all|any|new)\s(?:new\s)?(?:papers?|articles?|preprints?) .+)"
    r"|(?:please )?(?:watch|track|monitor) (?:arxiv for )?(?P<watched>\S.*)"
    r"|(?:请)?(?:有|一有)(?:关于)?(?P<chinese>[^，。的]{1,60})(?:的)?新?(?:论文|文章)"
    r"(?:就|时|的时候|，)?(?:请)?(?:通知|告诉|提醒|发给|推送)我?"
    r"|(?:请)?(?:通知|提醒)我?(?:关于|有关)?(?P<noticed>[^，。]{1,60}?)(?:的新?(?:论文|文章))",
    2,
)


def read_follow_wish(text: str) -> tuple[str, ...]:
    """The words of what a sentence without a command wants to be told of; none if it can be anything else."""
    plain = " ".join(text.split()).rstrip(".!。！")
    match = _WISH.fullmatch(plain) if len(plain) <= _MAX_WISH and not plain.endswith(("?", "？")) else None
    return tuple(next(filter(None, match.groups()), "").split()) if match else ()


def read_followed_words(text: str) -> str:
    """The expression that a text means: the text itself if it says nothing else; bars become ``OR``."""
    plain = " ".join(_BAR.sub(" OR ", text).split())
    if match := _BY.fullmatch(plain):
        return f'author:"{(match["what"] or match["named"] or match["chinese"]).strip()}"'
    if match := _ABOUT.fullmatch(plain):
        return (match["what"] or match["chinese"]).strip()
    return plain


_CLOSING_MARKS = {'"': '"', "“": "”", "「": "」", "«": "»"}
_CLOSING_BRACKETS = {"(": ")", "（": "）"}


def close_marks(text: str) -> str:
    """The text with the quotation mark and the brackets that it leaves open closed, as it is understood."""
    quote, brackets = "", ""
    for char in text:
        if quote:
            quote = "" if char in (quote, '"', "”") else quote
        elif char in _CLOSING_MARKS:
            quote = _CLOSING_MARKS[char]
        elif char in _CLOSING_BRACKETS:
            brackets = _CLOSING_BRACKETS[char] + brackets
        elif brackets and char in ")）":
            brackets = brackets[1:]
    return f"{text}{quote}{brackets}"
