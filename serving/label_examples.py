"""Examples of labels, the queue, disputes and retraining, for the OpenAPI document."""

from serving.examples import Example

_TEXT_ID = "p1:168cff50a5a7cb80ad57caf8"
_ACCORD = "Both sides agreed to share test results."
_AT = "2026-03-02T09:30:00.000000+00:00"
_NEWER = "20260302-100000-9e44b1d5"
_OLDER = "20260301-120000-4fd6d34f"

_QUEUED = {
    "number": 12,
    "text_id": _TEXT_ID,
    "batch": "monday",
    "text": _ACCORD,
    "id": None,
    "lang": "en",
    "source": None,
    "document": None,
    "date": None,
    "sampled": "random",
    "meta": {},
    "frames": None,
}
_QUEUE = {"annotator": "maria", "answered": 11, "total": 40, "now": _AT, "texts": [_QUEUED]}
_FAR = {
    "state": "running",
    "stage": "encoding",
    "percent": 31.5,
    "eta_seconds": 240.0,
    "started": _AT,
    "ended": None,
    "challenger": None,
    "champion": _OLDER,
    "promoted": False,
    "reasons": [],
    "report": None,
    "new_answers": 0,
}
_DONE = {
    **_FAR,
    "state": "done",
    "stage": "deciding",
    "percent": 100.0,
    "eta_seconds": None,
    "ended": "2026-03-02T10:05:00.000000+00:00",
    "challenger": _NEWER,
    "champion": _NEWER,
    "promoted": True,
    "reasons": ["better by 0.044 [0.033, 0.056]"],
    "report": f"reports/{_NEWER}",
}
_FAULTY = (
    "invalid_labels",
    "1 problem(s), nothing was stored: annotations[0]: unknown frames ['saftey']",
)

LABELS = {
    "GET /me": Example({"name": "maria", "role": "annotator"}),
    "GET /labels": Example(
        {
            "annotations": [
                {
                    "text_id": _TEXT_ID,
                    "text": _ACCORD,
                    "frames": {"cooperation": "favor"},
                    "annotator": "maria",
                    "at": _AT,
                    "codebook": 1,
                    "kind": "answer",
                }
            ]
        },
        parameters={"limit": 20, "annotator": "maria"},
        errors={
            422: ("invalid_request", "query.limit: Input should be less than or equal to 1000")
        },
    ),
    "POST /labels": Example(
        {"stored": [_TEXT_ID]},
        {
            "a correction": {
                "annotations": [{"text": _ACCORD, "frames": {"cooperation": "favor"}}]
            },
            "no frame, at a time": {
                "annotations": [{"text": "The talks begin on Monday.", "frames": {}, "at": _AT}]
            },
        },
        errors={422: _FAULTY},
    ),
    "GET /queue": Example(
        _QUEUE,
        parameters={"limit": 20, "after": 0, "annotator": "maria"},
        errors={422: ("invalid_request", "annotator: say under which name; there is no token")},
    ),
    "GET /queue/answered": Example(
        {**_QUEUE, "texts": [{**_QUEUED, "frames": {"cooperation": "favor"}}]},
        parameters={"limit": 20, "annotator": "maria"},
        errors={422: ("invalid_request", "annotator: say under which name; there is no token")},
    ),
    "POST /queue": Example(
        {"queued": 2, "already": 0},
        {
            "two texts": {
                "texts": ["One text.", {"text": "Another.", "lang": "en", "sampled": "random"}],
                "batch": "monday",
            }
        },
        errors={
            422: ("invalid_texts", "1 problem(s), nothing was queued: texts[0]: the text is empty")
        },
    ),
    "GET /disputes": Example(
        {
            "total": 1,
            "disputes": [
                {
                    "id": _TEXT_ID,
                    "text": _ACCORD,
                    "frames": ["safety"],
                    "agreed": {"cooperation": "favor"},
                    "answers": [
                        {"cooperation": "favor", "safety": "favor"},
                        {"cooperation": "favor"},
                    ],
                }
            ],
        },
        parameters={"limit": 20, "names": False},
        errors={422: ("invalid_request", "query.limit: Input should be less than or equal to 200")},
    ),
    "POST /disputes/{text_id}": Example(
        {"decided": _TEXT_ID},
        {"one frame": {"frames": {"cooperation": "favor"}}},
        parameters={"text_id": _TEXT_ID},
        errors={
            409: (
                "settled",
                f"{_TEXT_ID}: settled by maria at 2026-03-02T09:30: {{}}; "
                "to decide all the same, send seen: 31",
            ),
            422: ("invalid_labels", "frames: unknown frames ['saftey']"),
        },
    ),
    "GET /retrain": Example(_DONE),
    "POST /retrain": Example(
        _FAR,
        {"only if labels have changed": {}, "in any case": {"force": True}},
        errors={
            409: ("under_way", "a retraining is under way since 2026-03-02 09:30"),
            422: ("invalid_request", "forse: Extra inputs are not permitted"),
        },
    ),
    "DELETE /retrain": Example(
        _FAR,
        errors={409: ("not_under_way", "no retraining is under way; start one with POST")},
    ),
}
