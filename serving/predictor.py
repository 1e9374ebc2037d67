"""The one path from texts to frames and stances. What is evaluated is what is served."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labels.errors import FramescopeError
from labels.home import Home
from labels.language import language_of
from labels.store import Store
from labels.text import normalise, text_problem
from serving.backends import Backend, OnnxBackend, TorchBackend
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

BACKENDS = ("onnx", "torch")


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

    @classmethod
    def load(
        cls,
        model: str = "champion",
        home: Path | str | None = None,
        member: str | None = None,
        backend: str = "onnx",
    ) -> "Predictor":
        """Load a model by version, alias (`champion`, `latest`) or a bundle's folder.

        Raises:
            RegistryError: if there is no such model.
            BundleError: if its bundle is damaged.
        """
        found = Home.find(home)
        return cls.open(
            find_bundle(model, Registry(found, Store.open(found.database))), member, backend
        )

    @classmethod
    def open(cls, folder: Path, member: str | None = None, backend: str = "onnx") -> "Predictor":
        """Load a bundle from its folder, after checking the hash of every file in it.

        It is held as in use for as long as the predictor is kept.

        Raises:
            BundleError: if the bundle is damaged, or has no such member.
        """
        if backend not in BACKENDS:
            raise FramescopeError(f"no backend '{backend}'; there are: {', '.join(BACKENDS)}")
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

    def predict(self, texts: Sequence[object], explain: bool = False) -> list[Result | TextError]:
        """Return one result per text, in order; a text that cannot be read gets its own error.

        With `explain` each frame that is present has its `evidence`, for at most eight times the
        tokens; see `serving.evidence`.
        """
        answers: list[Result | TextError] = []
        places, readable = [], []
        for place, text in enumerate(texts):
            problem = text_problem(text)
            answers.append(TextError("invalid_text", problem or "not scored"))
            if problem is None and isinstance(text, str):
                places.append(place)
                readable.append(text)
        if readable:
            for place, result in zip(places, self._score(readable, explain), strict=True):
                answers[place] = result
        return answers

    def _score(self, sent: Sequence[str], explain: bool) -> list[Result]:
        texts = [normalise(text) for text in sent]
        languages = [language_of(text) for text in texts]
        scores, scored = self._read(texts, languages)
        present = decide(scores.frames, self._how.decisions, self.codebook.min_frames)
        evidence: list[dict[int, Evidence]] = [{} for _ in texts]
        if explain:
            asked = [
                Asked(text, languages[row], scored.ends.get(row), scores.frames[row], present[row])
                for row, text in enumerate(sent)
            ]
            evidence = evidence_of(asked, lambda *rests: self._read(*rests)[0].frames, self._linear)
        return [
            self._result(row, languages[row], scores, present[row], scored, evidence[row])
            for row in range(len(texts))
        ]

    def _read(self, texts: Sequence[str], languages: Sequence[str]) -> tuple[Logits, Scored]:
        """Return the calibrated scores of normalised texts, and what the encoder read of them."""
        by_model = {model: scorer.score(texts) for model, scorer in self.scorers.items()}
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


def _scorer(model: str, folder: Path, manifest: Manifest, backend: str) -> Scorer:
    if model != ENCODER:
        return LinearScorer(folder / BASELINE, manifest.codebook)
    engine: Backend = (
        OnnxBackend(folder) if backend == "onnx" else TorchBackend(folder, manifest.codebook)
    )
    return EncoderScorer(folder, engine, manifest.codebook, manifest.max_tokens)
