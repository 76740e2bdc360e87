"""The command table, and dispatching of typed lines to handlers."""

from __future__ import annotations

import difflib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, cast

import structlog

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.bundle_commands import SENT_PREFIX
from digestbot.core.catalog import DigestCatalog
from digestbot.core.commands.base import (
    Audience,
    Command,
    CommandRequest,
    HandlerResult,
    Param,
    format_line,
    shorten_words,
)
from digestbot.core.commands.deep_links import decode_command, is_shown_command
from digestbot.core.commands.help import handle_help
from digestbot.core.commands.late_handlers import LateHandlers
from digestbot.core.commands.live_answers import answer_in_time
from digestbot.core.documents import find_document_command
from digestbot.core.follows import FollowService
from digestbot.core.lines.bare_commands import MeantCommand, find_bare_command
from digestbot.core.lines.card_replies import QUESTION_MARKS, drop_it, find_quoted_paper, is_card_question, is_tags
from digestbot.core.lines.names import list_chinese_names, list_names
from digestbot.core.lines.setting_names import find_setting
from digestbot.core.lines.typed_line import TypedLine, read_line
from digestbot.core.live_cards import LiveCard, OwnedUpdates
from digestbot.core.paper_services import NO_PAPER_SERVICES, PaperServices
from digestbot.core.ports import Clock, IncomingDocument, IncomingMessage, Reply
from digestbot.core.shown_lists import ShownLists
from digestbot.core.subscriptions import SubscriptionService
from digestbot.core.trials import TrialPace
from digestbot.domain.paper import find_paper_ids
from digestbot.domain.subscription import CardStyle, Subscriber
from digestbot.domain.topic import FOLLOW_PREFIX, Topic
from digestbot.domain.writable_text import drop_unwritable
from digestbot.errors import CommandError, DigestbotError, DocumentError, StoreError
from digestbot.i18n import LANGUAGES, join_names, translate, translate_with_names

if TYPE_CHECKING:
    from digestbot.core.commands import (
        asking,
        citing,
        following,
        forgetting,
        importing,
        narrowing,
        pausing,
        preferences,
        reading,
        relating,
        renaming,
        saving,
        start,
        subscriptions,
        summarizing,
        talking,
        topics,
        trying,
        undoing,
    )
else:
    asking, citing = map(LateHandlers, ("asking", "citing"))
    following, forgetting, importing = map(LateHandlers, ("following", "forgetting", "importing"))
    narrowing, pausing, preferences = map(LateHandlers, ("narrowing", "pausing", "preferences"))
    reading, relating = map(LateHandlers, ("reading", "relating"))
    renaming, saving = map(LateHandlers, ("renaming", "saving"))
    start, subscriptions, summarizing = map(LateHandlers, ("start", "subscriptions", "summarizing"))
    talking, topics, trying, undoing = map(LateHandlers, ("talking", "topics", "trying", "undoing"))

OPEN_LASTS = timedelta(hours=1)
"""How long after a paper was opened a plain question is about it."""
_MAX_TEXT_LENGTH = 1000
_MAX_LINKED_TEXT = 10_000
"""How much of a message is looked through for papers: more than any platform takes."""
_TYPED_VALUES = ("text", "topic")
"""The values of errors that are a person's own words."""
_log = structlog.get_logger(__name__)


async def handle_subscriptions(request: CommandRequest) -> Card:
    """What the chat receives, or each of its places."""
    if request.message.has_places:
        from digestbot.core.commands.server_overview import build_overview_card  # noqa: PLC0415  # late, as handlers are

        return await build_overview_card(request)
    return await subscriptions.handle_subscriptions(request)


_MODERATORS = Audience.MODERATORS
_TOPIC_PARAM, _PAPER_PARAM = Param("topic", required=True), Param("paper", required=True)
COMMANDS: tuple[Command, ...] = (
    Command("start", (), "start", start.handle_start),
    Command("help", (Param("command"),), "help all", handle_help, only_shows=True),
    Command("topics", (), "topics", topics.handle_topics, only_shows=True),
    Command("subscribe", (_TOPIC_PARAM, Param("time"), Param("timezone"), Param("days")),
            "subscribe {topic} 07:30 mon-fri", subscriptions.handle_subscribe, _MODERATORS,
            needs_post_permission=True),
    Command("follow", (Param("expression"),), "follow gaussian splatting", following.handle_follow, _MODERATORS,
            needs_post_permission=True),
    Command("follows", (Param("topic"),), "follows", following.handle_follows, _MODERATORS),
    Command("subscriptions", (), "subscriptions", handle_subscriptions, only_shows=True),
    Command("test", (Param("topic"),), "test {topic}", trying.handle_test, _MODERATORS,
            needs_post_permission=True),
    Command("unsubscribe", (Param("topic"),), "unsubscribe {topic}", subscriptions.handle_unsubscribe, _MODERATORS),
    Command("settings", (Param("name"), Param("value")),
            "settings time 07:30", preferences.handle_settings, _MODERATORS),
    Command("filter", (Param("topic"), Param("expression")), "filter {own} diffusion", narrowing.handle_filter,
            _MODERATORS),
    Command("mute", (Param("expression"),), "mute survey", narrowing.handle_mute, _MODERATORS),
    Command("rename", (_TOPIC_PARAM, Param("label")), "rename {own} Reading group", renaming.handle_rename,
            _MODERATORS),
    Command("import", (Param("lines"),), "import gaussian splatting; author:Kerbl", importing.handle_import,
            _MODERATORS, needs_post_permission=True, takes_document=True),
    Command("pause", (Param("topic"), Param("until")), "pause until monday", pausing.handle_pause, _MODERATORS),
    Command("resume", (Param("topic"),), "resume", pausing.handle_resume, _MODERATORS,
            needs_post_permission=True),
    Command("stop", (), "stop", pausing.handle_stop, _MODERATORS),
    Command("undo", (), "undo", undoing.handle_undo, _MODERATORS),
    Command("latest", (Param("topic"),), "latest {topic}", reading.handle_latest,
            ephemeral=False, only_shows=True),
    Command("digest", (_TOPIC_PARAM, Param("date")), "digest {topic} {date}", reading.handle_digest,
            ephemeral=False, only_shows=True),
    Command("paper", (_PAPER_PARAM,), "paper {paper}", reading.handle_paper,
            ephemeral=False, only_shows=True),
    Command("summarize", (_PAPER_PARAM,), "summarize {paper}", summarizing.handle_summarize,
            ephemeral=False, takes_document=True),
    Command("ask", (Param("paper"), Param("question", required=True)), "ask {paper} {question}",
            asking.handle_ask, ephemeral=False),
    Command("search", (Param("words", required=True),), "search {words}", reading.handle_search,
            ephemeral=False, only_shows=True),
    Command("save", (_PAPER_PARAM, Param("tags")), "save {paper}", saving.handle_save, Audience.PERSONAL),
    Command("unsave", (_PAPER_PARAM,), "unsave {paper}", saving.handle_unsave, Audience.PERSONAL),
    Command("saved", (Param("tag"),), "saved", saving.handle_saved, Audience.PERSONAL, only_shows=True),
    Command("note", (_PAPER_PARAM, Param("note")), "note {paper} {note}", saving.handle_note, Audience.PERSONAL),
    Command("cite", (_PAPER_PARAM, Param("format")), "cite {paper}", citing.handle_cite,
            ephemeral=False, only_shows=True),
    Command("export", (Param("format"), Param("tag")), "export bibtex", citing.handle_export, Audience.PERSONAL,
            only_shows=True),
    Command("related", (_PAPER_PARAM,), "related {paper}", relating.handle_related, ephemeral=False, only_shows=True),
    Command("random", (Param("words"),), "random", relating.handle_random, ephemeral=False, only_shows=True),
    Command("forgetme", (), "forgetme", forgetting.handle_forgetme, Audience.PERSONAL),
    Command("forget_channel", (), "forget_channel", forgetting.handle_forget_channel, _MODERATORS),
)  # fmt: skip
_SPOKEN = (
    Command("chat", (), "chat", talking.handle_chat),
    Command("more", (), "more", talking.handle_more),
)
"""What no command says, only a person: “thanks”, “next”."""
_KNOWN_TO_CHAT = (SENT_PREFIX, FOLLOW_PREFIX)
_COMMANDS_BY_NAME = {command.name: command for command in (*COMMANDS, *_SPOKEN)}


def only_shows(line: str) -> bool:
    """Whether a button's command changes nothing: it shows a card, or the choices of one setting."""
    name, *args = line.split() or [""]
    if line != " ".join((name, *args)):  # a line that begins with spaces is read as a sentence, which may say anything
        return False
    command = _COMMANDS_BY_NAME.get(name)
    if command is not None and command.only_shows:
        return True
    return name in ("start", "settings") and (not args or (name == "settings" and _is_setting(args)))


def has_command(name: str) -> bool:
    """Whether there is a command of this name."""
    return name in _COMMANDS_BY_NAME


def takes_document(line: str) -> bool:
    """Whether the command that a line begins with reads a file."""
    command = _COMMANDS_BY_NAME.get(read_line(line).name)
    return command is not None and command.takes_document


def is_readable(document: IncomingDocument) -> bool:
    """Whether a file alone means a command."""
    command = _COMMANDS_BY_NAME.get(find_document_command(document))
    return command is not None and command.takes_document


def is_known_to_chat_alone(line: str) -> bool:
    """Whether a button's command shows what only its chat can see: what it was sent, or the digest of a follow."""
    name, *args = line.split() or [""]
    if name not in ("latest", "digest") or not args:
        return False
    from digestbot.domain.arxiv_categories import get_category  # noqa: PLC0415  # late: few taps need them

    return args[0].startswith(_KNOWN_TO_CHAT) or get_category(args[0].removeprefix("arxiv.")) is not None


def _is_setting(words: Sequence[str]) -> bool:
    return len(words) == 1 and bool(find_setting(words[0]))


class CommandDispatcher:
    """Replies to messages and taps."""

    def __init__(
        self,
        catalog: DigestCatalog,
        subscriptions: SubscriptionService,
        follows: FollowService,
        clock: Clock,
        shown_lists: ShownLists,
        *,
        papers: PaperServices = NO_PAPER_SERVICES,
    ) -> None:
        self._catalog = catalog
        self._follows = follows
        self._subscriptions = subscriptions
        self._clock = clock
        self._shown_lists = shown_lists
        self._papers = papers
        self._trials = TrialPace(clock)

    async def handle_message(self, message: IncomingMessage) -> Reply:
        """The reply to a command, a paper's number or link, a number of the last list, or search words.

        The chat's configured language takes precedence over the user's. Errors are replied to with a card;
        internal errors are logged and get a generic message.
        """
        message = replace(message, text=drop_unwritable(message.text))
        preferences = replace(
            self._subscriptions.default_preferences(message.language), post_mode=message.default_post_mode
        )
        own_language, updates, again = "", None, ""
        try:
            subscriber = await self._subscriptions.find(message.address)
            preferences = subscriber.preferences if subscriber else preferences
            own_language = await self._find_own_language(message)
            catalog = self._catalog.for_one_answer(subscriber, own_language or preferences.language)
            meant = await self._go_on(message, await find_command(message, catalog), subscriber)
            request = CommandRequest(
                message,
                meant.args,
                subscriber,
                preferences,
                catalog,
                self._subscriptions,
                self._follows,
                self._clock,
                self._shown_lists,
                self._trials,
                COMMANDS,
                own_language if message.is_ephemeral else "",
                is_spoken=not meant.is_named,
                papers=self._papers,
            )
            _note_guess(request, meant)
            result = await _run_command(_COMMANDS_BY_NAME[meant.name], request)
            if isinstance(result, LiveCard):
                updates = OwnedUpdates(self._iter_updates(request, result.updates), result.updates)
                result, again = result.card, _format_again(request, meant.name)
            card = replies.add_notes(result, request.notes)
            await self._shown_lists.note(message, card)
            if meant.name in ("settings", "undo"):  # a change takes effect in this very reply
                preferences = await self._subscriptions.preferences_for(message.address, message.language)
        except Exception as error:  # noqa: BLE001  # a person waits for an answer, whatever went wrong
            card = _explain_error(error, message, preferences.card_style, own_language or preferences.language)
            if updates:
                await updates.aclose()
            updates = None
        is_own = own_language and (message.is_ephemeral or not card.ok)
        return Reply(card, replace(preferences, language=own_language) if is_own else preferences, updates, again)

    async def _go_on(
        self, message: IncomingMessage, meant: MeantCommand, subscriber: Subscriber | None
    ) -> MeantCommand:
        """A question that names no paper is about the one that is open; any other line is what it is."""
        is_plain = meant.name == "search" and not meant.is_named and meant.args == tuple(message.text.split())
        if not is_plain or not message.is_for_one or message.links or self._papers.questions is None:
            return meant
        from digestbot.core.commands.going_on import find_open_paper  # noqa: PLC0415  # late: few lines ask

        since = self._clock.now() - OPEN_LASTS
        paper = await find_open_paper(message, subscriber, self._shown_lists, self._papers.questions, since)
        return meant._replace(name="ask", args=(paper, *meant.args)) if paper else meant

    async def _iter_updates(self, request: CommandRequest, updates: AsyncGenerator[Card]) -> AsyncGenerator[Card]:
        """The cards that take the place of the first one, each with the notes; the last one is what is shown."""
        message, card = request.message, None
        try:
            async with aclosing(updates):
                async for update in updates:
                    card = replies.add_notes(update, request.notes)
                    yield card
            if card:
                await self._shown_lists.note(message, card)
        except Exception as error:  # noqa: BLE001  # a person waits for an answer, whatever went wrong
            yield _explain_error(error, message, request.preferences.card_style, request.language)

    async def _find_own_language(self, message: IncomingMessage) -> str:
        """The language of who alone sees the answer, or an error: their own setting, else their app's if it is ours.

        Empty where all of a chat see it, and for a language that we do not speak: the chat's may be closer.
        """
        if message.user is None or not (message.is_ephemeral or message.hides_errors):
            return ""
        person = await self._subscriptions.find(message.user)
        spoken = message.language[:2].lower()
        return person.preferences.language if person else spoken if spoken in LANGUAGES else ""


async def _run_command(command: Command, request: CommandRequest) -> HandlerResult:
    if command.name == "start" and request.args and (linked_command := _decode_link(request.args[0])):
        message = replace(request.message, text=f"/{linked_command}", links=())
        meant = await find_command(message, request.catalog)
        command, request = _COMMANDS_BY_NAME[meant.name], replace(request, args=meant.args)
    if command.audience is Audience.MODERATORS and not await request.message.is_moderator():
        raise CommandError(request.message.denial_key, chat=request.message.title)
    if command.needs_post_permission:
        await request.check_post_permissions(request.preferences)
    try:
        if request.papers.lookup:
            return await answer_in_time(command.handler, request)
        return await command.handler(request)
    except CommandError as error:
        raise _offer_mended(error, command.name, request.argument_text) from error


def _offer_mended(error: CommandError, name: str, arguments: str) -> CommandError:
    """What is wrong with an expression, with the button of the same line as it may be meant, if that is known."""
    from digestbot.core.lines.followed_words import read_followed_words  # noqa: PLC0415  # late: few lines are wrong

    text = arguments if error.expression in arguments else read_followed_words(arguments)
    if not error.mended or error.expression not in text:
        return error
    mended = text.replace(error.expression, error.mended, 1)
    return CommandError(error.key, **error.values, choices=[Button(shorten_words(mended), f"{name} {mended}")])


def _format_again(request: CommandRequest, name: str) -> str:
    """The command that asks for the same again; empty where more than the line was asked with."""
    message = request.message
    return "" if message.documents or message.quoted_links else f"{name} {request.argument_text}".strip()


def _decode_link(payload: str) -> str | None:
    """The command that a link stands for; ``None`` for one that anybody could write to change what others have."""
    command = decode_command(payload)
    return command if command and (only_shows(command) or not is_shown_command(payload)) else None


def _explain_error(error: Exception, message: IncomingMessage, style: CardStyle, language: str) -> Card:
    """The answer to a command that could not be done."""
    if isinstance(error, CommandError):
        can = message.capabilities_for(style)
        return _build_error_card(error, language, is_localized=can.localized_commands)
    return _build_failure_card(error, message, language)


def _build_failure_card(error: Exception, message: IncomingMessage, language: str) -> Card:
    """The answer to a command that failed. What is wrong with the database, and where it is, is for the operator."""
    reason = str(error) if isinstance(error, DigestbotError) else ""
    _log.error("command_failed", platform=message.address.platform, reason=reason, exc_info=not reason)
    if isinstance(error, StoreError):
        told = translate(language, "error.database")
    else:
        told = reason or translate(language, "error.internal")
    return replies.error_card(translate(language, "error.title"), told, "", ())


def _note_guess(request: CommandRequest, meant: MeantCommand) -> None:
    """Say which command a mistyped name was taken for."""
    if meant.is_guessed:
        shown = request.show_line(meant.name)
        request.notes.append(request.translate("line.guessed", text=shorten_words(meant.typed_name), command=shown))


async def find_command(message: IncomingMessage, catalog: DigestCatalog) -> MeantCommand:
    """The command that a message means, and its arguments. Raises :class:`CommandError`.

    What is too long for a command may still refer to papers: a digest that somebody forwards.
    """
    if message.documents and not message.text.strip():
        return _find_document_meaning(message.documents)
    papers = find_paper_ids(" ".join((message.text[:_MAX_LINKED_TEXT], *message.links)))
    if len(message.text) > _MAX_TEXT_LENGTH and _takes_long_text(line := read_line(message.text[:_MAX_LINKED_TEXT])):
        return MeantCommand(line.name, line.words)
    if len(message.text) > _MAX_TEXT_LENGTH:
        if not papers:
            raise CommandError("too_long", "help")
        return MeantCommand("paper", tuple(paper.base_id for paper in papers))
    quoted = find_quoted_paper(message.quoted_links)
    if quoted and is_tags(message.text):
        return MeantCommand("save", (quoted, *message.text.split()))
    if quoted and has_command("ask") and not message.documents and await is_card_question(message.text, catalog):
        return MeantCommand("ask", (quoted, *message.text.split()), is_named=False)
    return _mean_quoted(await _find_meant(message, bool(papers), catalog), quoted)


def _mean_quoted(meant: MeantCommand, quoted: str) -> MeantCommand:
    """A command about “it” in reply to a paper's card is about that paper, and so is one that names none."""
    if not quoted or _PAPER_PARAM not in _COMMANDS_BY_NAME[meant.name].params:
        return meant
    rest = drop_it(meant.args)
    return meant if rest is None else meant._replace(args=(quoted, *rest))


async def _find_meant(message: IncomingMessage, has_papers: bool, catalog: DigestCatalog) -> MeantCommand:
    if bare := find_bare_command(message.text):
        return bare
    from digestbot.core.lines.meaning import find_meaning  # noqa: PLC0415  # late: it reads sentences of two languages

    meant = await find_meaning(message.text, catalog, has_links=bool(message.links))
    if not meant.name:
        raise _build_unknown_error(meant.typed_name, message)
    if meant.name == "search" and not meant.is_named and not has_papers and not message.documents:
        _refuse_unread_link(message.text)
    if meant.name == "search" and has_papers and not meant.is_named:
        return MeantCommand("paper", ())
    if not has_papers and _only_describes(message, meant):
        return _find_caption_meaning(message)
    return meant


def _refuse_unread_link(text: str) -> None:
    """Raises :class:`CommandError` where a line that would be searched for has a link to what may be a paper."""
    from digestbot.core.lines.unread_links import find_unread_sites  # noqa: PLC0415  # late: few lines are searches

    if sites := find_unread_sites(text):
        raise CommandError("unread_link", site=sites[0])


def _takes_long_text(line: TypedLine) -> bool:
    """Whether a line is a command of many words: what is to be followed, or a note."""
    return line.name == "import" or (line.name == "note" and line.is_sure)


def _only_describes(message: IncomingMessage, meant: MeantCommand) -> bool:
    """Whether the words beside a file that a command reads are about the file: without a slash, and no such command."""
    reads_it = _COMMANDS_BY_NAME[meant.name].takes_document or meant.name == "ask"
    is_for_document = reads_it or read_line(message.text).is_sure
    return not is_for_document and any(map(is_readable, message.documents))


def _find_caption_meaning(message: IncomingMessage) -> MeantCommand:
    """The command that files mean with words that are none: the words may ask about a PDF."""
    meant = _find_document_meaning(message.documents)
    if meant.name == "summarize" and has_command("ask") and message.text.rstrip().endswith(QUESTION_MARKS):
        return MeantCommand("ask", tuple(message.text.split()), is_named=False)
    return meant


def _find_document_meaning(documents: Sequence[IncomingDocument]) -> MeantCommand:
    """The command that files alone mean. Raises :class:`~digestbot.errors.DocumentError`."""
    readable = next(filter(is_readable, documents), None)
    if readable is None:
        raise DocumentError("document_unknown", "import", name=documents[0].name)
    return MeantCommand(find_document_command(readable), ())


def _build_unknown_error(word: str, message: IncomingMessage) -> CommandError:
    name = word[:40]
    missing = [] if message.sender else ["test"]  # nothing can be sent there
    if not name.lower().startswith("forget"):
        missing += ["forgetme", "forget_channel"]  # nobody is led to those by a slip
    likely = [
        *(command for chinese, command in list_chinese_names().items() if name.startswith(chinese)),
        *difflib.get_close_matches(name.lower(), [command.name for command in COMMANDS], n=3, cutoff=0.7),
        *(list_names()[other] for other in difflib.get_close_matches(name.lower(), list_names(), n=3, cutoff=0.75)),
    ]
    suggestions = [one for one in dict.fromkeys(likely) if one not in missing][:3]
    return CommandError("unknown_command", *(suggestions or ["help"]), command=f"/{name}", suggestions=suggestions)


def _build_error_card(error: CommandError, language: str, *, is_localized: bool) -> Card:
    suggestions = cast("Sequence[Topic | str]", error.values.get("suggestions") or ())
    show_line = partial(format_line, language=language, is_localized=is_localized)
    values = {
        name: shorten_words(str(value)) if name in _TYPED_VALUES else value for name, value in error.values.items()
    }
    find_words = translate_with_names if is_localized else translate
    text = find_words(language, f"error.{error.key}", **values)
    names = [item.title if isinstance(item, Topic) else show_line(item) for item in suggestions]
    if names:
        text = f"{text} {translate(language, 'error.did_you_mean', names=join_names(language, names))}"
    choices = cast("Sequence[Button]", error.values.get("choices") or ())
    buttons = [*choices, *(_build_suggestion_buttons(error, suggestions, show_line) if names else [])]
    example_label = translate(language, "error.works") if error.examples else ""
    examples = [show_line(example) for example in error.examples]
    return replies.error_card(
        translate(language, "error.title"), text, example_label, examples, buttons, language=language
    )


def _build_suggestion_buttons(
    error: CommandError, suggestions: Sequence[Topic | str], show_line: Callable[[str], str]
) -> list[Button]:
    """What could be meant: topics by their titles, and what else works as it is typed."""
    titles = {f" {item.slug} ": item.title for item in suggestions if isinstance(item, Topic)}
    return [
        Button(next((title for slug, title in titles.items() if slug in f"{example} "), show_line(example)), example)
        for example in error.examples
    ]
