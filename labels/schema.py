"""The tables. Annotations and promotions are only ever added to, so their history is the table."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

SCHEMA = 2
"""Raise it with every change to a table below, and add the step to `labels/migrations/versions`.

The step's revision is this number in four digits. A test holds that a migrated database and a new
one are alike.
"""

metadata = MetaData()

settings = Table(
    "settings",
    metadata,
    Column("name", String(40), primary_key=True),  # "schema", "codebook"
    Column("value", Text, nullable=False),
)

texts = Table(
    "texts",
    metadata,
    Column("id", String(32), primary_key=True),  # labels.text.text_id
    Column("text", Text, nullable=False),  # normalised
)

occurrences = Table(
    "occurrences",
    metadata,
    Column("key", String(24), primary_key=True),  # LabelledRow.occurrence_key
    Column("text_id", ForeignKey("texts.id"), nullable=False, index=True),
    Column("id", Text),  # the caller's own
    Column("lang", String(35)),
    Column("source", Text),
    Column("document", Text),
    Column("date", String(10)),
    Column("meta", Text, nullable=False),  # JSON object
)

annotations = Table(
    "annotations",
    metadata,
    Column("number", Integer, primary_key=True),  # order of arrival
    Column("text_id", ForeignKey("texts.id"), nullable=False, index=True),
    Column("occurrence", ForeignKey("occurrences.key"), nullable=False),
    Column("annotator", Text, nullable=False),
    Column("frames", Text, nullable=False),  # JSON object, frame to stance or null
    Column("at", String(32), nullable=False),  # labels.rows.utc
    Column("codebook", Integer, nullable=False),
    Column("sampled", String(10)),
    Column("key", String(24), nullable=False),  # LabelledRow.answer_key
    Column("kind", String(10), nullable=False, server_default="answer"),  # labels.rows.KINDS
    Column("by", Text),  # who wrote it; null: the local user, or an import
    Column("stored", String(32)),  # when it arrived; null before schema 2, where `at` must do
    Index("answers", "key", "at", unique=True),
)

codebooks = Table(
    "codebooks",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", String(32), nullable=False),
    Column("by", Text),
    Column("text", Text, nullable=False),  # Codebook.to_dict, canonical
    Column("note", Text),
)

tokens = Table(
    "tokens",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("role", String(20), nullable=False),
    Column("hash", String(200), nullable=False),
    Column("at", String(32), nullable=False),
    Column("revoked", String(32)),  # since when, or null
)

queue = Table(
    "queue",
    metadata,
    Column("number", Integer, primary_key=True),  # order of labelling
    Column("text_id", ForeignKey("texts.id"), nullable=False, index=True),
    Column("occurrence", ForeignKey("occurrences.key"), nullable=False),
    Column("batch", Text, nullable=False),
    Column("sampled", String(10)),
    Column("at", String(32), nullable=False),
    Column("by", Text),  # who asked for it; null: the local user
)

erasures = Table(
    "erasures",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("text_id", String(32), nullable=False, index=True),  # of a text that is gone
    Column("at", String(32), nullable=False),
    Column("by", Text),
    Column("reason", Text, nullable=False),
)

sides = Table(
    "sides",
    metadata,
    Column("text_id", ForeignKey("texts.id"), primary_key=True),
    Column("group", Text, nullable=False),
    Column("side", String(8), nullable=False),  # train, test, or bridge: used on neither
)

models = Table(
    "models",
    metadata,
    Column("version", String(63), primary_key=True),
    Column("at", String(32), nullable=False),
    Column("labels_hash", String(40), nullable=False),
    Column("base_model", Text, nullable=False),
)

evaluations = Table(
    "evaluations",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("version", ForeignKey("models.version"), nullable=False),
    Column("at", String(32), nullable=False),
    Column("data_hash", String(40), nullable=False),
    Column("gated", Integer, nullable=False),  # 1 where the gate decided on it
    Column("report", Text, nullable=False),  # report.json
)

promotions = Table(
    "promotions",
    metadata,
    Column("number", Integer, primary_key=True),  # the highest is the champion
    Column("version", ForeignKey("models.version"), nullable=False),
    Column("at", String(32), nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

bundle_events = Table(
    "bundle_events",
    metadata,
    Column("number", Integer, primary_key=True),  # a model's highest says whether it is pruned
    Column("version", ForeignKey("models.version"), nullable=False),
    Column("at", String(32), nullable=False),
    Column("by", Text, nullable=False),
    Column("event", String(10), nullable=False),  # imported, or pruned
    Column("manifest", String(64)),  # SHA-256 of the manifest, where there was one
    Column("bytes", BigInteger, nullable=False),
)
