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
from serving.results import FrameResult, Result, StanceResult, TextError
from serving.scorers import EncoderScorer, LinearScorer, Scorer
from training.bundle import (
    BASELINE,
    ENCODER,
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

    def predict(self, texts: Sequence[object]) -> list[Result | TextError]:
        """Return one result per text, in order; a text that cannot be read gets its own error."""
        answers: list[Result | TextError] = []
        places, readable = [], []
        for place, text in enumerate(texts):
            problem = text_problem(text)
            answers.append(TextError("invalid_text", problem or "not scored"))
            if problem is None and isinstance(text, str):
                places.append(place)
                readable.append(normalise(text))
        if readable:
            for place, result in zip(places, self._score(readable), strict=True):
                answers[place] = result
        return answers

    def _score(self, texts: Sequence[str]) -> list[Result]:
        by_model = {model: scorer.score(texts) for model, scorer in self.scorers.items()}
        scored = by_model.get(ENCODER) or next(iter(by_model.values()))
        languages = [language_of(text) for text in texts]
        found = self._how.apply({m: own.logits for m, own in by_model.items()}, languages)
        # Beyond six places a score depends on what else is in its batch.
        scores = Logits(found.frames.round(6), found.stances.round(6))
        present = decide(scores.frames, self._how.decisions, self.codebook.min_frames)
        return [
            self._result(
                row, languages[row], scores, present[row], scored.tokens[row], scored.truncated[row]
            )
            for row in range(len(texts))
        ]

    def _result(
        self, row: int, language: str, scores: Logits, present: NDArray, tokens: int,
        truncated: bool,
    ) -> Result:  # fmt: skip
        frames = [
            self._frame(k, float(scores.frames[row, k]), scores.stances[row, k], bool(present[k]))
            for k in range(len(self.codebook.frames))
        ]
        figures = self._how.languages.get(language)
        return Result(
            frames=tuple(sorted(frames, key=lambda frame: -frame.score)),
            language=language,
            language_supported=bool(figures and figures.supported),
            truncated=truncated,
            tokens=tokens,
        )

    def _frame(self, k: int, score: float, stances: NDArray, present: bool) -> FrameResult:
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
        )


def _scorer(model: str, folder: Path, manifest: Manifest, backend: str) -> Scorer:
    if model != ENCODER:
        return LinearScorer(folder / BASELINE, manifest.codebook)
    engine: Backend = (
        OnnxBackend(folder) if backend == "onnx" else TorchBackend(folder, manifest.codebook)
    )
    return EncoderScorer(folder, engine, manifest.codebook, manifest.max_tokens)
