"""What routes are given: the service's state, and what is served now.

Both are coroutines, since FastAPI hands a plain function to another thread: a third of what a
request cost beside its scoring.
"""

from typing import Annotated

from fastapi import Depends, Request

from serving.errors import ApiError
from serving.live import Live, Serving
from training.registry import HOW_TO_TRAIN


async def live(request: Request) -> Live:
    return request.app.state.live


FoundLive = Annotated[Live, Depends(live)]


async def serving(found: FoundLive) -> Serving:
    """Return what is served now; 503 while there is nothing."""
    if found.serving is None:
        raise ApiError(503, "no_model", found.problem or f"there is no model yet; {HOW_TO_TRAIN}")
    return found.serving


FoundServing = Annotated[Serving, Depends(serving)]
