"""What each model must answer, worked out in this process, to hold the service's answers against.

Scores are compared within `NEAR`: in bfloat16 the third place depends on what else is in a batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

from eval.soak.sent import Page, distinct_texts, pages
from labels.home import Home
from labels.store import Store
from serving.predictor import Predictor
from serving.results import Result
from training.bundle import Calibration, Member, read_manifest, write_manifest
from training.registry import Registry

NEAR = 0.05
_APART = 1.5
"""What the second model adds to every frame's log-odds, so that no answer fits both models."""

_SAME = ("tokens", "language", "truncated")


class WrongError(Exception):
    """An answer that is not the one that was asked for."""


class Expected:
    """`results`: model to text to result. `off`: the largest difference of a score seen yet."""

    def __init__(self, predictors: Sequence[Predictor]) -> None:
        self.texts = distinct_texts(predictors[0])
        self.pages = pages(self.texts)
        self.off = 0.0
        asked = {*self.texts, *(text for page in self.pages for text in page.scored)}
        self.results = {one.model: _results(one, sorted(asked)) for one in predictors}
        one, other = (self.results[predictor.model] for predictor in predictors)
        alike = [text for text in self.texts if _gap(one[text], other[text]) <= NEAR]
        self.texts = [text for text in self.texts if text not in alike]

    def check(self, model: str, texts: Sequence[str], results: Sequence[Mapping[str, Any]]) -> None:
        """Hold results against those of a model on these texts.

        Raises:
            WrongError: saying what is another.
        """
        if len(texts) != len(results):
            raise WrongError(f"{len(results)} results for {len(texts)} texts")
        for text, found in zip(texts, results, strict=True):
            own = self.results[model][text]
            if "error" in found:
                raise WrongError(f"an error for a good text: {found['error']}")
            for name in _SAME:
                if found[name] != own[name]:
                    raise WrongError(f"{name} is {found[name]}, not {own[name]}")
            self.check_scores(model, text, found["frames"])

    def check_scores(self, model: str, text: str, frames: Sequence[Mapping[str, Any]]) -> None:
        """Hold frames with scores, all or the highest, against a model's.

        Raises:
            WrongError: if a score is further off than `NEAR`.
        """
        own = {one["label"]: one["score"] for one in self.results[model][text]["frames"]}
        for frame in frames:
            gap = abs(frame["score"] - own[frame["label"]])
            self.off = max(self.off, gap)
            if gap > NEAR:
                label, score = frame["label"], frame["score"]
                raise WrongError(f"{label} is {score}, not {own[label]}, by {model}")

    def check_page(self, model: str, page: Page, answer: Mapping[str, Any]) -> None:
        """Hold a document's answer against what reading and scoring it here gave.

        Raises:
            WrongError: saying what is another.
        """
        parts = answer["paragraphs"]
        found = tuple(answer["text"][part["start"] : part["end"]] for part in parts)
        if found != page.paragraphs:
            raise WrongError(f"{page.name}: {len(found)} paragraphs that are not its own")
        scored = [part["result"] for part in parts if part["result"] is not None]
        self.check(model, page.scored, scored)


def two_models(source: Registry, work: Path) -> tuple[Registry, list[str]]:
    """Make a state folder with a copy of the champion, and with a second model.

    The second one is the champion with another calibration. Nothing of `source` is changed.
    """
    folder = source.bundle(source.resolve("champion"))
    manifest = read_manifest(folder)
    home = Home.find(work)
    made = Registry(home, Store.open(home.own_database, manifest.codebook))
    members = {name: _shifted(member) for name, member in manifest.members.items()}
    second = replace(manifest, version=f"{manifest.version}-second", members=members)
    for one in (manifest, second):

        def write(into: Path, one=one) -> None:
            # BentoML writes its own file once the bundle is whole.
            copytree(folder, into, dirs_exist_ok=True, ignore=ignore_patterns("model.yaml"))
            write_manifest(into, one)

        made.add(one, write)
    versions = [manifest.version, second.version]
    made.promote(versions[0], "soak", "to begin with")
    return made, versions


def _shifted(member: Member) -> Member:
    def shift(own: Calibration) -> Calibration:
        return replace(own, intercepts=tuple(one + _APART for one in own.intercepts))

    languages = {name: shift(own) for name, own in member.by_language.items()}
    return replace(member, calibration=shift(member.calibration), by_language=languages)


def _results(predictor: Predictor, texts: Sequence[str]) -> dict[str, dict[str, Any]]:
    answers = zip(texts, predictor.predict(texts), strict=True)
    return {text: answer.to_dict() for text, answer in answers if isinstance(answer, Result)}


def _gap(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """The largest difference of a frame's score."""
    known = {frame["label"]: frame["score"] for frame in other["frames"]}
    return max(abs(frame["score"] - known[frame["label"]]) for frame in one["frames"])
