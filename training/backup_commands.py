"""The commands `framescope backup` and `framescope restore-backup`."""

from argparse import Namespace

from labels.home import Home
from labels.outcome import Outcome
from labels.store import Store
from training.backup import Backup, back_up, dump_command, restore_backup, restore_command
from training.bundle import MANIFEST


def make_backup(args: Namespace) -> Outcome:
    """Write the state folder to a file.

    Raises:
        BackupError: if the file's name does not end in .tar.gz.
        RegistryError: if models are being imported or pruned.
    """
    home = Home.find(args.home)
    store = Store.open(home.database)
    made = back_up(home, store, args.out)
    data = {**_data(made), "out": str(args.out)}
    lines = [f"{args.out}: {_content(made)}"]
    if made.database != "sqlite":
        data["database_command"] = dump_command(store)
        lines.append(
            f"the labels are in the database, which is backed up by: {dump_command(store)}"
        )
    return Outcome(data, "\n".join(lines))


def restore(args: Namespace) -> Outcome:
    """Make a new state folder from a backup.

    Raises:
        BackupError: if the folder holds anything, or the file is damaged or no backup.
        StoreError: if `FRAMESCOPE_DATABASE` names no database.
    """
    home = Home.find(args.home)
    filled_by = restore_command(home)
    made = restore_backup(args.file, home)
    lines = [f"{home.folder}: {_content(made)}, as they were at {made.at}"]
    data = {**_data(made), "home": str(home.folder)}
    if made.database != "sqlite":
        data["database_command"] = filled_by
        lines.append(
            "the labels are in the database; into a new one, which FRAMESCOPE_DATABASE then names, "
            f"they come by: {filled_by}"
        )
    return Outcome(data, "\n".join(lines))


def _data(made: Backup) -> dict[str, object]:
    size = sum(size for size, _ in made.files.values())
    return {
        "at": made.at, "database": made.database, "files": len(made.files), "bytes": size,
        "models": _models(made),
    }  # fmt: skip


def _content(made: Backup) -> str:
    labels = "labels, " if made.database == "sqlite" else ""
    return f"{labels}models: {_models(made)}, files: {len(made.files)}"


def _models(made: Backup) -> int:
    return sum(name.endswith(f"/{MANIFEST}") for name in made.files)
