from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from labels.duplicates import SIMILAR, shingles, similarity
from labels.split import BRIDGE, TEST, TRAIN, Side, assign, draw

BODY = "was told to the council in {0} words of story {0} by envoy {0} on day {0}"


@st.composite
def worlds(draw_):
    """Texts in batches: story n told with some first and last word, in some documents."""
    tellings = st.tuples(st.integers(0, 6), st.sampled_from("abc"), st.sampled_from("xyz"))
    keys = draw_(st.lists(tellings, min_size=1, max_size=14, unique=True))
    places = st.lists(st.sampled_from("ABCDEF"), max_size=2)
    known = {repr(key): (telling(*key), draw_(places)) for key in keys}
    batches: list[dict] = [{}]
    for key, value in known.items():
        if draw_(st.booleans()):
            batches.append({})
        batches[-1][key] = value
    return batches


def telling(story, first, last):
    return " ".join([first, BODY.format(f"number{story}"), last])


def grow(batches):
    """Assign sides batch by batch, as labels arrive; no text may be given a second side."""
    texts, documents, sides = {}, {}, {}
    for batch in batches:
        for key, (text, places) in batch.items():
            texts[key], documents[key] = text, places
        fresh = assign(texts, documents, sides)
        assert not fresh.keys() & sides.keys()
        sides.update(fresh)
        assert sides.keys() == texts.keys()
    return texts, documents, sides


def spans(keys, sides):
    return {TRAIN, TEST} <= {sides[key].side for key in keys}


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_nothing_spans_train_and_test_whatever_comes_later(batches):
    texts, documents, sides = grow(batches)
    for document in "ABCDEF":
        assert not spans([key for key in texts if document in documents[key]], sides)
    for one, other in combinations(texts, 2):
        if similarity(shingles(texts[one]), shingles(texts[other])) >= SIMILAR:
            assert not spans([one, other], sides)


@settings(max_examples=30, deadline=None)
@given(worlds(), st.randoms())
def test_order_within_a_batch_does_not_matter(batches, rng):
    merged = [item for batch in batches for item in batch.items()]
    shuffled = rng.sample(merged, len(merged))
    assert grow([dict(merged)])[2] == grow([dict(shuffled)])[2]


@settings(max_examples=30, deadline=None)
@given(worlds())
def test_bridges_come_only_of_later_batches(batches):
    assert BRIDGE not in {side.side for side in grow(batches[:1])[2].values()}


def test_draw_is_the_same_on_every_machine():
    # From another program: printf 'split1:d:a' | b2sum -l 64 gives 8c90..., 0.549 of the whole.
    assert draw("d:a", 0.5491) == TEST
    assert draw("d:a", 0.5490) == TRAIN
    assert [name for name in "abcdefghij" if draw(f"d:{name}") == TEST] == ["e", "g"]


def test_draw_gives_the_share_asked_for():
    drawn = [draw(f"n:{number}") for number in range(5000)]
    assert 0.18 < drawn.count(TEST) / 5000 < 0.22
    assert {draw(f"n:{number}", 0.0) for number in range(50)} == {TRAIN}
    assert {draw(f"n:{number}", 1.0) for number in range(50)} == {TEST}


def test_document_is_a_group():
    found = assign(
        {"p": "one", "q": "two", "r": "three"}, {"p": ["d"], "q": ["d", "e"], "r": ["e"]}, {}
    )
    assert set(found.values()) == {Side("d:d", draw("d:d"))}


def test_text_alone_is_a_group():
    assert assign({"p": "one"}, {}, {}) == {"p": Side("n:p", draw("n:p"))}


def test_near_duplicates_are_a_group_named_by_the_smallest_id():
    texts = {key: telling(1, "a", last) for key, last in (("r", "x"), ("p", "y"), ("q", "z"))}
    assert set(assign(texts, {}, {}).values()) == {Side("n:p", draw("n:p"))}


def test_new_text_joins_its_group_and_the_old_stay():
    old = {"p": Side("d:d", TEST)}
    found = assign({"p": "one", "q": "two"}, {"p": ["d"], "q": ["d", "a"]}, old)
    assert found == {"q": Side("d:d", TEST)}


def test_text_between_both_sides_is_a_bridge():
    old = {"p": Side("d:d", TEST), "q": Side("d:e", TRAIN)}
    texts = {"p": "one", "q": "two", "r": "three"}
    found = assign(texts, {"p": ["d"], "q": ["e"], "r": ["d", "e"]}, old)
    assert found == {"r": Side("d:d", BRIDGE)}


def test_near_duplicate_of_one_side_in_a_document_of_the_other_is_a_bridge():
    old = {"p": Side("n:p", TEST), "q": Side("d:e", TRAIN)}
    texts = {"p": telling(1, "a", "x"), "q": "two", "r": telling(1, "b", "y")}
    assert assign(texts, {"q": ["e"], "r": ["e"]}, old)["r"].side == BRIDGE


def test_bridge_does_not_decide_for_its_group():
    old = {"p": Side("d:d", BRIDGE), "q": Side("d:d", TEST)}
    assert assign({"p": "1", "q": "2", "r": "3"}, {key: ["d"] for key in "pqr"}, old) == {
        "r": old["q"]
    }


def test_nothing_new_gives_nothing():
    assert assign({"p": "one"}, {}, {"p": Side("n:p", TRAIN)}) == {}
