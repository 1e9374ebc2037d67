"""A client of the service: `from serving.client import Framescope`, or `AsyncFramescope`.

It needs httpx and tenacity, and tqdm for progress bars. `docs/client.md` shows how to use it.
"""

from serving.client.answers import (
    Annotation,
    Codebook,
    ModelAnswer,
    RefusedText,
    RetrainAnswer,
    ScoredText,
)
from serving.client.asynchronous import AsyncFramescope
from serving.client.blocking import Framescope
from serving.client.documents import DocumentAnswer, DocumentParagraph, HeldFrame, StanceHolder
from serving.client.errors import (
    ConflictError,
    InvalidRequestError,
    NotAllowedError,
    ServiceError,
    UnavailableError,
    UnreachableError,
)

__all__ = [
    "Annotation",
    "AsyncFramescope",
    "Codebook",
    "ConflictError",
    "DocumentAnswer",
    "DocumentParagraph",
    "Framescope",
    "HeldFrame",
    "InvalidRequestError",
    "ModelAnswer",
    "NotAllowedError",
    "RefusedText",
    "RetrainAnswer",
    "ScoredText",
    "ServiceError",
    "StanceHolder",
    "UnavailableError",
    "UnreachableError",
]
