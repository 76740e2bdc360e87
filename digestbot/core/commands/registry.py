"""The command table, and what can be told of a line by its command alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from digestbot.cards.card import Card
from digestbot.core.answers.bundle_commands import SENT_PREFIX
from digestbot.core.commands.base import (
    Audience,
    Command,
    CommandRequest,
    Param,
)
from digestbot.core.commands.help import handle_help
from digestbot.core.commands.late_handlers import LateHandlers
from digestbot.core.lines.setting_names import find_setting
from digestbot.core.lines.typed_line import read_line
from digestbot.core.papers.documents import find_document_command
from digestbot.core.ports import IncomingDocument
from digestbot.domain.topic import FOLLOW_PREFIX

if TYPE_CHECKING:
    from digestbot.core.commands import forgetting, undoing
    from digestbot.core.commands.digests import dated, latest, searching, start, talking
    from digestbot.core.commands.follows import following, importing
    from digestbot.core.commands.papers import asking, citing, relating, saving, showing, summarizing
    from digestbot.core.commands.subscriptions import (
        narrowing,
        pausing,
        preferences,
        renaming,
        subscribing,
        topics,
        trying,
    )
else:
    forgetting, undoing = map(LateHandlers, ("forgetting", "undoing"))
    dated, latest, searching = map(LateHandlers, ("digests.dated", "digests.latest", "digests.searching"))
    start, talking = map(LateHandlers, ("digests.start", "digests.talking"))
    following, importing = map(LateHandlers, ("follows.following", "follows.importing"))
    asking, citing, relating = map(LateHandlers, ("papers.asking", "papers.citing", "papers.relating"))
    saving, showing, summarizing = map(LateHandlers, ("papers.saving", "papers.showing", "papers.summarizing"))
    narrowing, pausing = map(LateHandlers, ("subscriptions.narrowing", "subscriptions.pausing"))
    preferences, renaming = map(LateHandlers, ("subscriptions.preferences", "subscriptions.renaming"))
    subscribing, topics = map(LateHandlers, ("subscriptions.subscribing", "subscriptions.topics"))
    trying = LateHandlers("subscriptions.trying")


async def handle_subscriptions(request: CommandRequest) -> Card:
    """What the chat receives, or each of its places."""
    if request.message.has_places:
        from digestbot.core.commands.subscriptions.server_overview import build_overview_card  # noqa: PLC0415  # late, as handlers are

        return await build_overview_card(request)
    return await subscribing.handle_subscriptions(request)


_MODERATORS = Audience.MODERATORS
_TOPIC_PARAM, PAPER_PARAM = Param("topic", required=True), Param("paper", required=True)
COMMANDS: tuple[Command, ...] = (
    Command("start", (), "start", start.handle_start),
    Command("help", (Param("command"),), "help all", handle_help, only_shows=True),
    Command("topics", (), "topics", topics.handle_topics, only_shows=True),
    Command("subscribe", (_TOPIC_PARAM, Param("time"), Param("timezone"), Param("days")),
            "subscribe {topic} 07:30 mon-fri", subscribing.handle_subscribe, _MODERATORS,
            needs_post_permission=True),
    Command("follow", (Param("expression"),), "follow gaussian splatting", following.handle_follow, _MODERATORS,
            needs_post_permission=True),
    Command("follows", (Param("topic"),), "follows", following.handle_follows, _MODERATORS),
    Command("subscriptions", (), "subscriptions", handle_subscriptions, only_shows=True),
    Command("test", (Param("topic"),), "test {topic}", trying.handle_test, _MODERATORS,
            needs_post_permission=True),
    Command("unsubscribe", (Param("topic"),), "unsubscribe {topic}", subscribing.handle_unsubscribe, _MODERATORS),
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
    Command("latest", (Param("topic"),), "latest {topic}", latest.handle_latest,
            ephemeral=False, only_shows=True),
    Command("digest", (_TOPIC_PARAM, Param("date")), "digest {topic} {date}", dated.handle_digest,
            ephemeral=False, only_shows=True),
    Command("paper", (PAPER_PARAM,), "paper {paper}", showing.handle_paper,
            ephemeral=False, only_shows=True),
    Command("summarize", (PAPER_PARAM,), "summarize {paper}", summarizing.handle_summarize,
            ephemeral=False, takes_document=True),
    Command("ask", (Param("paper"), Param("question", required=True)), "ask {paper} {question}",
            asking.handle_ask, ephemeral=False),
    Command("search", (Param("words", required=True),), "search {words}", searching.handle_search,
            ephemeral=False, only_shows=True),
    Command("save", (PAPER_PARAM, Param("tags")), "save {paper}", saving.handle_save, Audience.PERSONAL),
    Command("unsave", (PAPER_PARAM,), "unsave {paper}", saving.handle_unsave, Audience.PERSONAL),
    Command("saved", (Param("tag"),), "saved", saving.handle_saved, Audience.PERSONAL, only_shows=True),
    Command("note", (PAPER_PARAM, Param("note")), "note {paper} {note}", saving.handle_note, Audience.PERSONAL),
    Command("cite", (PAPER_PARAM, Param("format")), "cite {paper}", citing.handle_cite,
            ephemeral=False, only_shows=True),
    Command("export", (Param("format"), Param("tag")), "export bibtex", citing.handle_export, Audience.PERSONAL,
            only_shows=True),
    Command("related", (PAPER_PARAM,), "related {paper}", relating.handle_related, ephemeral=False, only_shows=True),
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
COMMANDS_BY_NAME = {command.name: command for command in (*COMMANDS, *_SPOKEN)}
"""Each command by its name, those that no command says included."""


def only_shows(line: str) -> bool:
    """Whether a button's command changes nothing: it shows a card, or the choices of one setting."""
    name, *args = line.split() or [""]
    if line != " ".join((name, *args)):  # a line that begins with spaces is read as a sentence, which may say anything
        return False
    command = COMMANDS_BY_NAME.get(name)
    if command is not None and command.only_shows:
        return True
    return name in ("start", "settings") and (not args or (name == "settings" and _is_setting(args)))


def has_command(name: str) -> bool:
    """Whether there is a command of this name."""
    return name in COMMANDS_BY_NAME


def takes_document(line: str) -> bool:
    """Whether the command that a line begins with reads a file."""
    command = COMMANDS_BY_NAME.get(read_line(line).name)
    return command is not None and command.takes_document


def is_readable(document: IncomingDocument) -> bool:
    """Whether a file alone means a command."""
    command = COMMANDS_BY_NAME.get(find_document_command(document))
    return command is not None and command.takes_document


def is_known_to_chat_alone(line: str) -> bool:
    """Whether a button's command shows what only its chat can see: what it was sent, or the digest of a follow."""
    name, *args = line.split() or [""]
    if name not in ("latest", "digest") or not args:
        return False
    from digestbot.domain.arxiv.categories import get_category  # noqa: PLC0415  # late: few taps need them

    return args[0].startswith(_KNOWN_TO_CHAT) or get_category(args[0].removeprefix("arxiv.")) is not None


def _is_setting(words: Sequence[str]) -> bool:
    return len(words) == 1 and bool(find_setting(words[0]))
