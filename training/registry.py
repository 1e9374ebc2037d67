"""Which models there are and which one is champion. Bundles lie in BentoML's model store.

Promotions are only ever added to: the newest row is the champion, a rollback is one more row.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from labels import schema
from labels.disk import sync_folder
from labels.errors import FramescopeError
from labels.home import Home
from labels.rows import utc
from labels.store import Store
from training.bundle import MANIFEST, BundleError, Manifest, read_manifest

NAME = "framescope"
CHAMPION = "champion"


class RegistryError(FramescopeError):
    """A model that is not there, or cannot be promoted."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One model in the registry."""

    version: str
    at: str
    labels_hash: str
    base_model: str


@dataclass(frozen=True, slots=True)
class Promotion:
    """One row of the history of champions. `number` grows by one with each."""

    number: int
    version: str
    at: str
    by: str
    reason: str


class Registry:
    """The models of one state folder."""

    def __init__(self, home: Home, store: Store) -> None:
        self.home = home
        self.store = store

    def trained_with(self, labels_hash: str, settings: Mapping[str, Any]) -> list[str]:
        """Return the models trained on these labels with these settings, oldest first.

        One whose manifest cannot be read is left out.
        """
        found = []
        for model in self.models():
            try:
                own = dict(read_manifest(self.folder(model.version)).config)
            except BundleError:
                continue
            if model.labels_hash == labels_hash and own == settings:
                found.append(model.version)
        return found

    def add(self, manifest: Manifest, write: Callable[[Path], None]) -> None:
        """Save a bundle that `write` writes into the folder it is given, then make it known.

        A model is known only once its bundle is whole: a run killed here leaves none behind.
        """
        os.environ["BENTOML_DO_NOT_TRACK"] = "True"
        import bentoml
        from bentoml._internal.models.model import ModelStore

        self.home.bentoml.joinpath("models").mkdir(parents=True, exist_ok=True)
        store = ModelStore(str(self.home.bentoml / "models"))
        with bentoml.models.create(f"{NAME}:{manifest.version}", _model_store=store) as model:
            write(Path(model.path))
        sync_folder(self.folder(manifest.version))
        with self.store.writing() as connection:
            connection.execute(
                sa.insert(schema.models).values(
                    version=manifest.version,
                    at=manifest.created,
                    labels_hash=manifest.labels_hash,
                    base_model=manifest.base_model,
                )
            )

    def models(self) -> list[Entry]:
        """All models, oldest first."""
        with self.store.reading() as connection:
            found = connection.execute(sa.select(schema.models).order_by(schema.models.c.at))
            return [Entry(**row) for row in found.mappings()]

    def history(self) -> list[Promotion]:
        """All promotions, oldest first."""
        query = sa.select(schema.promotions).order_by(schema.promotions.c.number)
        with self.store.reading() as connection:
            return [Promotion(**row) for row in connection.execute(query).mappings()]

    def champion(self) -> str | None:
        """Version of the champion, or None where no model was ever promoted."""
        with self.store.reading() as connection:
            return connection.execute(_CHAMPION).scalar()

    def promote(self, version: str, by: str, reason: str) -> None:
        """Make a model champion.

        Raises:
            RegistryError: if there is no such model, or it is of another codebook.
            BundleError: if its bundle cannot be read.
        """
        self._check(version)
        codebook = read_manifest(self.folder(version)).codebook
        if not codebook.same_labels(self.store.codebook):
            raise RegistryError(
                f"{version} reads the codebook '{codebook.name}' with the frames "
                f"{list(codebook.frame_names)}; this state folder serves "
                f"'{self.store.codebook.name}'. Set FRAMESCOPE_HOME to another folder for it"
            )
        with self.store.writing() as connection:
            _promote(connection, version, by, reason)

    def rollback(self, by: str) -> str:
        """Make the champion before the present one champion again, and return its version.

        Rolling back again goes one further back, not to and fro.

        Raises:
            RegistryError: if there was none.
        """
        line: list[str] = []  # champions that a rollback can return to, the present one last
        for promotion in self.history():
            back = line[-2:-1] == [promotion.version] and promotion.reason == "rollback"
            if back:
                line.pop()
            elif line[-1:] != [promotion.version]:
                line.append(promotion.version)
        if len(line) < 2:
            raise RegistryError("there is no earlier champion to go back to; see models list")
        self.promote(line[-2], by, "rollback")
        return line[-2]

    def resolve(self, name: str) -> str:
        """Return the version that a name means: a version, `champion` or `latest`.

        Raises:
            RegistryError: if there is none, saying which there are.
        """
        known = [entry.version for entry in self.models()]
        if name in (CHAMPION, "latest"):
            version = self.champion() if name == CHAMPION else (known[-1] if known else None)
            if version is None:
                raise RegistryError(f"there is no {name} in {self.home.folder}; {HOW_TO_TRAIN}")
            return version
        self._check(name)
        return name

    def folder(self, version: str) -> Path:
        """The bundle's folder."""
        return self.home.bentoml / "models" / NAME / version

    def record(self, version: str, data_hash: str, report: dict[str, Any]) -> None:
        """Keep a report on a model that the gate has no part in."""
        with self.store.writing() as connection:
            _record(connection, version, data_hash, report, gated=False)

    def conclude(
        self,
        version: str,
        data_hash: str,
        report: dict[str, Any],
        over: str | None,
        promotion: tuple[str, str] | None,
    ) -> None:
        """Keep the report that the gate decided on, and promote where it did: both or neither.

        `over` is the champion that the model was compared with; `promotion` is by whom and why.

        Raises:
            RegistryError: if another model has become champion meanwhile.
        """
        with self.store.writing() as connection:
            now = connection.execute(_CHAMPION).scalar()
            if now != over:
                raise RegistryError(
                    f"{now} became champion while {version} was compared with {over}; "
                    "run framescope retrain again"
                )
            _record(connection, version, data_hash, report, gated=True)
            if promotion:
                _promote(connection, version, *promotion)

    def gated(self, version: str) -> bool:
        """Whether the gate has decided on a model."""
        columns = schema.evaluations.c
        query = sa.select(columns.number).where(columns.version == version, columns.gated == 1)
        with self.store.reading() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def evaluation(self, version: str) -> dict[str, Any] | None:
        """The newest report kept on a model, or None."""
        columns = schema.evaluations.c
        query = sa.select(columns.report).where(columns.version == version)
        with self.store.reading() as connection:
            found = connection.execute(query.order_by(columns.number.desc()).limit(1)).scalar()
        return json.loads(found) if found else None

    def _check(self, version: str) -> None:
        known = [entry.version for entry in self.models()]
        if version not in known:
            there = f"there are: {', '.join(known[-10:])}" if known else HOW_TO_TRAIN
            raise RegistryError(f"no model '{version}' in {self.home.folder}; {there}")


_CHAMPION = (
    sa.select(schema.promotions.c.version).order_by(schema.promotions.c.number.desc()).limit(1)
)


def _promote(connection: sa.Connection, version: str, by: str, reason: str) -> None:
    values = {"version": version, "at": utc(datetime.now(UTC)), "by": by, "reason": reason}
    connection.execute(sa.insert(schema.promotions), [values])


def _record(
    connection: sa.Connection, version: str, data_hash: str, report: dict[str, Any], gated: bool
) -> None:
    values = {
        "version": version, "at": utc(datetime.now(UTC)), "data_hash": data_hash,
        "gated": int(gated), "report": json.dumps(report),
    }  # fmt: skip
    connection.execute(sa.insert(schema.evaluations), [values])


HOW_TO_TRAIN = "train one with: framescope retrain"


def find_bundle(name: str, registry: Registry) -> Path:
    """Return the folder of a bundle from a version, an alias, or a path to a bundle's folder.

    Raises:
        RegistryError: if there is no such model.
    """
    if (Path(name) / MANIFEST).is_file():
        return Path(name)
    return registry.folder(registry.resolve(name))
