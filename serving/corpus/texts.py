"""The different texts of a corpus: which window has each first, and the answers needed again."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

from serving.corpus.answers import Answer, as_line

_TABLES = """
CREATE TABLE IF NOT EXISTS texts (text_id TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (text_id TEXT PRIMARY KEY, answer TEXT NOT NULL) WITHOUT ROWID;
"""
_AMONG = "SELECT text_id {} FROM json_each(?) CROSS JOIN {} ON text_id = value"
_CACHE = 64 * 1024
"""KiB of the database that are kept in memory."""


class Texts:
    """A SQLite file. One thread uses it at a time."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._run(f"PRAGMA cache_size = -{_CACHE}")
        self._run("PRAGMA synchronous = FULL")

    def begin(self) -> None:
        """Begin with no text; nothing is kept on disk before `seal`."""
        self._database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        self._database.executescript(_TABLES)
        self._run("BEGIN")

    def seal(self) -> None:
        """Keep the texts that were added."""
        self._run("COMMIT")
        self._database.executescript("PRAGMA synchronous = FULL; PRAGMA journal_mode = DELETE;")

    def add(self, window: int, ids: Sequence[str]) -> set[str]:
        """Add the different texts of a window, and return those that no window before it has."""
        asked = json.dumps(ids)
        known = {row[0] for row in self._run(_AMONG.format("", "texts"), asked)}
        change = "UPDATE texts SET last = ? WHERE text_id IN (SELECT value FROM json_each(?))"
        self._run(change, window, json.dumps(list(known)))
        new = [(key, window) for key in ids if key not in known]
        self._database.executemany("INSERT INTO texts VALUES (?, ?)", new)
        return {key for key, _ in new}

    def save(self, window: int, answers: Mapping[str, Answer]) -> None:
        """Keep the answers on a window's new texts, those that come again in a later one."""
        asked = json.dumps(list(answers))
        again = self._run(_AMONG.format("", "texts") + " WHERE last > ?", asked, window)
        rows = [(key, as_line(answers[key])) for (key,) in again.fetchall()]
        if rows:
            self._run("BEGIN")
            self._database.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?)", rows)
            self._run("COMMIT")

    def answers(self, ids: Sequence[str]) -> dict[str, Answer]:
        """Return the answers that were kept on texts of windows before."""
        found = self._run(_AMONG.format(", answer", "answers"), json.dumps(ids))
        return {key: json.loads(answer) for key, answer in found}

    def close(self) -> None:
        self._database.close()

    def _run(self, query: str, *values: object) -> sqlite3.Cursor:
        return self._database.execute(query, values)
