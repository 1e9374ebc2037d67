import hashlib

import pytest
import sqlalchemy as sa

from labels import schema, token_commands, tokens
from labels.store import Store
from labels.tokens import TokenError, Who


def test_a_token_says_whose_it_is_until_it_is_revoked(store):
    assert not tokens.any_set(store)
    ann, bo = tokens.create(store, "ann", "annotator"), tokens.create(store, "bo", "admin")
    assert ann != bo
    assert tokens.role_of(store, ann) == Who("ann", "annotator")
    assert tokens.role_of(store, bo) == Who("bo", "admin")
    tokens.revoke(store, "ann")
    assert tokens.role_of(store, ann) is None
    assert tokens.role_of(store, bo) == Who("bo", "admin")
    assert [(token.name, bool(token.revoked)) for token in tokens.listed(store)] == [
        ("ann", True), ("bo", False),
    ]  # fmt: skip


def test_one_is_needed_also_when_all_are_revoked(store):
    tokens.create(store, "ann", "reader")
    tokens.revoke(store, "ann")
    assert tokens.any_set(store)


def test_only_the_hash_is_stored(store):
    token = tokens.create(store, "ann", "reader")
    with store.reading() as connection:
        (row,) = connection.execute(sa.select(schema.tokens)).all()
    assert token not in str(row)
    assert row.hash == hashlib.sha256(token.encode()).hexdigest()
    assert len(token) == len("fs_") + 43  # 256 bits in base64


def test_a_revoked_name_may_be_given_again_and_the_old_token_stays_dead(store):
    first = tokens.create(store, "ann", "annotator")
    tokens.revoke(store, "ann")
    second = tokens.create(store, "ann", "adjudicator")
    assert tokens.role_of(store, first) is None
    assert tokens.role_of(store, second) == Who("ann", "adjudicator")


@pytest.mark.parametrize("token", ["", "fs_", "fs_" + "A" * 43, "\ud800", "x" * 10_000])
def test_an_unknown_token_is_nobodys(store, token):
    tokens.create(store, "ann", "annotator")
    assert tokens.role_of(store, token) is None


@pytest.mark.parametrize(
    ("name", "role", "words"),
    [
        ("ann", "king", "no role 'king'; known: ['reader', 'annotator', 'adjudicator', 'admin']"),
        ("adjudicator", "annotator", "have a meaning of their own"),
        ("environment", "admin", "have a meaning of their own"),
        ("reader", "reader", "have a meaning of their own"),
        ("annotator", "annotator", "have a meaning of their own"),
        ("", "reader", "1 to 64 printable characters"),
        (" ann", "reader", "1 to 64 printable characters"),
        ("a\nb", "reader", "1 to 64 printable characters"),
        ("taken", "reader", "'taken' has a token already; revoke it first"),
    ],
)
def test_what_cannot_be_made_is_refused(store, name, role, words):
    tokens.create(store, "taken", "reader")
    with pytest.raises(TokenError) as error:
        tokens.create(store, name, role)
    assert words in str(error.value)
    assert [token.name for token in tokens.listed(store)] == ["taken"]


def test_what_cannot_be_revoked_is_refused(store):
    tokens.create(store, "ann", "reader")
    with pytest.raises(TokenError, match="there is no token 'bo'; known: \\['ann'\\]"):
        tokens.revoke(store, "bo")
    tokens.revoke(store, "ann")
    with pytest.raises(TokenError, match="was revoked already"):
        tokens.revoke(store, "ann")


def test_each_role_may_what_those_before_it_may():
    allowed = [[Who("x", own).may(role) for role in tokens.ROLES] for own in tokens.ROLES]
    assert [sum(row) for row in allowed] == [1, 2, 3, 4]
    assert all(row == sorted(row, reverse=True) for row in allowed)


def test_the_commands(arguments, own_home):
    made = token_commands.create(arguments(name="ann", role="annotator"))
    store = Store.open(f"sqlite:///{own_home / 'labels.db'}")
    assert tokens.role_of(store, made.text.splitlines()[0]) == Who("ann", "annotator")
    assert token_commands.revoke(arguments(name="ann")).data == {"revoked": "ann"}
    listed = token_commands.listed(arguments())
    assert listed.text.startswith("ann: annotator, made 20")
    assert "revoked 20" in listed.text
    assert made.data["token"] not in listed.text + str(listed.data)
