"""Whether a request's Host names this machine: a web page elsewhere can make a name of its own lead here."""

import socket


def is_known(head):
    """An address, a name without a dot (the machine or its network gives those), or one that leads nowhere else."""
    _, *lines = head.split(b"\r\n")
    hosts = [line[5:] for line in lines if line[:5].lower() == b"host:"]
    # no browser leaves it out
    return not hosts or (len(hosts) == 1 and is_local(hosts[0].decode("latin-1").strip().lower()))


def is_local(host):
    name = without_port(host).rstrip(".")
    if name.startswith("[") and name.endswith("]"):
        return is_address(name[1:-1])
    has_no_dot = name.replace("-", "").replace("_", "").isalnum()
    return is_address(name) or has_no_dot or name.endswith((".localhost", ".internal"))


def without_port(host):
    name, colon, port = host.rpartition(":")
    return name if colon and (port == "" or port.isdigit()) else host


def is_address(text):
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, text)
        except (OSError, ValueError):
            continue
        return True
    return False
