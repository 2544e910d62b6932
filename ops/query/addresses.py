"""What is known of addresses: the country and network of each, from a file of yours.

Nothing is looked up anywhere. The file is CSV with the columns cidr, country
and asn; of several networks that hold an address the narrowest counts.
"""

import csv
import ipaddress
from collections.abc import Iterator
from pathlib import Path

from ops.errors import UsageError

_COLUMNS = ("cidr", "country", "asn")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Known:
    """Countries and autonomous systems by network."""

    def __init__(self, rows: Iterator[tuple[Network, str, str]]) -> None:
        self._networks: dict[tuple[int, int], dict[int, tuple[str, str]]] = {}
        for network, country, asn in rows:
            size = (network.version, network.prefixlen)
            self._networks.setdefault(size, {})[int(network.network_address)] = (country, asn)
        self._sizes = sorted(self._networks, reverse=True)

    def about(self, address: str) -> tuple[str, str] | None:
        """Return an address's country and network; None if it is unknown or no address."""
        try:
            read = ipaddress.ip_address(address)
        except ValueError:
            return None
        for version, length in self._sizes:
            if version == read.version:
                shift = read.max_prefixlen - length
                held = self._networks[version, length].get(int(read) >> shift << shift)
                if held is not None:
                    return held
        return None


def load(path: Path) -> Known:
    """Read a file; raise UsageError with the line that is wrong."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return Known(_rows(path, csv.DictReader(file)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"--ip-info {path} cannot be read: {error}") from error


def _rows(path: Path, reader: "csv.DictReader[str]") -> Iterator[tuple[Network, str, str]]:
    missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise UsageError(
            f"--ip-info {path} has no column {', '.join(missing)}.",
            hint="its first line is: cidr,country,asn",
        )
    for row in reader:
        try:
            network = ipaddress.ip_network((row["cidr"] or "").strip(), strict=False)
        except ValueError as error:
            raise UsageError(f"--ip-info {path}, line {reader.line_num}: {error}") from error
        yield network, row["country"] or "", row["asn"] or ""
