"""The role that a chat's digests call: ``/settings mention @role``."""

from __future__ import annotations

import difflib
from dataclasses import replace

from digestbot.cards import replies
from digestbot.cards.card import Button, Card
from digestbot.core.commands.base import CommandRequest
from digestbot.core.ports import ChatRole
from digestbot.core.text_folding import fold_text
from digestbot.errors import CommandError

_NOBODY = frozenset(("off", "no", "none", "nobody", "no one", "关", "关闭", "无", "不提及", "取消"))
_EVERYBODY = frozenset(("everyone", "here", "所有人", "全体成员", "在线成员"))
_MAX_OFFERED = 20
"""Roles that are offered as buttons; others are named."""


def read_role(request: CommandRequest, text: str) -> ChatRole | None:
    """The role that a text names; ``None`` for nobody. Raises :class:`CommandError`, with roles that there are."""
    name = fold_text(text.strip())
    if name in _NOBODY:
        return None
    if name.removeprefix("@") in _EVERYBODY:
        raise CommandError("no_everyone", "settings mention off", text=text)
    found = request.message.find_roles(text.strip())
    if len(found) == 1:
        return found[0]
    likely = found or _find_likely(request, text)
    choices = [_build_button(role) for role in likely[:_MAX_OFFERED]]
    key = "many_roles" if found else "no_role"
    raise CommandError(key, "settings mention off", text=text, choices=choices)


def build_roles_card(request: CommandRequest) -> Card:
    """The chat's roles to choose from, and nobody."""
    chosen = request.preferences.mention_role
    roles = sorted(request.message.find_roles(""), key=lambda role: (role.id != chosen, not role.can_be_called))
    nobody = Button(request.translate("mention.off"), "settings mention off", keeps_card=True, is_on=not chosen)
    buttons = [replace(_build_button(role), keeps_card=True, is_on=role.id == chosen) for role in roles[:_MAX_OFFERED]]
    name, value = request.translate("settings.mention"), format_role(request)
    card = replies.message_card(
        request.translate("settings.current", name=name, value=value),
        request.translate("settings.mention_about"),
        explain_obstacle(request, find_chosen(request)),
        request.translate("settings.hint", example="/settings mention @role"),
        buttons=[nobody, *buttons, request.build_button("settings", "settings")],
    )
    return replace(card, command="settings mention")


def find_chosen(request: CommandRequest) -> ChatRole | None:
    """The chat's role as it is now; ``None`` if it has none, or that is not there any more."""
    chosen = request.preferences.mention_role
    return next(iter(request.message.find_roles(chosen)), None) if chosen else None


def format_role(request: CommandRequest) -> str:
    """Whom digests call, as people read it."""
    role = find_chosen(request)
    if role:
        return _name_role(role)
    return request.translate("mention.deleted" if request.preferences.mention_role else "mention.off")


def explain_obstacle(request: CommandRequest, role: ChatRole | None) -> str:
    """What has to be changed before a role is called; empty if nothing."""
    return "" if role is None or role.can_be_called else request.translate("mention.not_allowed", role=_name_role(role))


def _find_likely(request: CommandRequest, text: str) -> list[ChatRole]:
    roles = {role.name.casefold(): role for role in request.message.find_roles("")}
    names = difflib.get_close_matches(text.strip().removeprefix("@").casefold(), roles, n=3)
    return [roles[name] for name in names]


def _build_button(role: ChatRole) -> Button:
    return Button(_name_role(role), f"settings mention {role.id}")


def _name_role(role: ChatRole) -> str:
    return f"@{role.name.removeprefix('@')}"
