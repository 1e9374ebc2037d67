"""Which models there are and which one is champion. Bundles lie in BentoML's model store.

Promotions are only ever added to: the newest row is the champion, a rollback is one more row.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filelock import FileLock, Timeout

from labels import schema
from labels.disk import sync_folder
from labels.home import Home
from labels.store import Store
from training.bundle import MANIFEST, BundleError, Manifest, read_manifest, verify
from training.entries import (
    Entry,
    Evaluation,
    RegistryError,
    keep_report,
    make_known,
    read_models,
    refuse_pruned,
)
from training.promotions import (
    HOW_TO_PROMOTE,
    ROLLBACK,
    Grounds,
    Promotion,
    add_promotion,
    line_of,
    no_way_back,
    read_champion,
    read_grounds,
    read_history,
)

NAME = "framescope"
CHAMPION = "champion"
HOW_TO_TRAIN = "train one with: framescope retrain"


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
        self.save(manifest.version, write)
        with self.store.writing() as connection:
            make_known(connection, manifest)

    def save(self, version: str, write: Callable[[Path], None]) -> None:
        """Put a bundle into the model store and wait until it is on disk.

        It is known only after `make_known`; what lies in the model store else is nobody's.
        """
        os.environ["BENTOML_DO_NOT_TRACK"] = "True"
        import bentoml
        from bentoml._internal.models.model import ModelStore

        self.home.bentoml.joinpath("models").mkdir(parents=True, exist_ok=True)
        store = ModelStore(str(self.home.bentoml / "models"))
        with bentoml.models.create(f"{NAME}:{version}", _model_store=store) as model:
            write(Path(model.path))
        sync_folder(self.folder(version))

    @contextmanager
    def changing_bundles(self) -> Iterator[None]:
        """For who puts in bundles from elsewhere or removes any: one at a time.

        Raises:
            RegistryError: if another is at it.
        """
        self.home.bentoml.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.home.bentoml / "bundles.lock", timeout=0):
                yield
        except Timeout:
            raise RegistryError(
                f"models are being imported or pruned in {self.home.folder}; wait for it to end"
            ) from None

    def models(self) -> list[Entry]:
        """All models, oldest first."""
        with self.store.reading() as connection:
            return read_models(connection)

    def history(self) -> list[Promotion]:
        """All promotions, oldest first."""
        with self.store.reading() as connection:
            return read_history(connection)

    def grounds(self) -> dict[int, Grounds | None]:
        """The comparison that led to each promotion, by its number; see `read_grounds`."""
        with self.store.reading() as connection:
            return read_grounds(connection, read_history(connection))

    def champion(self) -> str | None:
        """Version of the champion, or None where no model was ever promoted."""
        with self.store.reading() as connection:
            return read_champion(connection)

    def promote(self, version: str, by: str, reason: str) -> None:
        """Make a model champion.

        Raises:
            RegistryError: if there is no such model, it is pruned, or it is of another codebook.
            BundleError: if its bundle is damaged, so that the service would refuse it.
        """
        self._check_bundle(version)
        with self.store.writing() as connection:
            add_promotion(connection, version, by, reason)

    def promote_first(self, version: str, by: str, reason: str) -> str:
        """Make a model champion unless there is one, and return the champion.

        Raises:
            RegistryError: as `promote`.
            BundleError: as `promote`.
        """
        self._check_bundle(version)
        with self.store.writing() as connection:
            if (now := read_champion(connection)) is not None:
                return now
            add_promotion(connection, version, by, reason)
        return version

    def _check_bundle(self, version: str) -> None:
        manifest = read_manifest(self.bundle(version))
        self.check_codebook(manifest)
        verify(self.folder(version), manifest)

    def rollback(self, by: str, reason: str = "") -> str:
        """Make the champion before the present one champion again, and return its version.

        Rolling back again goes one further back, not to and fro.

        Raises:
            RegistryError: if there was none, or it is pruned or damaged; it says how to go on.
        """
        earlier = line_of(self.history())[:-1]
        if not earlier:
            raise RegistryError(f"there is no earlier champion to go back to; {HOW_TO_PROMOTE}")
        version = earlier.pop()
        try:
            self.promote(version, by, f"{ROLLBACK}: {reason}" if reason else ROLLBACK)
        except (BundleError, RegistryError) as error:
            raise RegistryError(no_way_back(version, error, earlier)) from error
        return version

    def check_codebook(self, manifest: Manifest) -> None:
        """Refuse a model of another codebook.

        Raises:
            RegistryError: if its frames or stances are not those of this state folder.
        """
        theirs, ours = manifest.codebook, self.store.codebook
        if not theirs.same_labels(ours):
            raise RegistryError(
                f"{manifest.version} reads the codebook '{theirs.name}' with the frames "
                f"{list(theirs.frame_names)} and stances {list(theirs.stance_names)}; this state "
                f"folder serves '{ours.name}' with {list(ours.frame_names)} and "
                f"{list(ours.stance_names)}. Set FRAMESCOPE_HOME to another folder for it"
            )

    def resolve(self, name: str) -> str:
        """Return the version that a name means: a version, `champion` or `latest`.

        Raises:
            RegistryError: if there is none, saying which there are.
        """
        if name in (CHAMPION, "latest"):
            known = [entry.version for entry in self.models() if not entry.pruned]
            version = self.champion() if name == CHAMPION else (known[-1] if known else None)
            if version is None:
                raise RegistryError(f"there is no {name} in {self.home.folder}; {HOW_TO_TRAIN}")
            return version
        return self.entry(name).version

    def entry(self, version: str) -> Entry:
        """What is known of a model.

        Raises:
            RegistryError: if there is none of this version, saying which there are.
        """
        known = {entry.version: entry for entry in self.models()}
        if version not in known:
            there = f"there are: {', '.join([*known][-10:])}" if known else HOW_TO_TRAIN
            raise RegistryError(f"no model '{version}' in {self.home.folder}; {there}")
        return known[version]

    def bundle(self, version: str) -> Path:
        """The bundle's folder, of a model that has one.

        Raises:
            RegistryError: if there is no such model, or it is pruned.
        """
        refuse_pruned(self.entry(version))
        return self.folder(version)

    def folder(self, version: str) -> Path:
        """Where the bundle's folder is, or would be."""
        return self.home.bentoml / "models" / NAME / version

    def record(self, version: str, data_hash: str, report: dict[str, Any]) -> None:
        """Keep a report on a model that the gate has no part in."""
        with self.store.writing() as connection:
            keep_report(connection, version, data_hash, report, gated=False)

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
            now = read_champion(connection)
            if now != over:
                raise RegistryError(
                    f"{now} became champion while {version} was compared with {over}; "
                    "run framescope retrain again"
                )
            keep_report(connection, version, data_hash, report, gated=True)
            if promotion:
                add_promotion(connection, version, *promotion)

    def gated(self, version: str) -> bool:
        """Whether the gate has decided on a model."""
        c = schema.evaluations.c
        query = sa.select(c.number).where(c.version == version, c.gated == 1)
        with self.store.reading() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def evaluation(self, version: str) -> dict[str, Any] | None:
        """The newest report kept on a model, or None."""
        found = self.evaluations(version)
        return found[-1].report if found else None

    def newest_evaluation(self, version: str) -> int | None:
        """The number of the newest report kept on a model, or None; each has a higher one."""
        c = schema.evaluations.c
        query = sa.select(sa.func.max(c.number)).where(c.version == version)
        with self.store.reading() as connection:
            return connection.scalar(query)

    def evaluations(self, version: str) -> list[Evaluation]:
        """All reports kept on a model, oldest first."""
        columns = schema.evaluations.c
        query = sa.select(columns.at, columns.data_hash, columns.gated, columns.report)
        query = query.where(columns.version == version).order_by(columns.number)
        with self.store.reading() as connection:
            found = connection.execute(query).mappings().all()
        return [Evaluation(**{**row, "report": json.loads(row["report"])}) for row in found]


def find_bundle(name: str, registry: Registry) -> Path:
    """Return the folder of a bundle from a version, an alias, or a path to a bundle's folder.

    Raises:
        RegistryError: if there is no such model, or it is pruned.
    """
    if (Path(name) / MANIFEST).is_file():
        return Path(name)
    return registry.bundle(registry.resolve(name))
