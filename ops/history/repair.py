"""Mends the text of a record that engines would choke on.

One record with a byte that is no UTF-8, or with half of a surrogate pair, makes an
engine's JSON functions fail the whole query; anybody can send such a user agent. What
can be mended without guessing is: wrong bytes and lone surrogates become U+FFFD,
control characters and unknown escapes are spelled out, NaN and Infinity become null.
"""

import re

import msgspec

_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_NO_NUMBER = re.compile(r"(?<![\w.])-?(?:NaN|Infinity)(?![\w.])")
_ODD = re.compile(
    r"(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    r'|(?P<fine>\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))'
    r"|(?P<escape>\\)"
    r"|(?P<control>[\x00-\x1f])"
)
_decode = msgspec.json.Decoder(msgspec.Raw).decode


def is_sound(record: bytes) -> bool:
    """Whether a text is UTF-8 and JSON, strictly."""
    try:
        record.decode()
        _decode(record)
    except (UnicodeDecodeError, msgspec.MsgspecError, RecursionError):
        return False
    return True


def repaired(record: bytes) -> bytes | None:
    """Return a record's text mended; None if it is beyond repair."""
    text = record.decode("utf-8", "replace")
    parts: list[str] = []
    place = 0
    for string in _STRING.finditer(text):
        parts += (_NO_NUMBER.sub("null", text[place : string.start()]), _mended(string.group()))
        place = string.end()
    parts.append(_NO_NUMBER.sub("null", text[place:]))
    mended = "".join(parts).encode()
    return mended if is_sound(mended) else None


def _mended(string: str) -> str:
    return _ODD.sub(_spelled, string)


def _spelled(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "half":
            return "\\ufffd"
        case "escape":
            return "\\\\"
        case "control":
            return f"\\u{ord(found.group()):04x}"
        case _:
            return found.group()
