"""Tags of forums: which one a topic's posts have, and whether it can be made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

import discord

from digestbot.domain.text.lengths import shorten_inside
from digestbot.i18n import translate

MAX_TAG_CHARACTERS, MAX_TAGS = 20, 20
"""Characters of a tag's name, and tags of a forum (discord.com/developers/docs/resources/channel)."""
_DIGEST_CHARACTERS = 3


@dataclass(frozen=True, slots=True)
class TagChoice:
    """What a post of a topic is tagged with: a ``tag`` that is there, or one of this ``new_name`` that is to be made.

    Both are empty where there can be none; a ``problem`` says why, where the forum demands one.
    """

    tag: discord.ForumTag | None = None
    new_name: str = ""
    problem: str = ""


def name_tag(title: str, other_titles: Iterable[str] = ()) -> str:
    """The name of a topic's tag: its title, shortened so that no other topic's tag has the same name."""
    name = shorten_inside(title, MAX_TAG_CHARACTERS)
    if name == title or all(shorten_inside(other, MAX_TAG_CHARACTERS) != name for other in other_titles):
        return name
    digest = sha256(title.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return f"{shorten_inside(title, MAX_TAG_CHARACTERS - _DIGEST_CHARACTERS - 1)} {digest}"


def choose_tag(forum: discord.ForumChannel, name: str) -> TagChoice:
    """How to tag a post in a forum with this name."""
    matching = [tag for tag in forum.available_tags if tag.name.casefold() == name.casefold()]
    member = forum.guild.me  # known once the gateway told of the server: until then a tag is tried
    permissions = forum.permissions_for(member) if member else discord.Permissions(manage_channels=True)
    usable = [tag for tag in matching if not tag.moderated or permissions.manage_threads]
    if usable or not name:
        return TagChoice(usable[0] if usable else None)
    is_full = len(forum.available_tags) >= MAX_TAGS
    can_make = permissions.manage_channels and not is_full and not matching
    if can_make or not forum.flags.require_tag:
        return TagChoice(new_name=name if can_make else "")
    return TagChoice(problem=describe_problem(name, is_moderated=bool(matching), is_full=is_full))


def describe_problem(name: str, *, is_moderated: bool, is_full: bool) -> str:
    """Why a forum that demands a tag has none for the bot, and what to do."""
    key = "tag_moderated" if is_moderated else "tag_no_room" if is_full else "tag_missing"
    return translate("en", f"reason.{key}", tag=name)
