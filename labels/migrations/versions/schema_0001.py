"""The tables of the first release, which that release made by itself: there is nothing to do."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: a database without tables is given the newest ones at once."""
