"""
Heads of HTTP messages (RFC 9112; RFC 6455 sections 4.1 and 4.2): good ones, and what can be wrong with them.

A head is a list of lines to begin with, so that mutations can move, repeat, drop and bend them; then bytes,
so that the rest of the mutations can be of any kind.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Line = tuple[bytes, bytes]

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="

#: Stands for the token that answers the key which the client chose at random.
ACCEPT = b"{accept-token-of-28-bytes..}"

REQUEST: list[Line] = [
    (b"Host", b"example.com"),
    (b"Upgrade", b"websocket"),
    (b"Connection", b"Upgrade"),
    (b"Sec-WebSocket-Key", KEY),
    (b"Sec-WebSocket-Version", b"13"),
]

RESPONSE: list[Line] = [
    (b"Upgrade", b"websocket"),
    (b"Connection", b"Upgrade"),
    (b"Sec-WebSocket-Accept", ACCEPT),
]

#: Values for each header that the handshake looks at, right and wrong.
VALUES: dict[bytes, list[bytes]] = {
    b"Host": [
        b"example.com:8080",
        b"[::1]:80",
        b"",
        b"xn--bcher-kva.example",
        b"a" * 70 + b".example",
        b"b\xc3\xbccher",
        b"a..b",
        b".",
        b"EXAMPLE.com",
        b"xn--",
        b"xn--a",
        b"a b",
        b"127.0.0.1",
    ],
    b"Upgrade": [b"WebSocket", b"WEBSOCKET", b"websockets", b"", b"h2c", b"websocket, h2c", b"h2c,websocket"],
    b"Connection": [
        b"upgrade",
        b"keep-alive, Upgrade",
        b"UPGRADE,close",
        b"close",
        b"",
        b",,Upgrade,",
        b"upgraded",
        b"\xffUpgrade",
        b"Upgrade;q=1",
        b"keep-alive",
    ],
    b"Sec-WebSocket-Key": [b"", b"short", KEY + KEY, b"not base64 at all", b"\xe9"],
    b"Sec-WebSocket-Version": [b"8", b"", b"13, 8", b"013", b"13 ", b"x", b"\xff"],
    b"Sec-WebSocket-Protocol": [
        b"chat",
        b"chat, superchat",
        b"",
        b" , chat,,",
        b"chat,chat",
        b"\xc3\xa9",
        b"a b",
    ],
    b"Sec-WebSocket-Extensions": [
        b"permessage-deflate",
        b"permessage-deflate; client_max_window_bits",
        b"x-fake; a=b",
        b"",
        b",",
        b"x, y; z, permessage-deflate; server_max_window_bits=10",
        b"\xff",
        b'x-fake; q="a, b"',
        b"permessage-deflate; server_max_window_bits=7",
    ],
    b"Sec-WebSocket-Accept": [
        b"",
        b"wrong",
        b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        b" " + ACCEPT,
        ACCEPT.upper(),
        b"\xff",
    ],
    b"Content-Length": [
        b"0",
        b"5",
        b"5, 5",
        b"5, 6",
        b"-1",
        b"+5",
        b"1_0",
        b"",
        b"x",
        b"99999999999999999999",
        b"05",
    ],
    b"Transfer-Encoding": [
        b"chunked",
        b"Chunked",
        b"gzip, chunked",
        b"gzip",
        b"identity",
        b"",
        b"chunked, chunked",
    ],
    b"Expect": [b"100-continue"],
    b"Cookie": [b"a=b", b"a=\xe9", b"\x80"],
    b"X-Anything": [
        b"value",
        b"",
        b"tab\tinside",
        b"nul\x00inside",
        b"del\x7f",
        b"bell\x07",
        b"trailing  ",
        b"a" * 300,
    ],
    b"": [b"nameless"],
    b"Bad Name": [b"x"],
    b"Bad:Colon": [b"x"],
    b"B\xc3\xa4d": [b"x"],
    b"Bad\x00": [b"x"],
    b"!#$%&'*+-.^_`|~": [b"token characters"],
    b"(paren)": [b"x"],
}

names = st.sampled_from(sorted(VALUES))
lines = names.flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(VALUES[name])))

separators = st.sampled_from([b": "] * 20 + [b":", b":  ", b" : ", b":\t", b"", b"\t:", b" ", b": \t "])
endings = st.sampled_from([b"\r\n"] * 12 + [b"\n", b"\r\r\n", b"\r", b" \r\n", b"\t \n"])

request_lines = st.one_of(
    *[st.just(b"GET /chat HTTP/1.1")] * 12,
    st.sampled_from(
        [
            b"GET / HTTP/1.1",
            b"GET /a?b=c#d HTTP/1.1",
            b"GET http://example.com/ HTTP/1.1",
            b"GET * HTTP/1.1",
            b"GET chat HTTP/1.1",
            b"POST / HTTP/1.1",
            b"HEAD / HTTP/1.1",
            b"get / HTTP/1.1",
            b"OPTIONS * HTTP/1.1",
            b"CONNECT example.com:80 HTTP/1.1",
            b"GET / HTTP/1.0",
            b"GET / HTTP/2.0",
            b"GET / HTTP/1.2",
            b"GET /",
            b"GET / HTTP/1",
            b"GET / http/1.1",
            b"GET  / HTTP/1.1",
            b"GET / HTTP/1.1 ",
            b" GET / HTTP/1.1",
            b"GET /\xc3\xa9 HTTP/1.1",
            b"GET /\x00 HTTP/1.1",
            b"GET / /b HTTP/1.1",
            b"G@T / HTTP/1.1",
            b"",
            b"\r\nGET / HTTP/1.1",
            b"\nGET / HTTP/1.1",
            b"GET /%20 HTTP/1.1",
            b"GET /" + b"x" * 3000 + b" HTTP/1.1",
            b"\x16\x03\x01\x02\x00",
            b"PRI * HTTP/2.0",
        ]
    ),
)

status_lines = st.one_of(
    *[st.just(b"HTTP/1.1 101 Switching Protocols")] * 12,
    st.sampled_from(
        [
            b"HTTP/1.1 101",
            b"HTTP/1.1 101 ",
            b"HTTP/1.0 101 OK",
            b"HTTP/1.1 200 OK",
            b"HTTP/1.1 404 Not Found",
            b"HTTP/1.1 426 Upgrade Required",
            b"HTTP/1.1 204 No Content",
            b"HTTP/1.1 304 Not Modified",
            b"HTTP/1.1 999 x",
            b"HTTP/1.1 99 x",
            b"HTTP/1.1 1000 x",
            b"HTTP/1.1 600 x",
            b"HTTP/1.1 401 \xe9",
            b"HTTP/1.1 503 a\tb",
            b"HTTP/2 101 x",
            b"HTTP/1.1  101 x",
            b"http/1.1 101 x",
            b"HTTP/1.1 10 x",
            b"HTTP/1.1 +101 x",
            b"HTTP/1.1 101 \x00",
            b"",
            b"ICY 200 OK",
            b"HTTP/1.1",
            b" HTTP/1.1 101 x",
            b"HTTP/1.0 200 OK",
            b"HTTP/1.1 301 Moved",
            b"HTTP/1.1 500 ",
        ]
    ),
)


@st.composite
def heads(draw: st.DrawFn, first_lines: Any, good: list[Line]) -> bytes:
    """Return a head: the good one with some of it changed, or none."""
    head = list(good)
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 1, 2, 3]))):
        kind = draw(st.integers(0, 5))
        where = draw(st.integers(0, max(len(head) - 1, 0)))
        if kind == 0 and head:
            del head[where]
        elif kind == 1 and head:
            name = head[where][0]
            head[where] = (name, draw(st.sampled_from(VALUES[name])) if name in VALUES else b"x")
        elif kind == 2 and head:
            name, value = head[where]
            head[where] = (draw(st.sampled_from([name.lower(), name.upper(), name.swapcase()])), value)
        elif kind == 3 and head:
            head.append(head[where])
        elif kind == 4:
            head = draw(st.permutations(head))
        else:
            head.insert(where, draw(lines))
    bent = draw(st.integers(0, 5)) == 0
    out = [draw(first_lines), draw(endings) if bent else b"\r\n"]
    for name, value in head:
        out += [name, draw(separators) if bent else b": ", value, draw(endings) if bent else b"\r\n"]
        if bent and draw(st.integers(0, 7)) == 0:
            out.append(draw(st.sampled_from([b" folded\r\n", b"\tfolded\r\n", b"   \r\n", b" a\n b\r\n"])))
    return b"".join([*out, draw(st.sampled_from([b"\r\n"] * 9 + [b"\n", b"", b"\r"])) if bent else b"\r\n"])


@st.composite
def mangled(draw: st.DrawFn, data: bytes) -> bytes:
    """Return the bytes, with up to a few of them changed."""
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        where = draw(st.integers(0, len(data)))
        noise = draw(
            st.one_of(
                st.binary(max_size=3),
                st.sampled_from(
                    [b"\r\n", b"\n", b" ", b"\t", b":", b",", b"\x00", b"\xff", b"\r\n\r\n", b"\r\n "]
                ),
            )
        )
        data = data[:where] + noise + data[where + draw(st.integers(0, 2)) :]
    return data


requests = heads(request_lines, REQUEST).flatmap(mangled)
responses = heads(status_lines, RESPONSE)

#: Bodies of rejections, in each of the framings that HTTP/1.1 has, right and wrong.
BODIES: list[tuple[Line | None, list[bytes]]] = [
    (None, [b"", b"until the end", b"x" * 5000]),
    ((b"Content-Length", b"5"), [b"hello", b"hel", b"hello and more", b""]),
    ((b"Content-Length", b"0"), [b"", b"surprise"]),
    (
        (b"Transfer-Encoding", b"chunked"),
        [
            b"5\r\nhello\r\n0\r\n\r\n",
            b"5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n",
            b"A;ext=1\r\n0123456789\r\n0\r\n\r\n",
            b"0\r\n\r\n",
            b"5\r\nhello",
            b"5\r\nhelloXX0\r\n\r\n",
            b"x\r\n",
            b"-5\r\nhello\r\n",
            b"5 \r\nhello\r\n0\r\n\r\n",
            b"0\r\nTrailer: x\r\n\r\n",
            b"5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            b"5\nhello\n0\n\n",
            b"00005\r\nhello\r\n0\r\n\r\n",
            b"123456789012345678901\r\n",
            b"\r\n",
            b"0x5\r\nhello\r\n0\r\n\r\n",
            b"5\r\nhello\r0\r\n\r\n",
        ],
    ),
]


@st.composite
def rejections(draw: st.DrawFn) -> bytes:
    """Return a response that is not an upgrade, with its body."""
    line, bodies = draw(st.sampled_from(BODIES))
    status = draw(
        st.sampled_from(
            [b"400 Bad Request", b"404 Not Found", b"200 OK", b"204 No Content", b"304 Same", b"503 "]
        )
    )
    version = draw(st.sampled_from([b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0"]))
    head = [draw(lines)] if draw(st.integers(0, 3)) == 0 else [(b"Server", b"test")]
    head += [line] if line else []
    written = b"".join(name + b": " + value + b"\r\n" for name, value in head)
    return version + b" " + status + b"\r\n" + written + b"\r\n" + draw(st.sampled_from(bodies))
