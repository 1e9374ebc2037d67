"""The state folder: labels, models and who is champion, in one place."""

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from labels.errors import StoreError

DATABASE = "FRAMESCOPE_DATABASE"
"""The variable with the URL of a team's database."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where things lie in a state folder. One state folder serves one codebook."""

    folder: Path

    @classmethod
    def find(cls, folder: Path | str | None = None) -> "Home":
        """Return the state folder: the one given, else `FRAMESCOPE_HOME`, else `./var`.

        Raises:
            StoreError: if it cannot be made.
        """
        path = Path(folder or os.environ.get("FRAMESCOPE_HOME") or "var").absolute()
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"{path}: cannot make the state folder: {error.strerror}; "
                "set FRAMESCOPE_HOME to a folder that can be written"
            ) from error
        return cls(path)

    @property
    def database(self) -> str | URL:
        """URL of the database: `FRAMESCOPE_DATABASE`, else SQLite in the state folder."""
        return os.environ.get(DATABASE) or self.own_database

    @property
    def own_database(self) -> URL:
        """URL of SQLite in the state folder."""
        return URL.create("sqlite", database=str(self.folder / "labels.db"))

    @property
    def bentoml(self) -> Path:
        """BentoML's own folder, which holds the model store."""
        return self.folder / "bentoml"

    @property
    def work(self) -> Path:
        """Unfinished training runs, which the same command resumes."""
        return self.folder / "work"

    @property
    def reports(self) -> Path:
        """Reports that retraining writes, a folder each."""
        return self.folder / "reports"

    @property
    def retraining(self) -> Path:
        """How far the retraining is, its lock and its log."""
        return self.folder / "retraining"


def new_database(into: str) -> str | URL:
    """Return the database of a new state folder, or the URL where that is given.

    Raises:
        StoreError: if `FRAMESCOPE_DATABASE` would be used in its place.
    """
    if "://" in into:
        return into
    if os.environ.get(DATABASE):
        raise StoreError(
            f"{DATABASE} is set, and holds for every state folder; give the URL of an empty "
            f"database with --into, not {into}"
        )
    return Home.find(into).own_database
