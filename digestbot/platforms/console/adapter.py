"""The terminal as a chat: one command per line, typed or piped."""

from __future__ import annotations

import asyncio
import io
import json
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import asdict
from typing import Any

from rich.console import Console

from digestbot.cards.attachments import build_loss, decode_text
from digestbot.cards.capabilities import Capabilities
from digestbot.cards.card import Attachment, Button, Card
from digestbot.cards.text import drop_control_characters
from digestbot.core.ports import STANDALONE, IncomingMessage, Reply, ReplyHandler, SendContext
from digestbot.domain.subscription import Address, CardStyle
from digestbot.platforms.common.live_answers import LiveAnswers
from digestbot.platforms.console.choices import Choice, list_choices
from digestbot.platforms.console.documents import split_document
from digestbot.platforms.console.render import render_card
from digestbot.platforms.console.work import QuickScreen, show_work

CONSOLE_ADDRESS = Address("console", "local")
"""The only chat of a terminal: its user."""

CompletionSource = Callable[[], Awaitable[list[str]]]
_EXIT_COMMANDS = ("/exit", "/quit", "exit", "quit")


class ConsolePlatform:
    """Cards for people: rendered with rich, with completion if the input is a terminal."""

    name = CONSOLE_ADDRESS.platform

    def __init__(
        self, language: str = "", completions: CompletionSource | None = None, console: Console | None = None
    ) -> None:
        self._language = language
        self._completions = completions
        self._choices: list[Choice] = []
        self._live = LiveAnswers()
        self._console = console or Console(highlight=False, markup=False, emoji=False)

    def capabilities_for(self, card_style: CardStyle) -> Capabilities:  # noqa: ARG002  # there is one form here
        """Text only: nothing collapses, and commands are typed."""
        return Capabilities(buttons=False, details=False, localized_commands=True)

    def render(self, card: Card, card_style: CardStyle) -> list[Card]:  # noqa: ARG002
        """The card itself: a terminal has no limits."""
        return [card]

    async def acquire(self, address: Address) -> None:
        """A terminal takes everything at once."""

    async def send(self, address: Address, message: Card, context: SendContext = STANDALONE) -> str:  # noqa: ARG002  # one chat is here
        """Show the card."""
        self._show_card(message)
        return ""

    def _show_card(self, card: Card) -> None:
        self._console.print(render_card(card, self._console.width, hyperlinks=self._console.is_terminal), crop=False)
        self._choices = list_choices(card) or self._choices
        if card.attachment:
            self._write_file(card.attachment)

    def _write_file(self, attachment: Attachment) -> None:
        """Write a file's text to standard output; a terminal takes no control characters from it."""
        text = decode_text(attachment)
        if text is None:
            self._show_card(build_loss(self._language or "en", attachment))
            return
        if self._console.is_terminal:
            text = "".join(f"{drop_control_characters(line)}\n" for line in text.splitlines())
        self._console.file.write(text)
        self._console.file.flush()

    async def listen(self, reply_handler: ReplyHandler) -> None:
        """Reply to lines until the input ends."""
        if sys.stdin.isatty() and sys.stdout.isatty():
            await self._run_prompt(reply_handler)
            return
        async for line in iter_input_lines():
            answer = await self._ask(reply_handler, line)
            attachment = answer.card.attachment
            if attachment and not self._console.is_terminal and decode_text(attachment) is not None:
                self._write_file_alone(answer.card, attachment)
            else:
                self._console.print(f"› {line}", style="bold")
                await self._show_answer(answer)

    def _write_file_alone(self, card: Card, attachment: Attachment) -> None:
        """Write nothing but the file to what standard output leads to; what the card says goes to the terminal."""
        terminal = Console(stderr=True, highlight=False, markup=False, emoji=False)
        terminal.print(render_card(card, terminal.width, hyperlinks=terminal.is_terminal), crop=False)
        self._write_file(attachment)

    async def _ask(self, reply: ReplyHandler, line: str) -> Reply:
        text, documents = split_document(line)
        message = IncomingMessage(
            CONSOLE_ADDRESS,
            text,
            self._language,
            capabilities_for=self.capabilities_for,
            sender=self,
            documents=documents,
        )
        return await reply(message)

    async def _show_answer(self, answer: Reply) -> None:
        card, work = self._live.admit(answer, CONSOLE_ADDRESS.chat)
        if work:
            await show_work(self._console, card, work, self._show_card)
        else:
            self._show_card(card)

    async def _run_prompt(self, reply: ReplyHandler) -> None:
        from digestbot.platforms.console.prompt import Prompt  # noqa: PLC0415  # late: only a person at a terminal needs it

        words = await self._completions() if self._completions else []
        prompt = Prompt(self._language, words, lambda: self._choices)
        while True:
            try:
                line = await prompt.read_line()
            except (EOFError, KeyboardInterrupt):
                return
            if line.lower() in _EXIT_COMMANDS:
                return
            if line:
                await self._show_answer(await self._ask(reply, line))


class JsonConsolePlatform:
    """Cards for scripts: one JSON object per reply, on one line; before it, one for each card of work that goes on."""

    name = CONSOLE_ADDRESS.platform

    def __init__(self, language: str = "") -> None:
        self._language = language
        self._live = LiveAnswers()

    def capabilities_for(self, card_style: CardStyle) -> Capabilities:  # noqa: ARG002  # there is one form here
        """Everything: a script sees each part named."""
        return Capabilities()

    def render(self, card: Card, card_style: CardStyle) -> list[Card]:  # noqa: ARG002
        """The card itself."""
        return [card]

    async def acquire(self, address: Address) -> None:
        """A pipe takes everything at once."""

    async def send(self, address: Address, message: Card, context: SendContext = STANDALONE) -> str:  # noqa: ARG002  # no key is taken
        """Print a card that was delivered unasked."""
        _print_json({"delivered": True, "chat": address.chat, **card_to_json(message)})
        return ""

    async def listen(self, reply_handler: ReplyHandler) -> None:
        """Reply to lines until the input ends."""
        async for line in iter_input_lines():
            text, documents = split_document(line)
            message = IncomingMessage(
                CONSOLE_ADDRESS,
                text,
                self._language,
                capabilities_for=self.capabilities_for,
                sender=self,
                documents=documents,
            )
            card, work = self._live.admit(await reply_handler(message), CONSOLE_ADDRESS.chat)
            screen = _JsonScreen(line)
            if work:
                await screen.show(card)
                await work.begin(screen)
            else:
                await screen.finish(card)


class _JsonScreen(QuickScreen):
    """Each card as an object of its own; what another one follows is marked as ``progress``."""

    def __init__(self, line: str) -> None:
        self._line = line

    async def show(self, card: Card) -> bool:
        _print_json({"command": self._line, "progress": True, **card_to_json(card)})
        return False

    async def finish(self, card: Card, *, is_shown: bool = False) -> None:  # noqa: ARG002  # each is an object of its own
        _print_json({"command": self._line, **card_to_json(card)})


async def iter_input_lines() -> AsyncIterator[str]:
    """The non-empty lines of standard input, as they come."""
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        text = line.decode("utf-8", "replace").strip()
        if text.lower() in _EXIT_COMMANDS:
            return
        if text:
            yield text


def card_to_json(card: Card) -> dict[str, Any]:
    """The card's parts, each named by its kind, and what it says as plain text."""
    console = Console(width=100, file=io.StringIO(), highlight=False, markup=False, emoji=False, color_system=None)
    with console.capture() as captured:
        console.print(render_card(card, console.width, hyperlinks=False), crop=False)
    files = {"attachment": _attachment_to_json(card.attachment)} if card.attachment else {}
    return {
        "ok": card.ok,
        "blocks": [_block_to_json(block) for block in card.blocks],
        "buttons": [_button_to_json(button) for button in card.buttons],
        "text": captured.get(),
        **files,
    }


def _attachment_to_json(attachment: Attachment) -> dict[str, Any]:
    """A file by its name and kind; its text, where it is one."""
    return {"name": attachment.name, "media_type": attachment.media_type, "text": decode_text(attachment)}


def _button_to_json(button: Button) -> dict[str, Any]:
    """The button's label, and of the rest what it has."""
    return {name: value for name, value in asdict(button).items() if name == "label" or value}


def _block_to_json(part: Any) -> Any:  # noqa: ANN401
    """A dataclass as a mapping with its kind."""
    if isinstance(part, tuple):
        return [_block_to_json(item) for item in part]
    if hasattr(part, "__dataclass_fields__"):
        fields: Iterable[str] = part.__dataclass_fields__
        kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(part).__name__).lower()
        return {"kind": kind, **{name: _block_to_json(getattr(part, name)) for name in fields}}
    return part


def _print_json(answer: dict[str, Any]) -> None:
    print(json.dumps(answer, ensure_ascii=False), flush=True)  # noqa: T201  # the answer itself
