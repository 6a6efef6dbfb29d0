"""The guard: what may be connected to, in every form that an address can be written."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from prelabel.errors import FetchError, FetchRefused
from prelabel.fetch import guard
from prelabel.fetch.guard import Allowed, check, literal, refusal

NOTHING = Allowed.of([])

REFUSED = {
    "127.0.0.1": "this machine",
    "127.255.255.254": "this machine",
    "0.0.0.0": "this machine",
    "::1": "this machine",
    "::": "this machine",
    "10.0.0.1": "a private network",
    "172.16.0.1": "a private network",
    "172.31.255.255": "a private network",
    "192.168.1.1": "a private network",
    "100.64.0.1": "a private network",
    "100.100.100.200": "a private network",
    "fc00::1": "a private network",
    "fd00:ec2::254": "a private network",
    "fec0::1": "a private network",
    "64:ff9b:1::8.8.8.8": "a private network",
    "169.254.169.254": "a link-local or metadata address",
    "169.254.170.2": "a link-local or metadata address",
    "168.63.129.16": "a link-local or metadata address",
    "fe80::1": "a link-local or metadata address",
    "fe80::1%eth0": "a link-local or metadata address",
    "224.0.0.1": "a multicast address",
    "239.255.255.250": "a multicast address",
    "ff02::1": "a multicast address",
    "192.0.0.192": "a reserved address",
    "192.0.2.1": "a reserved address",
    "198.18.0.1": "a reserved address",
    "198.51.100.1": "a reserved address",
    "203.0.113.1": "a reserved address",
    "240.0.0.1": "a reserved address",
    "255.255.255.255": "a reserved address",
    "2001:db8::1": "a reserved address",
    "3fff::1": "a reserved address",
    "100::1": "a reserved address",
    "4000::1": "a reserved address",
    "::ffff:127.0.0.1": "this machine",
    "::ffff:169.254.169.254": "a link-local or metadata address",
    "::127.0.0.1": "this machine",
    "64:ff9b::127.0.0.1": "this machine",
    "64:ff9b::a9fe:a9fe": "a link-local or metadata address",
    "2002:7f00:1::": "this machine",
    "2002:c0a8:101::1": "a private network",
    "2001:0:a00:1::1": "a private network",
    "2001:0:808:808::f5ff:fffe": "a private network",
    "2a00:1450::5efe:a00:1": "a private network",
    "2a00:1450::200:5efe:127.0.0.1": "this machine",
}
PUBLIC = [
    *("8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.63.255.255", "169.253.0.1"),
    *("2606:4700::1111", "2a00:1450:4001::8a", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"),
    *("2002:808:808::1", "223.255.255.255", "11.0.0.1", "192.167.0.1"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED.items())
def test_refused(text: str, reason: str) -> None:
    assert refusal(ipaddress.ip_address(text)) == reason


@pytest.mark.parametrize("text", PUBLIC)
def test_public(text: str) -> None:
    assert refusal(ipaddress.ip_address(text)) == ""


def test_nothing_is_let_through_that_python_calls_private() -> None:
    for text in (*REFUSED, *PUBLIC):
        address = ipaddress.ip_address(text)
        if not address.is_global and address.version == 4:
            assert refusal(address), text


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001"),
        *("127.1", "127.0.1", "127.0.0.1.", "0x7F.0x0.0x0.0x1"),
    ],
)
def test_numbers_mean_the_same_in_every_form(host: str) -> None:
    assert literal(host) == ipaddress.ip_address("127.0.0.1")


@pytest.mark.parametrize(
    "host", ["example.com", "a-b.c_d.example", "xn--bcher-kva.de", "localhost."]
)
def test_names_are_left_to_the_resolver(host: str) -> None:
    assert literal(host) is None


@pytest.mark.parametrize(
    "host", ["", "ex%61mple.com", "a..b", "-a.b", "a b", "127.0.0.1 x", "x" * 64]
)
def test_what_is_neither_is_refused(host: str) -> None:
    with pytest.raises(FetchRefused, match="is no host name"):
        literal(host)


def test_one_private_address_among_public_ones_is_enough() -> None:
    found = [ipaddress.ip_address(text) for text in ("8.8.8.8", "10.0.0.1")]
    with pytest.raises(
        FetchRefused, match=r"^pics\.example is a private network \(setting allowed_"
    ):
        check("pics.example", 80, found, NOTHING)
    assert check("pics.example", 80, found[:1], NOTHING) == found[:1]


def test_a_host_without_an_address() -> None:
    with pytest.raises(FetchError, match="has no address"):
        check("pics.example", 80, [], NOTHING)


@pytest.mark.parametrize(
    ("entry", "host", "address", "allowed"),
    [
        ("label-studio", "label-studio", "172.18.0.2", True),
        ("Label-Studio.", "label-studio", "172.18.0.2", True),
        ("label-studio", "label-studio.example", "172.18.0.2", False),
        ("10.1.0.0/16", "pics", "10.1.2.3", True),
        ("10.1.0.0/16", "pics", "::ffff:10.1.2.3", True),
        ("10.1.0.0/16", "pics", "10.2.0.1", False),
        ("127.0.0.1", "localhost", "127.0.0.1", True),
        ("127.0.0.1", "localhost", "::1", False),
        ("[::1]", "localhost", "::1", True),
    ],
)
def test_what_the_settings_allow(entry: str, host: str, address: str, allowed: bool) -> None:
    found = ipaddress.ip_address(address)
    assert Allowed.of([entry]).allows(host, 80, found) is allowed


def test_own_addresses_are_known() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("127.0.0.1", 9))
        own = ipaddress.ip_address(probe.getsockname()[0])
    assert guard.is_own(own)
    assert not guard.is_own(ipaddress.ip_address("8.8.8.8"))
