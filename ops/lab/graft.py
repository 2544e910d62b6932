"""Putting functions into the emulator's classes."""

from collections.abc import Callable
from typing import Any


def graft(owner: Any, name: str, replacement: Any) -> Any:
    """Put `replacement` into a class or module; return what stood there, or None."""
    original = getattr(owner, name, None)
    setattr(owner, name, replacement)
    return original


def before(owner: type, name: str, check: Callable[..., None]) -> None:
    """Let `check` see the arguments of a method first; it may raise."""

    def checked(*args: Any, **kwargs: Any) -> Any:
        check(*args, **kwargs)
        return original(*args, **kwargs)

    original = graft(owner, name, checked)


def parameter(response: Any, name: str) -> Any:
    """Return a parameter of the request being answered; None if it was not sent."""
    return response._get_param(name)  # noqa: SLF001 (there is no public way)
