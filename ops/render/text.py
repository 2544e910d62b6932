"""Text from outside, made safe for a terminal.

An error message of AWS, a resource's name or a log line can hold whatever its
author liked, terminal control sequences included.
"""

import re

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
r"""Control characters but tab and newline, marks that reorder text, lone surrogates."""


def clean(text: str) -> str:
    r"""Return text with every character a terminal would obey spelled out.

    >>> clean("bucket\x1b[2J")
    'bucket\\x1b[2J'
    """
    return _UNSAFE.sub(_spelled, text)


def one_line(text: str) -> str:
    """Return text cleaned, with every run of white space made one space."""
    return clean(" ".join(text.split()))


def _spelled(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def size(count: int) -> str:
    """Return a number of bytes in words.

    >>> size(2_500_000), size(3_000_000_000)
    ('2.5 MB', '3.0 GB')
    """
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
