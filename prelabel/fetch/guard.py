"""Which addresses may be connected to: public ones, and those that the settings allow.

Without this, whoever may name a picture could read what only this machine can reach: its own
services, the network behind it, the cloud's metadata address (server-side request forgery).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from prelabel.errors import FetchError, FetchRefused

__all__ = ["Allowed", "literal", "refusal"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Place = tuple[str, int]

REFUSED: dict[str, tuple[str, ...]] = {
    "this machine": ("127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128"),
    "a private network": (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
        *("fec0::/10", "100.64.0.0/10", "64:ff9b:1::/48"),
    ),
    "a link-local or metadata address": ("169.254.0.0/16", "fe80::/10", "168.63.129.16/32"),
    "a multicast address": ("224.0.0.0/4", "ff00::/8"),
    "a reserved address": (
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4"),
        *("100::/64", "2001:2::/48", "2001:10::/28", "2001:20::/28", "2001:db8::/32"),
        *("3fff::/20", "5f00::/16"),
    ),
}
"""IANA's special-purpose registries (RFC 6890), in the words of the error; 168.63.129.16 is
Azure's service address, which lies in public space."""

NETWORKS = [(what, ipaddress.ip_network(n)) for what, nets in REFUSED.items() for n in nets]
GLOBAL_6 = ipaddress.ip_network("2000::/3")
NAT64 = ipaddress.ip_network("64:ff9b::/96")
COMPATIBLE = ipaddress.ip_network("::/96")
ISATAP = (0x0000_5EFE, 0x0200_5EFE)

NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the settings allow although it is private: names, networks of addresses, and places:
    one port of one host, as it is written.
    """

    names: frozenset[str]
    networks: tuple[Network, ...]
    places: frozenset[Place] = frozenset()

    @classmethod
    def of(cls, entries: Iterable[str], places: Iterable[Place] = ()) -> Allowed:
        """From setting `allowed_hosts`: names, addresses, or networks like ``10.1.0.0/16``."""
        names, networks = set(), []
        for entry in entries:
            try:
                networks.append(ipaddress.ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                names.add(entry.lower().rstrip("."))
        ports = frozenset((host.lower().rstrip("."), port) for host, port in places)
        return cls(frozenset(names), tuple(networks), ports)

    def allows(self, host: str, port: int, address: Address) -> bool:
        """Whether this port of this host, or the address it has, is allowed whatever it is."""
        plain = getattr(address, "ipv4_mapped", None) or address
        name = host.lower().rstrip(".")
        if name in self.names or (name, port) in self.places:
            return True
        return any(plain.version == n.version and plain in n for n in self.networks)


def literal(host: str) -> Address | None:
    """The address that a host written in numbers means, in every form that systems accept.

    127.0.0.1 is also 2130706433, 0x7f.1, 0177.0.0.1 and 127.1. None for a name; FetchRefused for
    what is neither.
    """
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    if not NAME.fullmatch(host) or len(host) > 253:
        raise FetchRefused(f"{host[:60]!r} is no host name")
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host.rstrip(".")))
    except OSError:
        return None


def refusal(address: Address) -> str:
    """Why the address may not be connected to; "" where it may."""
    for inner in _embedded(address):
        reason = refusal(inner)
        if reason:
            return reason
    if isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or address in NAT64):
        return ""
    reason = next((what for what, network in NETWORKS if address in network), "")
    if reason or address.version == 4 or address in GLOBAL_6:
        return reason
    return "a reserved address"


def _embedded(address: Address) -> list[ipaddress.IPv4Address]:
    """IPv4 addresses that packets to an IPv6 address end up at: mapped, compatible, NAT64, 6to4,
    Teredo, ISATAP (RFC 4291, 6052, 3056, 4380, 5214).
    """
    if isinstance(address, ipaddress.IPv4Address):
        return []
    low = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64 or (address in COMPATIBLE and int(address) > 0xFFFF):
        found.append(low)
    if int(address) >> 32 & 0xFFFF_FFFF in ISATAP:
        found.append(low)
    return [inner for inner in found if inner is not None]


def is_own(address: Address) -> bool:
    """Whether the address belongs to an interface of this machine (asks the routes, sends nothing).

    A datagram socket that is connected takes the source address that the route has: for an own
    address, that very address.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 9))
            return ipaddress.ip_address(probe.getsockname()[0]) == address
    except (OSError, ValueError):
        return False


def check(host: str, port: int, addresses: Iterable[Address], allowed: Allowed) -> list[Address]:
    """The addresses of a host, when every one of them may be connected to; else FetchRefused."""
    found = list(addresses)
    if not found:
        raise FetchError(f"{host} has no address")
    for address in found:
        if allowed.allows(host, port, address):
            continue
        reason = refusal(address) or ("this machine" if is_own(address) else "")
        if reason:
            raise FetchRefused(
                f"{host} is {reason}", hint="setting allowed_hosts names the exceptions"
            )
    return found
