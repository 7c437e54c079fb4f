"""Asks a MongoDB server by its wire protocol, for its shell is seldom there: `mongodb_ask.py URL [initiate]`.

Without more, the exit status is 0 when it is the primary of a replica set. With `initiate` it becomes the only member
of one.
"""

import socket
import struct
import sys
from urllib.parse import urlsplit


def number(name: str, value: int) -> bytes:
    return b"\x10" + name.encode() + b"\0" + struct.pack("<i", value)


def text(name: str, value: str) -> bytes:
    return b"\x02" + name.encode() + b"\0" + struct.pack("<i", len(value) + 1) + value.encode() + b"\0"


def document(*parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def inner(name: str, value: bytes, kind: bytes = b"\x03") -> bytes:
    return kind + name.encode() + b"\0" + value


def ask(host: str, port: int, command: bytes) -> bytes:
    message = struct.pack("<i", 0) + b"\0" + command
    answer = b""
    with socket.create_connection((host, port), 3) as server:
        server.settimeout(20)
        server.sendall(struct.pack("<iiii", 16 + len(message), 1, 0, 2013) + message)
        while len(answer) < 4 or len(answer) < struct.unpack("<i", answer[:4])[0]:
            more = server.recv(65536)
            if not more:
                break
            answer += more
    return answer


def main(url: str, what: str = "") -> int:
    """The exit status."""
    place = urlsplit(url).netloc.rpartition("@")[2].split(",")[0]
    host, _, port = place.partition(":")
    where, admin = (host, int(port or 27017)), text("$db", "admin")
    try:
        if what == "initiate":
            members = inner(
                "members", document(inner("0", document(number("_id", 0), text("host", place)))), b"\x04"
            )
            wanted = document(text("_id", "rs0"), members)
            ask(*where, document(inner("replSetInitiate", wanted), admin))
            return 0
        answer = ask(*where, document(number("hello", 1), admin))
    except OSError:
        return 1
    return 0 if b"setName" in answer and b"\x08isWritablePrimary\0\x01" in answer else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
