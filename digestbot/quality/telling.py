"""Which sentence of an abstract tells what is new: what the authors propose, show or find, not what everybody knows.

The weights were chosen on half of 60 abstracts that a person had read (tests/samples/telling.tsv).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from digestbot.late_patterns import compile_late

_ADVERBS = r"(?:(?:\w{1,20}ly|also|then|further|first|here|hereby|thus|instead|now|next|hence)\s){0,2}"
_WHO = rf"\b(?:we|i|the\sauthors?)\s{_ADVERBS}"
_PAPER = r"(?:paper|work|study|article|letter|report|thesis|survey|review|manuscript|research|note|chapter)"
_WORK = rf"\bth(?:is|e\spresent)\s{_PAPER}\s{_ADVERBS}"
_CHINESE_WHO = r"(?:本文|我们|本研究|本论文|该文|文中|本工作|论文|文章)[^，。；]{0,12}"
_PATTERNS: dict[str, int] = {
    rf"{_WHO}(?:propose|present|introduce|unveil)\b": 10,
    rf"{_WORK}(?:proposes|presents|introduces)\b": 10,
    rf"{_CHINESE_WHO}(?:提出|介绍|引入)": 10,
    rf"{_WHO}(?:develop|design|devise|describe|report|build|create|construct|formulate|contribute|release|establish"
    r"|derive|prove|provide|offer|obtain|give)(?:ed)?\b": 8,
    rf"{_WORK}(?:develops|designs|describes|reports|investigates|studies|explores|reviews|surveys|examines|addresses"
    r"|aims|shows|proves|provides|offers|considers|demonstrates|analy[sz]es|establishes)\b": 8,
    r"\b(?:is|are)\s(?:proposed|presented|introduced|developed)\b(?!\sin\s(?:the\s)?(?:literature|\[))": 8,
    rf"{_CHINESE_WHO}(?:设计|构建|开发|研究|证明|探讨|实现|报道|建立|给出|综述|分析|考察|发现)": 8,
    rf"{_WHO}(?:show|find|demonstrate|discover|observe|reveal|argue|conclude)(?:ed)?\b": 6,
    rf"{_WHO}(?:stud(?:y|ied)|investigate|explore|extend|compare|review|survey|examine|address|aim|consider|analy[sz]e"
    r"|evaluate|apply|use|measure|tackle|solve|learn|train|cast|generali[sz]e)d?\b": 6,
    rf"\b(?:in|with|throughout)\sth(?:is|e\spresent)\s{_PAPER}\b": 4,
    r"\b(?:our|the\sproposed)\s(?:\w{1,20}\s){0,2}(?:method|approach|framework|model|system|pipeline|algorithm"
    r"|results?|findings|work|technique|contributions?)\b": 3,
    r"^(?:to\sthis\send|to\s(?:address|tackle|solve|overcome|mitigate|bridge|fill|mind|alleviate|remedy|resolve|close"
    r"|do\sso)\b|motivated\sby|inspired\sby|drawing\sinspiration|here\b|for\sthis\sreason|targeting|in\sresponse)": 3,
    r"\b(?:a|an|the|first)\s(?:novel|new|first|simple|general|unified)\b": 2,
    r"^(?:however|recently|recent|existing|previous|prior|although|despite|while|traditional|current|most|然而|近年|目前"
    r"|现有)": -3,
    r"^(?:additionally|furthermore|moreover|also|besides|further|finally|lastly|second(?:ly)?|third(?:ly)?|specifically"
    r"|then|in\saddition|on\sthis\stop|in\sparticular|for\sexample|concretely|此外|另外|最后|其次|具体)": -4,
    rf"{_WHO}(?:also|further|additionally|finally|then)\b|\ban\sadditional\b": -4,
    r"\b(?:experiments?|experimental|evaluations?|ablations?|extensive|quantitative|empirically)\b|实验": -6,
    r"https?://|\bgithub\b|\bproject\s(?:web)?(?:page|site)\b|代码|\b(?:codes?|data|datasets?|models?|weights"
    r"|implementation|demo)\b[^.]{0,60}\b(?:available|released?)\b": -20,
}
"""What speaks for a sentence, and against it."""
_AT_START = tuple((compile_late(pattern), score) for pattern, score in _PATTERNS.items() if pattern.startswith("^"))
_ANYWHERE = tuple((compile_late(pattern), score) for pattern, score in _PATTERNS.items() if not pattern.startswith("^"))
"""For sentences in small letters: to search without regard to case takes twice the time."""
_SHORT_CHARACTERS, _SHORT_CHINESE_CHARACTERS, _SHORT_PENALTY = 60, 15, 6
_MAX_READ_CHARACTERS = 1_000
_MIN_SCORE = 3
_OPENING = compile_late(
    rf"^(?:in\sth(?:is|e\spresent)\s{_PAPER}|to\sthis\send|here|therefore|thus|for\sthis\sreason"
    r"|to\s(?:address|tackle|solve|overcome|mitigate|alleviate|remedy|resolve)\s(?:this|these|the|those|such)"
    r"(?:\s[\w-]{1,30}){0,4}),?\s"
    r"(?=we\s|this\s)",
    re.IGNORECASE,
)


def find_telling_sentence(sentences: Sequence[str]) -> int:
    """The place of the sentence that tells what is new, from 0; the first one where none does."""
    scores = [_score_sentence(sentence[:_MAX_READ_CHARACTERS]) for sentence in sentences]
    best = max(scores, default=0)
    return scores.index(best) if best >= _MIN_SCORE else 0


def _score_sentence(sentence: str) -> int:
    lowered = sentence.lower()
    score = sum(points for pattern, points in _AT_START if pattern.match(lowered))
    score += sum(points for pattern, points in _ANYWHERE if pattern.search(lowered))
    is_short = len(sentence) < (_SHORT_CHARACTERS if sentence.isascii() else _SHORT_CHINESE_CHARACTERS)
    return score - _SHORT_PENALTY * is_short


def shorten_opening(sentence: str) -> str:
    """The sentence without "In this paper," and the like: in a headline, each word counts."""
    match = _OPENING.match(sentence)
    rest = sentence[match.end() :] if match else sentence
    return rest[:1].upper() + rest[1:]
