"""Kinds of rows and who wrote them; versions of the codebook, tokens, the queue, erasures."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns and tables. What the adjudicator answered had always settled the text."""
    with op.batch_alter_table("annotations") as batch:
        batch.add_column(sa.Column("kind", sa.String(10), nullable=False, server_default="answer"))
        batch.add_column(sa.Column("by", sa.Text))
        batch.add_column(sa.Column("stored", sa.String(32)))
    op.execute("UPDATE annotations SET kind = 'decision' WHERE annotator = 'adjudicator'")
    op.create_table(
        "codebooks",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
    )
    op.create_table(
        "tokens",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("hash", sa.String(200), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("revoked", sa.String(32)),
    )
    op.create_table(
        "queue",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("text_id", sa.String(32), sa.ForeignKey("texts.id"), nullable=False, index=True),
        sa.Column("occurrence", sa.String(24), sa.ForeignKey("occurrences.key"), nullable=False),
        sa.Column("batch", sa.Text, nullable=False),
        sa.Column("sampled", sa.String(10)),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.Text),
    )
    op.create_table(
        "erasures",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("text_id", sa.String(32), nullable=False, index=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
    )
