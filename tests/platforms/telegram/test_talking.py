"""A person with the bot in private: what they type and tap, and what comes back."""

from __future__ import annotations

from tests.platforms.telegram.botapi.people import Person
from tests.platforms.telegram.conftest import Running


async def test_start_shows_the_topics_as_switches_with_the_time(bot: Running, ada: Person) -> None:
    message = await ada.says("/start")
    labels = [button["text"] for button in message.keyboard]
    assert "▫️ Protein Design" in labels
    assert "Time: 08:00" in labels


async def test_two_taps_subscribe_and_one_undoes_it(bot: Running, ada: Person) -> None:
    message = await ada.says("/start")
    tapped = await ada.taps(message, "Protein Design")
    assert "Subscribed: Protein Design" in tapped.text
    await ada.api.until(lambda: message.button("Protein Design")["text"].startswith("✅"))
    await ada.taps(message, "Protein Design")
    await ada.api.until(lambda: message.button("Protein Design")["text"].startswith("▫️"))
    assert message.edits == 2
