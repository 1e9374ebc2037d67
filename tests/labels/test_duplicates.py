import random

import pytest

from labels.duplicates import SIMILAR, near_duplicates, shingles, similarity

PORTS = "Two ports were closed after the strike and no ship has left since Monday"


def pairs(*texts):
    return {frozenset(pair) for pair in near_duplicates(dict(enumerate(texts)))}


def test_shingles_are_runs_of_three_words():
    assert shingles("Two ports, two SHIPS.") == {"two ports two", "ports two ships"}
    assert shingles("新政策") == {"新 政 策"}
    assert shingles("Two ports") == {"two ports"}


def test_similarity_is_the_shared_part():
    assert similarity({"a", "b", "c"}, {"b", "c", "d"}) == 0.5


def test_edited_text_is_a_near_duplicate():
    later = PORTS.replace("Monday", "Tuesday")
    assert pairs(PORTS, f"Reuters: {PORTS}.", later, "All is well") == {
        frozenset({0, 1}), frozenset({0, 2}), frozenset({1, 2}),
    }  # fmt: skip


def test_unlike_texts_are_not():
    assert (
        pairs(PORTS, "No ship has left the three ports since the strike ended", "Two ports")
        == set()
    )


def test_pair_at_the_edge():
    # 4 shingles of 6 words; a shared run of 5 words gives 3 shared of 5, of 4 words 2 of 6.
    assert pairs("a b c d e f", "a b c d e g") == {frozenset({0, 1})}
    assert pairs("a b c d e f", "a b c d g h") == set()


def test_script_without_spaces():
    assert pairs("各国应当共同制定人工智能规则", "各国应当共同制定人工智能的规则") == {
        frozenset({0, 1})
    }


def test_no_texts_have_no_duplicates():
    assert list(near_duplicates({})) == []


@pytest.mark.parametrize("seed", range(3))
def test_no_pair_is_missed(seed):
    """Pairs just above the edge are what hashing misses first; every pair is compared here."""
    rng = random.Random(seed)
    texts = {}
    for number in range(80):
        words = [f"w{rng.randrange(5000)}" for _ in range(30)]
        texts[f"{number} "] = " ".join(words)
        for place in rng.sample(range(30), 3):
            words[place] = "edited"
        texts[f"{number}'"] = " ".join(words)
    known = {key: shingles(text) for key, text in texts.items()}
    true = {
        frozenset({one, other})
        for one in known
        for other in known
        if one < other and similarity(known[one], known[other]) >= SIMILAR
    }
    assert len(true) > 20
    assert {frozenset(pair) for pair in near_duplicates(texts)} == true
