"""How addresses are shown, and which of them are the public Internet's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digestbot.net.addresses import is_public_address, redact_url, redact_urls

SECRET = "s3cr3t"  # what is looked for


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org?key=s3cr3t", "https://example.org"),
        ("https://user:s3cr3t@example.org:8443/a%20b.md?key=1#x", "https://example.org:8443/a b.md"),
        ("https://s3cr3t@example.org/", "https://example.org/"),
        ("https://user:s3cr3t/more@example.org/a", "https://example.org/a"),
        ("https://user:s3cr3t?more@example.org/a", "https://example.org/a"),
        ("https://user:s3@cr3t@example.org/a", "https://example.org/a"),
        ("ftp://u:s3cr3t@h", "ftp://h"),
        ("https://example.org/@ada/feed", "https://example.org/@ada/feed"),
        ("https://example.org:80/@ada/feed", "https://example.org:80/@ada/feed"),
        ("http://[::1]:80/a@b?s3cr3t", "http://[::1]:80/a@b"),
        ("http://[x/?s3cr3t", "http://[x/"),
        ("https://example.org/a%0d%1b[2J#s3cr3t", "https://example.org/a��[2J"),
        ("u:s3cr3t@example.org", "example.org"),
        ("https://u:12/s3cr3t@example.org/x", "https://example.org/x"),
        ("http:/u:s3cr3t@example.org/x", "http:/example.org/x"),
        ("//u:s3cr3t@example.org/x", "//example.org/x"),
        ("https://localhost:80/@ada/feed", "https://localhost:80/@ada/feed"),
        ("https://example.org/a;key=s3cr3t", "https://example.org/a"),
        ("https://example.org/a%3Fkey=s3cr3t", "https://example.org/a"),
        ("https://example.org/a%25253fkey=s3cr3t", "https://example.org/a"),
        ("https://example.org/a%23s3cr3t", "https://example.org/a"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(url: str, shown: str) -> None:
    assert redact_url(url) == shown


@given(
    scheme=st.sampled_from(["http", "https", "ftp", "gopher"]),
    user=st.text("ab:@%[] é", max_size=9),
    host=st.sampled_from(["h.example", "127.0.0.1:80", "[::1]", "[x"]),
    path=st.text("ab/%.é", max_size=9),
)
def test_no_user_and_no_query_is_ever_shown(scheme: str, user: str, host: str, path: str) -> None:
    for url in (f"{scheme}://{user}:{SECRET}/x@{host}/{path}", f"{scheme}://{host}/{path}?{user}={SECRET}#{SECRET}"):
        assert SECRET not in redact_url(url), url
        assert SECRET not in redact_urls(f"it failed: <{url}>".replace(" ", "")), url


def test_addresses_in_a_sentence_are_shown_so_too() -> None:
    told = "GET 'https://u:s3cr3t@a.example/x?k=s3cr3t' failed, see http://b.example/y#s3cr3t (tried 2 times)"
    assert redact_urls(told) == "GET 'https://a.example/x' failed, see http://b.example/y (tried 2 times)"
    for hidden in ("https://u:p's3cr3t@h.example/x?key=1", "1https://u:s3cr3t@h.example/", "http:/u:s3cr3t@h.example"):
        assert "s3cr3t" not in redact_urls(f"it failed at {hidden} twice")


PRIVATE = [
    "127.0.0.1",
    "127.8.9.1",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "0.1.2.3",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fec0::1",
    "fc00::1",
    "fd00::1",
    "ff02::1",
    "ff0e::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "2002:a9fe:a9fe::",
    "64:ff9b::7f00:1",
    "64:ff9b::192.168.1.1",
    "64:ff9b:1::8.8.8.8",
    "2001:0:7f00:1::",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "172.32.0.1",
    "223.255.255.255",
    "::ffff:8.8.8.8",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "2002:808:808::",
    "64:ff9b::8.8.8.8",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_no_public_host_is_known_in_every_form(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_a_public_host_is_one(address: str) -> None:
    assert is_public_address(address)
