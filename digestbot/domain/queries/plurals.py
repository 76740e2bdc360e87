"""English words in the singular, so that ``gaussian splattings`` finds ``Gaussian splatting``.

A stemmer would go too far: to Porter's, "universal" and "universities" are one. Both the papers' words and the words
that are looked for pass through here, so an odd singular ("ran" of "RANS") costs nothing but its looks.
"""

from __future__ import annotations

from functools import lru_cache

_MIN_LETTERS = 4
_KEPT_ENDINGS = ("ss", "us", "is", "as", "ics")
_UNCHANGED_TEXT = """
afterwards aids always bayes chaos charles cosmos does ethos gauss hans hodges james jones lens mars maths means news
pathos perhaps series species stokes towards
"""
_UNCHANGED = frozenset(_UNCHANGED_TEXT.split())
_IRREGULAR_TEXT = """
abuses:abuse algebras:algebra aliases:alias analyses:analysis antennas:antenna appendices:appendix areas:area
atlases:atlas avalanches:avalanche axes:axis bases:base basics:basic biases:bias caches:cache calories:calorie
cameras:camera canvases:canvas characteristics:characteristic children:child clinics:clinic comics:comic
cookies:cookie corpora:corpus crises:crisis criteria:criterion critics:critic datas:data deltas:delta
diagnoses:diagnosis dilemmas:dilemma dramas:drama enigmas:enigma excuses:excuse fabrics:fabric feet:foot
formulae:formula formulas:formula fuses:fuse gammas:gamma gases:gas genera:genus genomes:genome gorillas:gorilla
halves:half headaches:headache heuristics:heuristic hypotheses:hypothesis ideas:idea indices:index knives:knife
lambdas:lambda leaves:leaf lemmas:lemma lenses:lens lives:life llamas:llama logics:logic lyrics:lyric matrices:matrix
men:man metrics:metric mice:mouse mosaics:mosaic movies:movie muses:muse niches:niche nuclei:nucleus pandas:panda
parentheses:parenthesis personas:persona phenomena:phenomenon plasmas:plasma prognoses:prognosis quizzes:quiz
quotas:quota sagas:saga schemas:schema selves:self shelves:shelf shoes:shoe simplices:simplex stimuli:stimulus
syntheses:synthesis teeth:tooth theses:thesis toes:toe topics:topic uses:use vertices:vertex vortices:vortex
wolves:wolf women:woman
"""
_IRREGULAR = dict(pair.split(":") for pair in _IRREGULAR_TEXT.split())


@lru_cache(50_000)
def to_singular(word: str) -> str:
    """The singular of a word in lower case; the word itself if it is none that could be a plural."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    is_plural = len(word) >= _MIN_LETTERS and word[-1] == "s" and word.isascii() and word.isalpha()
    if not is_plural or word.endswith(_KEPT_ENDINGS) or word in _UNCHANGED:
        return word
    return _drop_ending(word)


def _drop_ending(word: str) -> str:
    if word.endswith("ies"):
        return f"{word[:-3]}y" if len(word) > 4 else word[:-1]  # "ties", "lies"
    if word.endswith(("sses", "xes", "shes", "ches", "zzes", "oes")) or _is_of_latin_us(word):
        return word[:-2]
    return word[:-1]


def _is_of_latin_us(word: str) -> bool:
    """Viruses and corpuses, not causes and houses."""
    return word.endswith("uses") and len(word) > 5 and word[-5] not in "aeo"
