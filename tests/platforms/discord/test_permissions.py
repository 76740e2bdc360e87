"""Who may change what a channel receives, and what the bot needs to post there: each permission by itself."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from discord import ChannelType, Permissions

from digestbot.domain.subscription import PostMode
from digestbot.platforms.discord.permissions import (
    INVITE_PERMISSIONS,
    POSTABLE_TYPES,
    find_missing_permissions,
    get_bot_permissions,
    is_moderator,
)

THREADS = (ChannelType.public_thread, ChannelType.private_thread, ChannelType.news_thread)


def make_permissions(*names: str) -> Permissions:
    return Permissions(**dict.fromkeys(names, True))


@pytest.mark.parametrize("name", sorted(Permissions.VALID_FLAGS))
def test_to_moderate_is_to_manage_the_channel_or_the_server_and_nothing_that_sounds_like_it(name: str) -> None:
    # an administrator has every permission where Discord computes them: the flag alone is not one of these
    assert is_moderator(make_permissions("view_channel", name)) is (name in ("manage_channels", "manage_guild"))
    assert not is_moderator(make_permissions(name))


def test_everything_but_the_two_is_not_enough() -> None:
    nearly = Permissions.all()
    nearly.update(manage_channels=False, manage_guild=False)
    assert not is_moderator(nearly)
    assert not is_moderator(Permissions(Permissions.all().value & ~Permissions(view_channel=True).value))


IN_A_CHANNEL = {"view_channel": "view_channel", "send_messages": "send_messages"}
IN_A_THREAD = {"view_channel": "view_channel", "send_messages_in_threads": "send_messages_in_threads"}
IN_A_FORUM = IN_A_THREAD | {"create_posts": "send_messages"}
WITH_THREADS = IN_A_CHANNEL | IN_A_THREAD | {"create_public_threads": "create_public_threads"}


@pytest.mark.parametrize(
    ("kind", "posts", "needed"),
    [
        *((kind, posts, IN_A_CHANNEL) for kind in (ChannelType.text, ChannelType.news) for posts in (PostMode.PAGES,)),
        *((kind, PostMode.THREADS, WITH_THREADS) for kind in (ChannelType.text, ChannelType.news)),
        *((kind, posts, IN_A_THREAD) for kind in THREADS for posts in PostMode),
        *((kind, posts, IN_A_FORUM) for kind in (ChannelType.forum, ChannelType.media) for posts in PostMode),
        *((kind, PostMode.PAGES, IN_A_CHANNEL) for kind in (ChannelType.voice, ChannelType.stage_voice)),
    ],
)
def test_each_permission_that_is_needed_is_named_when_it_alone_is_missing(
    kind: ChannelType, posts: PostMode, needed: dict[str, str]
) -> None:
    enough = make_permissions(*needed.values())
    assert find_missing_permissions(enough, kind, posts) == []
    for name, permission in needed.items():
        without = Permissions(enough.value & ~make_permissions(permission).value)
        assert find_missing_permissions(without, kind, posts) == [name]
        all_but = Permissions(Permissions.all().value & ~make_permissions(permission).value)
        assert find_missing_permissions(all_but, kind, posts) == [name], "no other permission stands for it"
    assert sorted(find_missing_permissions(Permissions.none(), kind, posts)) == sorted(needed)


def test_classic_cards_need_embeds_and_others_do_not() -> None:
    without = Permissions(Permissions.all().value & ~make_permissions("embed_links").value)
    for kind in (ChannelType.text, ChannelType.forum, ChannelType.public_thread):
        assert find_missing_permissions(without, kind, PostMode.PAGES) == []
        assert find_missing_permissions(without, kind, PostMode.PAGES, needs_embeds=True) == ["embed_links"]


def test_an_invitation_asks_for_all_that_is_ever_needed_and_no_more() -> None:
    every = {"embed_links"} | {permission for one in (IN_A_FORUM, WITH_THREADS) for permission in one.values()}
    assert make_permissions(*every) == INVITE_PERMISSIONS


def test_a_bot_that_does_not_know_itself_there_yet_is_taken_to_be_allowed_nothing() -> None:
    place = SimpleNamespace(guild=SimpleNamespace(me=None))
    assert get_bot_permissions(cast("Any", place)) == Permissions.none()


def test_channels_that_digests_can_be_posted_in_are_offered() -> None:
    every = {kind for kind in ChannelType if isinstance(kind.value, int)}
    private = {ChannelType.private, ChannelType.group}
    assert every - set(POSTABLE_TYPES) == private | {ChannelType.category}
