"""Parse what strangers wrote in processes of their own, which have so much time and memory and no more.

A process waits for work (``python -m digestbot.sandbox``) and forks a child for each piece: starting Python and
importing a parser costs half a second of CPU, a fork some milliseconds. A child that hangs, crashes or grows ends
alone, and what it answers is read as JSON of the expected type, never as code. These processes know no setting of the
bot's, and end by themselves after some seconds without work.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import math
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import IO, Any, ParamSpec, TypeVar, cast, get_type_hints

from pydantic import ConfigDict, TypeAdapter

from digestbot import errors
from digestbot.errors import DigestbotError, PageError, SourceError

P = ParamSpec("P")
T = TypeVar("T")

PARSING_SECONDS = 20.0
"""How long a feed or a page may take: the largest real ones take one or two."""
_MAX_PROCESSES = 4
_MAX_PROCESSES_FOR_PEOPLE = 2
_MAX_MEMORY_BYTES = 1_500_000_000
_MAX_ANSWER_BYTES = 100_000_000
_IDLE_SECONDS = 30.0
_NICENESS = 10
"""What strangers make us do waits for what people ask."""
_LENGTH_BYTES = 8
_CAN_FORK = hasattr(os, "fork")


class UnreadableError(SourceError):
    """A parser failed: the input is broken, or meant to break it."""


class ParsingTimeoutError(SourceError):
    """A parser took too long."""


async def run_in_sandbox(function: Callable[P, T], seconds: float, *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a module's function in the sandbox, which may take ``seconds`` once it has begun.

    It takes what can be pickled, and returns what its annotation says: dataclasses, texts, numbers, bytes. Raises
    its :class:`~digestbot.errors.DigestbotError`, :class:`UnreadableError` for anything else that it raises and for
    its end, and :class:`ParsingTimeoutError`.
    """
    return await _run(function, seconds, _NICENESS, args, kwargs)


async def run_for_person(function: Callable[P, T], seconds: float, *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for what a person waits for, and is short: it does not wait for other work."""
    return await _run(function, seconds, 0, args, kwargs)


async def _run(
    function: Callable[..., T],
    seconds: float,
    niceness: int,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> T:
    threads = _start_threads() if niceness else _start_threads_for_people()
    job = _Job(pickle.dumps((function, args, kwargs, seconds, niceness)), seconds)
    try:
        answer = await asyncio.get_running_loop().run_in_executor(threads, job.run)
    finally:
        job.stop()  # whoever waited may be gone
    return _read_answer(function, answer)


@cache
def _start_threads() -> ThreadPoolExecutor:
    """The threads that wait for the processes, and so bound their number."""
    return ThreadPoolExecutor(_MAX_PROCESSES, "sandbox")


@cache
def _start_threads_for_people() -> ThreadPoolExecutor:
    """Threads of their own for short work that somebody waits for."""
    return ThreadPoolExecutor(_MAX_PROCESSES_FOR_PEOPLE, "sandbox-people")


# -- the bot's side -------------------------------------------------------------------------------------------


class _EndedError(Exception):
    """The process has ended, with this exit code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


class _Worker:
    """A process that waits for work, as the bot sees it."""

    def __init__(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DIGESTBOT_")}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "digestbot.sandbox"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._requests = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)

    @property
    def is_alive(self) -> bool:
        """Whether it still waits."""
        return self._process.poll() is None

    def ask(self, request: bytes) -> bytes:
        """Have it work. Raises :class:`_EndedError` if it has ended, or ends without an answer."""
        try:
            _write_frame(self._requests, request)
            return _read_frame(self._answers, _MAX_ANSWER_BYTES)
        except (OSError, EOFError):
            raise _EndedError(self._wait()) from None

    def end(self) -> None:
        """End it and what it forked."""
        if self.is_alive:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL) if _CAN_FORK else self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Close what leads to a process that has ended."""
        for stream in (self._requests, self._answers):
            with suppress(OSError):
                stream.close()

    def _wait(self) -> int:
        """The exit code of a process that closed its output, or will be ended."""
        try:
            return self._process.wait(1)
        except subprocess.TimeoutExpired:
            self.end()
            return self._process.wait()


class _WorkerPool:
    """The workers without work; the one that worked last is the next to work."""

    def __init__(self) -> None:
        self._workers: list[_Worker] = []
        self._lock = threading.Lock()

    def take(self) -> _Worker:
        """A worker without work, or a new one."""
        with self._lock:
            while self._workers:
                worker = self._workers.pop()
                if worker.is_alive:
                    return worker
                worker.close()
        return _Worker()

    def put(self, worker: _Worker) -> None:
        """Keep a worker for the next piece of work."""
        if not _CAN_FORK:
            worker.end()  # it has done the work itself
        with self._lock:
            self._workers.append(worker)

    def close(self) -> None:
        """End all that have no work."""
        with self._lock:
            while self._workers:
                worker = self._workers.pop()
                worker.end()
                worker.close()


_pool = _WorkerPool()
atexit.register(_pool.close)


class _Job:
    """A piece of work, from waiting for a worker to its answer or its end."""

    def __init__(self, request: bytes, seconds: float) -> None:
        self._request, self._seconds = request, seconds
        self._worker: _Worker | None = None
        self._is_late = self._is_stopped = False
        self._lock = threading.Lock()

    def run(self) -> bytes:
        """Have it done, in a thread. Raises what :func:`run_in_sandbox` does."""
        timer = threading.Timer(self._seconds, self._end_late)
        timer.start()
        try:
            while True:
                try:
                    return self._ask(_pool.take())
                except _EndedError as error:
                    self._raise_failure(error.code)
        finally:
            timer.cancel()

    def stop(self) -> None:
        """End the worker, unless the work is done."""
        with self._lock:
            self._is_stopped = True
            self._end_worker()

    def _end_late(self) -> None:
        with self._lock:
            self._is_late = True
            self._end_worker()

    def _end_worker(self) -> None:
        if self._worker:
            self._worker.end()

    def _ask(self, worker: _Worker) -> bytes:
        with self._lock:
            self._worker = worker
            if self._is_stopped or self._is_late:
                self._end_worker()
        try:
            answer = worker.ask(self._request)
        except _EndedError:
            worker.close()
            raise
        finally:
            with self._lock:
                self._worker = None
        _pool.put(worker)
        return answer

    def _raise_failure(self, code: int) -> None:
        """Raise what the end of a worker means, unless it had only waited for work long enough."""
        if self._is_late:
            raise ParsingTimeoutError(f"was not read within {self._seconds:.0f} seconds")
        if code or self._is_stopped:
            raise UnreadableError("cannot be read: its parser crashed")


# -- what goes to and fro -------------------------------------------------------------------------------------


@cache
def _build_adapter(function: Callable[..., object]) -> TypeAdapter[Any]:
    """What writes and reads the answers of a function as JSON; in a tuple, since a dataclass takes no configuration."""
    answer_type: Any = tuple.__class_getitem__(get_type_hints(function)["return"])
    return TypeAdapter(answer_type, config=ConfigDict(ser_json_bytes="base64", val_json_bytes="base64"))


def _read_answer(function: Callable[..., T], answer: bytes) -> T:
    """What the function returned. Raises the error that it raised, and :class:`UnreadableError`."""
    try:
        if answer.startswith(b"{"):
            raise _read_error(**json.loads(answer))
        return cast("T", _build_adapter(function).validate_json(answer)[0])
    except (ValueError, TypeError):
        raise UnreadableError("cannot be read: its parser answers nonsense") from None


def _read_error(name: str, words: list[Any]) -> DigestbotError:
    """The error of that name, if it is one of ours that a parser may raise."""
    error_class = getattr(errors, name, None)
    if isinstance(error_class, type) and issubclass(error_class, SourceError):
        return error_class(*words)
    return UnreadableError(f"cannot be read ({name})")


def _format_error(error: BaseException) -> bytes:
    words = [error.reason, error.line] if isinstance(error, PageError) else [str(error)]
    return json.dumps({"name": type(error).__name__, "words": words}).encode()


def _write_frame(stream: IO[bytes], content: bytes) -> None:
    stream.write(len(content).to_bytes(_LENGTH_BYTES, "big"))
    stream.write(content)
    stream.flush()


def _read_frame(stream: IO[bytes], limit: int) -> bytes:
    """What was written. Raises :class:`EOFError` if there is nothing more, or too much."""
    length = int.from_bytes(_read_exactly(stream, _LENGTH_BYTES), "big")
    if length > limit:
        raise EOFError
    return _read_exactly(stream, length)


def _read_exactly(stream: IO[bytes], length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise EOFError
    return content


# -- the worker's side ----------------------------------------------------------------------------------------


def main() -> None:
    """Work until there is none for a while, or something ends in disorder."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while not _CAN_FORK or select.select([requests], [], [], _IDLE_SECONDS)[0]:
        try:
            request = _read_frame(requests, sys.maxsize)
        except EOFError:
            return  # the bot has ended
        function, args, kwargs, seconds, niceness = pickle.loads(request)  # noqa: S301  # the bot's own; imports the parser
        _build_adapter(function)  # once for all children
        if not _CAN_FORK:
            _write_frame(answers, _call(function, args, kwargs))
            continue
        if not (child := os.fork()):
            _limit_resources(seconds, niceness)
            _write_frame(answers, _call(function, args, kwargs))
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            sys.exit(1)  # nobody knows how much of an answer it left


def _call(function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> bytes:
    try:
        answer = _build_adapter(function).dump_json((function(*args, **kwargs),))
    except Exception as error:  # noqa: BLE001  # whatever a stranger's bytes do to a parser
        return _format_error(error)
    return answer if len(answer) <= _MAX_ANSWER_BYTES else _format_error(SourceError("contains too much"))


def _limit_resources(seconds: float, niceness: int) -> None:
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415  # not on Windows

        os.nice(niceness)
        cpu_seconds = math.ceil(seconds) + 1
        for kind, limit in (
            (resource.RLIMIT_AS, _MAX_MEMORY_BYTES),
            (resource.RLIMIT_CPU, cpu_seconds),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(kind, (limit, limit))


if __name__ == "__main__":
    main()
