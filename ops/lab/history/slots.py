"""The values that differ from one call to the next, each by the name of its slot."""

from collections.abc import Callable

from ops.lab.history.dice import Dice

_TOPICS = ("orders", "invoices", "clickstream", "sessions", "images", "exports", "reports")
_TABLES = ("orders", "customers", "carts", "inventory", "sessions")
_FUNCTIONS = ("order-events", "thumbnail", "send-receipt", "sync-stock", "cleanup")
_QUEUES = ("orders", "receipts", "stock", "dead-letters")
_SECRETS = ("checkout/database", "checkout/psp-token", "web/session-key", "reports/warehouse")
_PARAMETERS = ("/checkout/feature-flags", "/checkout/tax-table", "/web/theme", "/shared/log-level")


def _object(dice: Dice) -> str:
    day = f"2026/{1 + dice.getrandbits(3):02d}/{1 + dice.getrandbits(4):02d}"
    return f"{dice.choice(_TOPICS)}/{day}/{dice.hex(16)}.json"


def _host(dice: Dice) -> str:
    bits = dice.getrandbits(16)
    return f"10.0.{bits >> 8}.{bits & 255}"


def _size(dice: Dice) -> str:
    return str(int(900 / (1.0 - dice.random())) % 40_000_000)


MAKERS: dict[str, Callable[[Dice], str]] = {
    "event": Dice.uuid,
    "request": Dice.uuid,
    "request16": lambda dice: dice.upper(16),
    "uuid": Dice.uuid,
    "id2": lambda dice: dice.letters(76),
    "id17": lambda dice: dice.hex(17),
    "id8": lambda dice: dice.hex(8),
    "token": lambda dice: dice.letters(120),
    "object": _object,
    "bytes": _size,
    "in": lambda dice: str(dice.getrandbits(12)),
    "host": _host,
    "instance": lambda dice: f"i-{dice.getrandbits(3):x}a7c41e9d03b58f62",
    "table": lambda dice: dice.choice(_TABLES),
    "function": lambda dice: dice.choice(_FUNCTIONS),
    "queue": lambda dice: dice.choice(_QUEUES),
    "secret": lambda dice: dice.choice(_SECRETS),
    "parameter": lambda dice: dice.choice(_PARAMETERS),
    "count": lambda dice: str(1 + dice.getrandbits(6)),
    "build": lambda dice: str(1000 + dice.getrandbits(10)),
    "version": lambda dice: ("1.08", "1.09", "1.10", "1.11", "1.11", "1.11", "1.11", "1.11")[
        dice.getrandbits(3)
    ],
}
"""Who makes the value of each slot. A slot without a maker is the caller's."""
