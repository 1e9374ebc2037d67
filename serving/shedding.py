"""What is said to requests to score while there is no room for them, before they are read.

Ten times what can be scored must not keep the cores from scoring: reading a request, finding its
route and writing its answer costs a tenth of scoring it.
"""

import re
from functools import lru_cache

from serving.counters import REFUSED
from serving.errors import ApiError, response, secure
from serving.overload import Room

SCORING = ("/", "/score", "/documents")
"""The paths that texts to score are sent to."""

_PART = 4
"""Who is refused may come again when this part of what waits has been scored."""

_HEAD = re.compile(
    rb"POST (?:%s) HTTP/1\.1\r\n((?:[!#-'*+.0-9A-Z^-z|~-]+:[\t -~]*\r\n)+)\r\n"
    % "|".join(SCORING).encode()
)
_LINE = re.compile(rb"([^:]+):[ \t]*([^\r]*?)[ \t]*\r\n")
_UNUSUAL = {b"transfer-encoding", b"connection", b"expect", b"upgrade"}


def refusal(room: Room, data: bytes) -> bytes | None:
    """Return the answer of 429 to `data` if that is plainly one request to score.

    Anything else than one head with no header twice, and a body as long as it says, is left to a
    parser.
    """
    if (head := _HEAD.match(data)) is None:
        return None
    lines = [(name.lower(), value) for name, value in _LINE.findall(head[1])]
    headers = dict(lines)
    if len(headers) < len(lines) or b"host" not in headers or _UNUSUAL & headers.keys():
        return None
    length = headers.get(b"content-length", b"")
    if not length.isdigit() or len(length) > 9 or len(data) - head.end() != int(length):
        return None
    REFUSED.labels(reason="queue_full").inc()
    return _answer(room.seconds(room.limit // _PART))


@lru_cache
def _answer(seconds: int) -> bytes:
    words = f"as many texts wait to be scored as may; ask again in {seconds} s"
    said = response(ApiError(429, "overloaded", words, retry_after=seconds))
    secure(said.headers)
    lines = [b"HTTP/1.1 429 Too Many Requests", *(b": ".join(one) for one in said.raw_headers)]
    return b"\r\n".join([*lines, b"", bytes(said.body)])
