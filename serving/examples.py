"""Examples of scoring and of the model, for the OpenAPI document. Those of labels are beside.

Answers are of the starter model, with two of its five frames. Tests send every request to a real
service, and read every answer as what the route declares.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Example:
    """What is sent to a route, and what comes back.

    `requests` are by name; `parameters` are those of the path or the query. `errors` are by status,
    for what the route says in words of its own: each the error's `type` and `message`.
    """

    answer: Any
    requests: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    errors: dict[int, tuple[str, str]] = field(default_factory=dict)


def _frame(
    label: str, score: float, threshold: float, stances: tuple[float, float, float], **more: Any
) -> dict[str, Any]:
    scores = dict(zip(("favor", "against", "neutral"), stances, strict=True))
    present = score >= threshold
    return {
        "label": label,
        "score": score,
        "threshold": threshold,
        "present": present,
        "uncertain": False,
        "stance": {"label": max(scores, key=scores.__getitem__) if present else None}
        | {"scores": scores},
        **more,
    }


def _result(frames: list[dict[str, Any]], tokens: int) -> dict[str, Any]:
    read = {"language": "en", "language_supported": True, "truncated": False, "tokens": tokens}
    return {"frames": frames, **read}


_MODEL = "20260301-120000-4fd6d34f"
_CODEBOOK = {"name": "technology-in-world-politics", "version": 1}
_ABOUT = {"model": _MODEL, "member": "ensemble", "codebook": _CODEBOOK}
_FIGURE = {"value": 0.86, "low": 0.85, "high": 0.87, "n": 1945}

_TEXT = "Data must stay on national soil. The law comes into force in May."
_EVIDENCE = {
    "sentences": [
        {"start": 0, "end": 32, "contribution": 0.81},
        {"start": 33, "end": 65, "contribution": 0.002},
    ],
    "words": [
        {"start": 18, "end": 26, "contribution": 2.91},
        {"start": 27, "end": 31, "contribution": 1.68},
    ],
}
_SOVEREIGN = _frame("sovereignty", 0.991, 0.42, (0.31, 0.05, 0.64), evidence=_EVIDENCE)
_NOT_SAFETY = _frame("safety", 0.012, 0.44, (0.66, 0.01, 0.33))

_QUOTED = "“We will build our own chips and ask nobody for them,” said Ana Lopez."
_DOCUMENT = (
    f"An accord\n\nBoth states agreed to share test results.\n\n{_QUOTED}\n\nRead also: Chips"
)
_HELD = {"holder": {"kind": "speaker", "name": "Ana Lopez"}}
_OWN = {"holder": {"kind": "author", "name": None}}


def _paragraph(start: int, end: int, kind: str, **more: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {"speaker": None, **_OWN, "quotations": [], "result": None}
    return {"start": start, "end": end, "kind": kind, **usual, **more}


def _count(label: str, favor: int) -> dict[str, Any]:
    stances = {"favor": favor, "against": 0, "neutral": 0}
    return {"label": label, "present": favor, "stances": stances}


_PARAGRAPHS = [
    _paragraph(0, 9, "title"),
    _paragraph(
        11, 52, "body",
        result=_result([
            _frame("cooperation", 0.999, 0.37, (0.75, 0.01, 0.24), **_OWN),
            _frame("sovereignty", 0.002, 0.42, (0.41, 0.01, 0.58)),
        ], 10),
    ),
    _paragraph(
        54, 124, "body",
        speaker="Ana Lopez", **_HELD,
        quotations=[{"start": 55, "end": 107, "speaker": "Ana Lopez"}],
        result=_result([
            _frame("sovereignty", 0.998, 0.42, (0.99, 0.01, 0.0), **_HELD),
            _frame("cooperation", 0.004, 0.37, (0.74, 0.16, 0.1)),
        ], 20),
    ),
    _paragraph(126, 142, "boilerplate"),
]  # fmt: skip

_SPEAKERS = [
    {
        "name": None, "kind": "author", "paragraphs": 1,
        "frames": [_count("sovereignty", 0), _count("cooperation", 1)],
    },
    {
        "name": "Ana Lopez", "kind": "speaker", "paragraphs": 1,
        "frames": [_count("sovereignty", 1), _count("cooperation", 0)],
    },
]  # fmt: skip

SCORING = {
    "POST /score": Example(
        {
            **_ABOUT,
            "results": [
                _result([_SOVEREIGN, _NOT_SAFETY], 17),
                {"id": 8, "error": {"type": "invalid_text", "message": "the text is empty"}},
            ],
        },
        {
            "one text": {"texts": ["Both sides agreed to share test results."]},
            "with ids and evidence": {"texts": [_TEXT, {"id": 8, "text": ""}], "explain": True},
        },
        errors={422: ("invalid_request", "texts: List should have at most 256 items, not 300")},
    ),
    "POST /documents": Example(
        {
            **_ABOUT,
            "document": {
                "title": "An accord", "author": None, "date": None, "language": None,
                "format": "markdown",
            },
            "text": _DOCUMENT,
            "paragraphs": _PARAGRAPHS,
            "totals": {
                "paragraphs": 2,
                "frames": [
                    {**_count("sovereignty", 1), "share": 0.5},
                    {**_count("cooperation", 1), "share": 0.5},
                ],
                "speakers": _SPEAKERS,
            },
        },
        {
            "Markdown": {"content": f"# {_DOCUMENT}", "format": "markdown"},
            "HTML": {
                "content": "<h1>An accord</h1><p>Both states agreed to share test results.</p>",
                "explain": True,
            },
        },
        errors={
            413: ("too_large", "the body is larger than 8,388,608 bytes; send it in parts"),
            422: ("empty", "the document holds no text"),
            503: ("busy", "16 documents wait to be read; try again later"),
        },
    ),
    "POST /": Example(
        [[{"label": "cooperation", "score": 0.999}, {"label": "safety", "score": 0.124}]],
        {
            "one text": {
                "inputs": "Both sides agreed to share test results.",
                "parameters": {"top_k": 2},
            },
            "several": {"inputs": ["Both sides agreed.", "Every nation must build its own chips."]},
        },
        errors={422: ("invalid_text", "inputs[1]: the text is empty")},
    ),
    "GET /model": Example(
        {
            **_ABOUT,
            "created": "2026-03-01T12:00:00.000000+00:00",
            "base_model": "all-MiniLM-L6-v2",
            "max_tokens": 256,
            "frames": [
                {"label": "sovereignty", "threshold": 0.42, "band": [0.35, 0.5]},
                {"label": "safety", "threshold": 0.44, "band": [0.34, 0.53]},
            ],
            "languages": {
                "en": {"n": 925, "macro_f1": 0.87, "supported": True},
                "fr": {"n": 36, "macro_f1": 0.72, "supported": False},
            },
            "labels_hash": "l1:a599e2465f63788004da4c0c63ae7277",
            "evaluation": {
                "data": "frozen test part",
                "n": 1945,
                "macro_f1": _FIGURE,
                "stance_macro_f1": None,
                "joint_micro_f1": None,
            },
        }
    ),
    "GET /models": Example(
        {
            "models": [
                {
                    "model": _MODEL,
                    "created": "2026-03-01T12:00:00.000000+00:00",
                    "base_model": "all-MiniLM-L6-v2",
                    "champion": True,
                    "pruned": False,
                    "macro_f1": _FIGURE,
                    "report": f"reports/{_MODEL}",
                }
            ],
            "promotions": [
                {
                    "model": _MODEL,
                    "at": "2026-03-01T12:05:00.000000+00:00",
                    "by": "framescope retrain",
                    "reason": "better by 0.044 [0.033, 0.056]",
                }
            ],
        }
    ),
    "GET /codebook": Example(
        {
            **_CODEBOOK,
            "frames": [
                {
                    "name": "safety",
                    "claim": "The dangers of technology call for rules and limits.",
                    "definition": "Technology as a danger to people.",
                    "inside": ["accidents, misuse, loss of control"],
                    "outside": ["security of the state alone"],
                    "examples": [
                        {
                            "text": "No ferry should sail by a chart that nobody has checked.",
                            "stance": "favor",
                            "why": "It urges a safeguard.",
                        }
                    ],
                }
            ],
            "stances": [
                {"name": "favor", "definition": "The text supports the claim."},
                {"name": "against", "definition": "The text contests the claim."},
            ],
            "language": "en",
            "min_frames": 0,
            "guidelines": "",
        }
    ),
}  # fmt: skip
