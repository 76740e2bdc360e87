"""Whether TeX can set a formula: its groups and delimiters pair, and whatever takes something has it.

One formula that TeX cannot set stops the whole document of who cites the paper.
"""

from __future__ import annotations

from digestbot.late_patterns import compile_late

_TOKEN = compile_late(r"\\[A-Za-z]+|\\.|\S")
_MAX_DEPTH = 20


def _name(words: str) -> frozenset[str]:
    return frozenset(f"\\{word}" for word in words.split())


_DELIMITERS = frozenset("()[]|/.<>") | {r"\{", r"\}", r"\|"} | _name(
    "langle rangle lfloor rfloor lceil rceil lVert rVert Vert vert uparrow downarrow"
)  # fmt: skip
_SIZES = _name("big Big bigg Bigg")
_TEXTS = _name("text textbf textit textrm textsf textsc texttt emph")
_ALPHABETS = _name("mathcal mathbb mathbf mathrm mathit mathsf mathtt mathfrak")
_ARGUMENT_COUNTS = dict.fromkeys(
    _ALPHABETS
    | _name("boldsymbol operatorname hat bar tilde vec dot ddot check breve widehat widetilde overline underline")
    | _name("pmod sqrt"),
    1,
) | dict.fromkeys(_name("frac tfrac dfrac"), 2)  # fmt: skip
_SINGLE = _name(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho "
    "sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega "
    "infty partial nabla ell hbar ast star circ bullet oplus otimes odot wedge vee dagger ddagger prime perp parallel "
    "pm mp times to rightarrow leftarrow"
)
"""Commands that are one sign, and so may stand without braces where something is taken."""
_TAKEN_WHOLE = _ALPHABETS | {r"\text", r"\frac"}
"""Commands that may stand with what they take as a sub- or superscript, without braces around."""


def is_settable(source: str) -> bool:
    """Whether TeX sets a formula of known commands without an error."""
    return _FormulaReader(_TOKEN.findall(source)).read("", 0)


class _FormulaReader:
    """Reads a formula's tokens once, from the first to the last. Each method says whether TeX would go on."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens[::-1]

    def read(self, end: str, depth: int) -> bool:
        """Read up to the token that ends a group, or to the end."""
        scripts: set[str] = set()
        while (sign := self._take()) != end:
            if sign in ("", "}", r"\right") or depth > _MAX_DEPTH:
                return False
            if sign not in ("^", "_", "'"):
                scripts = set()
                if not self._read_one(sign, depth):
                    return False
            elif not self._read_script(sign, scripts, depth):
                return False
        return True

    def _take(self) -> str:
        return self._tokens.pop() if self._tokens else ""

    def _peek(self) -> str:
        return self._tokens[-1] if self._tokens else ""

    def _read_script(self, sign: str, scripts: set[str], depth: int) -> bool:
        """A script: TeX takes one of each kind, and primes before a superscript, not after it."""
        is_second = sign in scripts if sign != "'" else "^" in scripts
        scripts.add(sign)
        if is_second or sign == "'":
            return not is_second
        if self._peek() in _TAKEN_WHOLE:
            return self._read_one(self._take(), depth)
        return self._read_argument(depth)

    def _read_one(self, sign: str, depth: int) -> bool:
        if sign == "{":
            return self.read("}", depth + 1)
        if sign == r"\left":
            return self._take() in _DELIMITERS and self.read(r"\right", depth + 1) and self._take() in _DELIMITERS
        if sign in _SIZES:
            return self._take() in _DELIMITERS
        if sign in _TEXTS:
            return self._read_text()
        if sign == r"\sqrt" and self._peek() == "[":
            self._take()
            return self.read("]", depth + 1) and self._read_argument(depth)
        return all(self._read_argument(depth) for _ in range(_ARGUMENT_COUNTS.get(sign, 0)))

    def _read_argument(self, depth: int) -> bool:
        """What a command takes: a group, or one sign."""
        sign = self._take()
        if sign == "{":
            return self.read("}", depth + 1)
        return sign in _SINGLE or (len(sign) == 1 and sign not in "^_'}")

    def _read_text(self) -> bool:
        """Plain words in braces: no scripts, and no commands but escaped signs."""
        if self._take() != "{":
            return False
        depth = 1
        while depth and (sign := self._take()):
            depth += (sign == "{") - (sign == "}")
            if sign in ("^", "_") or sign[1:].isalpha():
                return False
        return not depth
