"""What may stand after the question mark of an address."""

from collections import Counter

from fastapi import Request

from serving.errors import ApiError


async def check_query(request: Request) -> None:
    """Refuse a parameter that a route does not know, or that is given twice: it would be ignored.

    A route that knows none takes any, as those that proxies and mail programs add.

    Raises:
        ApiError: 422, naming the parameter.
    """
    known = [one.alias for one in request.scope["route"].dependant.query_params]
    if not known:
        return
    given = Counter(name for name, _ in request.query_params.multi_items())
    for name, times in given.items():
        if name not in known:
            raise ApiError(422, "invalid_request", f"{name}: no such parameter; known: {known}")
        if times > 1:
            raise ApiError(422, "invalid_request", f"{name}: given {times} times; give it once")
