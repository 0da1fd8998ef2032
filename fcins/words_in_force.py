"""Whose words hold while a command runs: those of headings.toml, with what a workspace or the user added to them.

The words are asked for in forty places of every room; the workspace is known only at the top. So the span of a command
carries them (a ContextVar, as decimal carries its precision): nothing is changed that outlives the span, and what runs
beside it, or after it in the same process, has its own. This module is light, so that the command line may use it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

Source = Callable[[], Any]
"""Gives a `headings.Headings`, which stands above this module and is not named here."""

_SOURCE: ContextVar[Source | None] = ContextVar("words_in_force", default=None)


def source_in_force() -> Source | None:
    """What gives the words of the span that runs; None where only those of headings.toml hold."""
    return _SOURCE.get()


@contextmanager
def words_from(source: Source) -> Iterator[None]:
    """Within this span words come from `source`, which is asked when the first is needed, and once."""
    token = _SOURCE.set(cache(source))
    try:
        yield
    finally:
        _SOURCE.reset(token)
