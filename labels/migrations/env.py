"""What Alembic runs to apply the steps in `versions`, on the connection that the store holds."""

from alembic import context

# Batch mode, because SQLite cannot change a column in place.
context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
