"""Handlers whose modules are imported when they are first called: a process that ends at once calls few of them."""

from __future__ import annotations

from importlib import import_module

from digestbot.core.commands.base import CommandHandler, CommandRequest, HandlerResult


class LateHandlers:
    """Stands for a module of this package in the table of commands: each of its attributes is a handler."""

    def __init__(self, name: str) -> None:
        self._module = f"{__package__}.{name}"

    def __getattr__(self, name: str) -> CommandHandler:
        async def handle(request: CommandRequest) -> HandlerResult:
            handler: CommandHandler = getattr(import_module(self._module), name)
            return await handler(request)

        return handle
