"""The one path from texts to frames and stances. What is evaluated is what is served."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labels.home import Home
from labels.language import language_of
from labels.store import Store
from labels.text import normalise, text_problem
from serving.backends import BATCH_TOKENS, open_backend
from serving.evidence import Asked, evidence_of
from serving.results import Evidence, FrameResult, Result, StanceResult, TextError
from serving.scorers import EncoderScorer, LinearScorer, Scored, Scorer
from training.bundle import (
    BASELINE,
    ENCODER,
    LINEAR,
    BundleError,
    Manifest,
    decide,
    read_manifest,
    verify,
)
from training.holding import Hold
from training.logits import Logits
from training.registry import Registry, find_bundle

_LOT = 64
"""Texts answered together: some ten batches of paragraphs."""

_LOTS = 3
"""Lots under way: while one is scored another is read, and results are made of a third."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadText:
    """A text that can be scored: as it was sent, normalised, and in tokens.

    `encoding`: of the encoder's tokenizer; None where no encoder reads it.
    """

    sent: str
    text: str
    language: str
    encoding: Any

    @property
    def tokens(self) -> int:
        """How many there are to score; without an encoder a guess from the characters."""
        return len(self.encoding) if self.encoding is not None else len(self.text) // 4 + 2


class Predictor:
    """Scores texts with one member of one bundle: the ensemble, or the linear baseline alone.

    Without a choice it is the bundle's main member.
    """

    def __init__(
        self, manifest: Manifest, scorers: Mapping[str, Scorer], member: str | None = None
    ) -> None:
        """`scorers`: by name, those of the models that the member reads.

        `member`: None is the manifest's main one.
        """
        self.manifest = manifest
        self.model = manifest.version
        self.codebook = manifest.codebook
        self.member = member or manifest.main
        self.scorers = scorers
        self._how = manifest.members[self.member]
        linear = scorers.get(LINEAR)
        self._linear = linear.model if isinstance(linear, LinearScorer) else None
        self._hold: Hold | None = None
        self._beside = ThreadPoolExecutor(len(scorers), thread_name_prefix="beside")

    @classmethod
    def load(
        cls,
        model: str = "champion",
        home: Path | str | None = None,
        member: str | None = None,
        backend: str | None = None,
    ) -> "Predictor":
        """Load a model by version, alias (`champion`, `latest`) or a bundle's folder.

        `backend`: of `serving.backends`; None is FRAMESCOPE_BACKEND, else the fastest.

        Raises:
            RegistryError: if there is no such model.
            BundleError: if its bundle is damaged.
            BackendError: if there is no such engine, or it cannot be used.
        """
        found = Home.find(home)
        return cls.open(
            find_bundle(model, Registry(found, Store.open(found.database))), member, backend
        )

    @classmethod
    def open(
        cls, folder: Path, member: str | None = None, backend: str | None = None
    ) -> "Predictor":
        """Load a bundle from its folder, after checking the hash of every file in it.

        It is held as in use for as long as the predictor is kept.

        Raises:
            BundleError: if the bundle is damaged, or has no such member.
            BackendError: if there is no such engine, or it cannot be used.
        """
        hold = Hold(folder)
        manifest = read_manifest(folder)
        verify(folder, manifest)
        member = member or manifest.main
        if member not in manifest.members:
            there = ", ".join(manifest.members)
            raise BundleError(f"{folder}: no member '{member}' in this bundle; there are: {there}")
        models = manifest.members[member].calibration.slopes
        scorers = {name: _scorer(name, folder, manifest, backend) for name in models}
        predictor = cls(manifest, scorers, member)
        predictor._hold = hold
        return predictor

    @property
    def thresholds(self) -> dict[str, float]:
        """Frame to the score from which it counts as present."""
        decisions = self._how.decisions
        pairs = zip(self.codebook.frame_names, decisions, strict=True)
        return {name: decision.threshold for name, decision in pairs}

    @property
    def batch_tokens(self) -> int:
        """How many tokens, with padding, are best scored at a time, in all calls at once."""
        encoder = self.scorers.get(ENCODER)
        if not isinstance(encoder, EncoderScorer):
            return BATCH_TOKENS
        return encoder.backend.batch_tokens * encoder.backend.at_once

    def predict(self, texts: Sequence[object], explain: bool = False) -> list[Result | TextError]:
        """Return one result per text, in order; a text that cannot be read gets its own error.

        With `explain` each frame that is present has its `evidence`, for at most eight times the
        tokens; see `serving.evidence`. Equal texts are scored once.
        """
        distinct = list(dict.fromkeys(text for text in texts if isinstance(text, str)))
        # By length, so that each lot has full batches of its own.
        distinct.sort(key=len)
        answers: dict[str, Result | TextError] = {}
        for lot, found in self._by_lots(distinct, explain):
            answers.update(zip(lot, found, strict=True))
        return [
            answers[text]
            if isinstance(text, str)
            else TextError("invalid_text", text_problem(text) or "not a text")
            for text in texts
        ]

    def _by_lots(
        self, texts: Sequence[str], explain: bool
    ) -> Iterator[tuple[Sequence[str], list[Result | TextError]]]:
        """Yield lots of texts with their answers; some lots are under way at once."""
        lots = [texts[first : first + _LOT] for first in range(0, len(texts), _LOT)]
        if len(lots) == 1:
            yield lots[0], self._answers(lots[0], explain)
            return
        with ThreadPoolExecutor(_LOTS, thread_name_prefix="lot") as threads:
            begun: deque[Future[list[Result | TextError]]] = deque()
            for place, lot in enumerate(lots):
                begun.extend(
                    threads.submit(self._answers, following, explain)
                    for following in lots[place + len(begun) : place + _LOTS]
                )
                yield lot, begun.popleft().result()

    def _answers(self, texts: Sequence[str], explain: bool) -> list[Result | TextError]:
        read = self.read(texts)
        scored = iter(self.score([one for one in read if isinstance(one, ReadText)], explain))
        return [next(scored) if isinstance(one, ReadText) else one for one in read]

    def read(self, texts: Sequence[object]) -> list[ReadText | TextError]:
        """Do the first half of `predict`, which other threads may do while this one scores."""
        problems = [text_problem(text) for text in texts]
        pairs = zip(texts, problems, strict=True)
        good = dict.fromkeys(text for text, problem in pairs if problem is None)
        readable = [text for text in good if isinstance(text, str)]
        normal = [normalise(text) for text in readable]
        encoder = self.scorers.get(ENCODER)
        encodings: Sequence[Any] = [None] * len(normal)
        if isinstance(encoder, EncoderScorer) and normal:
            encodings = encoder.read(normal)
        read = {
            sent: ReadText(sent, text, language_of(text), encoding)
            for sent, text, encoding in zip(readable, normal, encodings, strict=True)
        }
        return [
            TextError("invalid_text", problem) if problem is not None else read[str(text)]
            for text, problem in zip(texts, problems, strict=True)
        ]

    def score(self, read: Sequence[ReadText], explain: bool = False) -> list[Result]:
        """Do the second half of `predict`: return one result per text, in order."""
        if not read:
            return []
        languages = [one.language for one in read]
        scores, scored = self._read(
            [one.text for one in read], languages, [one.encoding for one in read]
        )
        present = decide(scores.frames, self._how.decisions, self.codebook.min_frames)
        evidence: list[dict[int, Evidence]] = [{} for _ in read]
        if explain:
            ends = map(scored.ends.get, range(len(read)))
            parts = zip(read, ends, scores.frames, present, strict=True)
            asked = [Asked(one.sent, one.language, *own) for one, *own in parts]
            evidence = evidence_of(asked, lambda *rests: self._read(*rests)[0].frames, self._linear)
        return [
            self._result(row, languages[row], scores, present[row], scored, evidence[row])
            for row in range(len(read))
        ]

    def _read(
        self, texts: Sequence[str], languages: Sequence[str], encodings: Sequence[Any] = ()
    ) -> tuple[Logits, Scored]:
        """Return the calibrated scores of normalised texts, and what the encoder read of them.

        `encodings`: of the texts by the encoder's tokenizer, if they are there already.
        """
        ahead = encodings if encodings and encodings[0] is not None else None
        # The engine lets go of Python's lock, so that the linear model is scored beside it.
        beside = {
            model: self._beside.submit(scorer.score, texts)
            for model, scorer in self.scorers.items()
            if model != ENCODER and ENCODER in self.scorers
        }
        by_model = {
            model: scorer.score_read(ahead)
            if ahead is not None and isinstance(scorer, EncoderScorer)
            else scorer.score(texts)
            for model, scorer in self.scorers.items()
            if model not in beside
        }
        by_model |= {model: waiting.result() for model, waiting in beside.items()}
        found = self._how.apply({m: own.logits for m, own in by_model.items()}, languages)
        # Beyond six places a score depends on what else is in its batch.
        scores = Logits(found.frames.round(6), found.stances.round(6))
        return scores, by_model.get(ENCODER) or next(iter(by_model.values()))

    def _result(
        self, row: int, language: str, scores: Logits, present: NDArray, scored: Scored,
        evidence: Mapping[int, Evidence],
    ) -> Result:  # fmt: skip
        frames = [
            self._frame(k, float(score), stances, bool(present[k]), evidence.get(k))
            for k, (score, stances) in enumerate(
                zip(scores.frames[row], scores.stances[row], strict=True)
            )
        ]
        figures = self._how.languages.get(language)
        return Result(
            frames=tuple(sorted(frames, key=lambda frame: -frame.score)),
            language=language,
            language_supported=bool(figures and figures.supported),
            truncated=scored.truncated[row],
            tokens=scored.tokens[row],
        )

    def _frame(
        self, k: int, score: float, stances: NDArray, present: bool, evidence: Evidence | None
    ) -> FrameResult:
        decision = self._how.decisions[k]
        low, high = decision.band
        names = self.codebook.stance_names
        stance = None
        if names:
            shares = {name: float(share) for name, share in zip(names, stances, strict=True)}
            stance = StanceResult(names[int(np.argmax(stances))] if present else None, shares)
        return FrameResult(
            label=self.codebook.frame_names[k],
            score=score,
            threshold=decision.threshold,
            present=present,
            uncertain=low < high and low <= score <= high,
            stance=stance,
            evidence=evidence,
        )


def _scorer(model: str, folder: Path, manifest: Manifest, backend: str | None) -> Scorer:
    if model != ENCODER:
        return LinearScorer(folder / BASELINE, manifest.codebook)
    engine = open_backend(backend, folder, manifest.codebook)
    return EncoderScorer(folder, engine, manifest.codebook, manifest.max_tokens)
