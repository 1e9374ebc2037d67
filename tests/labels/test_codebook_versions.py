from dataclasses import replace

import pytest
import sqlalchemy as sa

from labels import schema
from labels.codebook import Codebook, Example, load_codebook
from labels.codebook_versions import RELEASE, set_codebook, versions
from labels.errors import CodebookError
from labels.store import Store
from tests.labels.samples import TOPICS, VIEWS

SECOND = replace(VIEWS, version=2, guidelines="Read it twice.")


def showing(codebook: Codebook, *texts: str) -> Codebook:
    """The codebook with these examples of its first frame."""
    stance = codebook.stance_names[0]
    shown = replace(codebook.frames[0], examples=tuple(Example(text, stance) for text in texts))
    return replace(codebook, frames=(shown, *codebook.frames[1:]))


def texts(store: Store) -> list[str]:
    return [example.text for own in store.codebook.examples for example in own]


def known(store):
    with store.reading() as connection:
        return versions(connection)


def test_every_version_is_kept_with_who_and_why(url):
    store = Store.open(url, VIEWS)
    assert set_codebook(store, SECOND, "maria", "it was skimmed")
    assert store.codebook == Store.open(url).codebook == SECOND
    first, second = known(Store.open(url))
    assert (first.codebook, first.by, first.note) == (VIEWS, None, None)
    assert (second.codebook, second.by, second.note) == (SECOND, "maria", "it was skimmed")
    assert first.at < second.at


def test_the_same_codebook_is_no_new_version(url):
    store = Store.open(url, VIEWS)
    assert not set_codebook(store, VIEWS)
    assert len(known(store)) == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (replace(SECOND, version=1), r"version is 1, and the one served is 1; write 'version: 2'"),
        (replace(SECOND, name="other"), "is called 'other', and this state folder serves 'views'"),
        (replace(TOPICS, name="views", version=2), "framescope codebook migrate"),
    ],
    ids=["version", "name", "stances"],
)
def test_what_is_no_later_version_is_refused(url, wrong, words):
    store = Store.open(url, VIEWS)
    with pytest.raises(CodebookError, match=words):
        set_codebook(store, wrong)
    assert (store.codebook, Store.open(url).codebook, len(known(store))) == (VIEWS, VIEWS, 1)


def test_other_words_under_a_version_that_is_kept_are_refused(url):
    Store.open(url, VIEWS)
    Store.open(url, SECOND)
    for version in (1, 2):
        wrong = replace(VIEWS, version=version, guidelines="Do not read it.")
        with pytest.raises(CodebookError, match=f"version {version}: its words .*'version: 3'"):
            Store.open(url, wrong)
    assert Store.open(url, VIEWS).codebook == VIEWS
    assert Store.open(url).codebook == SECOND


def test_a_version_that_was_never_kept_is_said_to_be_none(url):
    for version in (1, 3):
        Store.open(url, replace(VIEWS, version=version))
    words = r"version 2: this state folder has never kept it, only \[1, 3\]; write 'version: 4'"
    with pytest.raises(CodebookError, match=words):
        Store.open(url, replace(VIEWS, version=2))


def test_a_release_puts_its_codebook_in_the_place_of_its_own_only(url, monkeypatch):
    released = load_codebook()
    Store.open(url)
    assert known(Store.open(url))[0].by == RELEASE
    newer = replace(released, version=released.version + 1, guidelines="New.")
    monkeypatch.setattr("labels.codebook_versions.load_codebook", lambda: newer)
    store = Store.open(url)
    assert store.codebook == newer
    edited = replace(newer, version=newer.version + 1, guidelines="Ours.")
    set_codebook(store, edited)
    newest = replace(newer, version=edited.version + 1)
    monkeypatch.setattr("labels.codebook_versions.load_codebook", lambda: newest)
    assert Store.open(url).codebook == edited


def test_other_examples_take_the_place_of_those_that_are_kept(url):
    store = Store.open(url, VIEWS)
    assert set_codebook(store, showing(VIEWS, "Buy."), "maria", "asked for")
    assert set_codebook(store, showing(VIEWS, "Buy more."), "bo")
    assert not set_codebook(store, showing(VIEWS, "Buy more."), "ann")
    (found,) = known(store)
    assert (found.codebook.version, found.by, found.note) == (1, "bo", None)
    for wanted in (None, VIEWS, showing(VIEWS, "Sell.")):  # what is merely used changes nothing
        assert texts(Store.open(url, wanted)) == ["Buy more."]
    other = Store.open(url)
    assert set_codebook(store, VIEWS)
    other.look()
    assert texts(other) == texts(store) == []


def test_a_release_brings_its_examples_where_nobody_has_set_any(url, monkeypatch):
    released = load_codebook()
    bare = released.without_examples()
    monkeypatch.setattr("labels.codebook_versions.load_codebook", lambda: bare)
    assert texts(Store.open(url)) == []
    monkeypatch.setattr("labels.codebook_versions.load_codebook", lambda: released)
    store = Store.open(url)
    assert store.codebook.examples == released.examples
    (found,) = known(store)
    assert (found.codebook.examples, found.by) == (released.examples, RELEASE)
    set_codebook(store, showing(bare, "Ours."))
    assert texts(Store.open(url)) == ["Ours."]


def test_a_new_store_with_examples_of_its_own_keeps_them(url):
    Store.open(url, showing(load_codebook().without_examples(), "Ours."))
    assert texts(Store.open(url)) == ["Ours."]


def test_a_store_of_an_older_release_gets_its_version_written_down(url):
    store = Store.open(url, VIEWS)
    with store.writing() as connection:
        connection.execute(sa.delete(schema.codebooks))
    (found,) = known(Store.open(url))
    assert (found.codebook, found.note) == (VIEWS, "served before versions were kept")
