"""Whose requests count together."""

import ipaddress
import re

# As some proxies write them: with the port the client spoke from.
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](?::\d+)?|(?P<four>[\d.]+):\d+")
NETWORK_BITS = 64


def counted_as(address: str) -> str:
    """An IPv4 address as it is; of an IPv6 one its /64 network, all of which one household or phone is given.

    An IPv4 address in the clothes of IPv6 (::ffff:203.0.113.7) is IPv4. What is no address stays as it is.
    """
    with_port = _WITH_PORT.fullmatch(address)
    host = (with_port["six"] or with_port["four"]) if with_port else address
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            return str(ipaddress.IPv6Network((int(ip), NETWORK_BITS), strict=False))
        ip = ip.ipv4_mapped
    return str(ip)
