"""Pooling and heads, on hidden states that are given."""

from math import log
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from labels.codebook import Codebook, Frame, Stance
from tests.tiny import TWO
from training.config import TrainConfig
from training.model import HEADS, FrameClassifier, load_encoder

BOOK = Codebook("two", 1, (Frame("a"), Frame("b")), (Stance("for"), Stance("against")))
BARE = Codebook("two", 1, (Frame("a"), Frame("b")))

TOKENS = torch.tensor([[[1.0, 0.0], [3.0, 2.0]]])
MEAN = torch.tensor([2.0, 1.0])


class Passing(nn.Module):
    """An encoder of width 2 whose hidden states are what it is given."""

    config = SimpleNamespace(hidden_size=2)

    def forward(self, input_ids, attention_mask, inputs_embeds):
        return SimpleNamespace(last_hidden_state=inputs_embeds)


def classifier(queries, codebook=BOOK) -> FrameClassifier:
    """Heads: frame a reads the first place, b the second and 0.5; stances as in `weight`."""
    model = FrameClassifier(Passing(), codebook).eval()
    with torch.no_grad():
        model.queries.copy_(torch.tensor(queries))
        model.frames.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
        model.frames.bias.copy_(torch.tensor([0.0, 0.5]))
        if model.stances is not None:
            weight = [[1.0, 0.0], [0.0, 1.0], [2.0, 0.0], [0.0, 2.0]]
            model.stances.weight.copy_(torch.tensor(weight))
            model.stances.bias.copy_(torch.tensor([0.0, 0.0, 0.0, 1.0]))
    return model


def pooled(model, hidden, mask) -> torch.Tensor:
    return model._pool(hidden, torch.tensor(mask, dtype=hidden.dtype).unsqueeze(-1))


def logits(model, hidden, mask) -> list[list[float]]:
    with torch.inference_mode():
        return model(None, torch.tensor(mask), hidden).tolist()


NO_QUERIES = [[0.0, 0.0], [0.0, 0.0]]
# The second token of TOKENS gets three times the attention of the first, for frame a.
QUERIES = [[0.0, log(3) / 2], [0.0, 0.0]]


def test_queries_of_zero_give_twice_the_mean():
    found = pooled(classifier(NO_QUERIES), TOKENS, [[1, 1]])
    assert found.tolist() == [[pytest.approx([4, 2]), pytest.approx([4, 2])]]


def test_each_frame_pools_by_its_own_attention():
    # A quarter of (1, 0) and three of (3, 2) are (2.5, 1.5).
    found = pooled(classifier(QUERIES), TOKENS, [[1, 1]])
    assert found.tolist() == [[pytest.approx([4.5, 2.5]), pytest.approx([4, 2])]]


def test_logits_worked_out_by_hand():
    expected = [4.5, 2 + 0.5, 4.5, 2.5, 2 * 4, 2 * 2 + 1]
    assert logits(classifier(QUERIES), TOKENS, [[1, 1]]) == [pytest.approx(expected)]
    assert logits(classifier(QUERIES, BARE), TOKENS, [[1, 1]]) == [pytest.approx(expected[:2])]


@pytest.mark.parametrize("filler", [0.0, 99.0, -99.0])
def test_padding_changes_nothing(filler):
    model = classifier(QUERIES)
    alone = logits(model, TOKENS, [[1, 1]])
    padded = torch.cat([TOKENS, torch.full((1, 3, 2), filler)], dim=1)
    assert logits(model, padded, [[1, 1, 0, 0, 0]]) == [pytest.approx(alone[0])]
    assert logits(model, padded, [[1, 1, 1, 1, 1]]) != [pytest.approx(alone[0])]


def test_texts_of_a_batch_are_pooled_apart():
    model = classifier(QUERIES)
    other = torch.tensor([[[5.0, -1.0], [7.0, 7.0]]])
    together = logits(model, torch.cat([TOKENS, other]), [[1, 1], [1, 0]])
    assert together[0] == pytest.approx(logits(model, TOKENS, [[1, 1]])[0])
    # Of one token, the mean and all attention are that token.
    assert together[1] == pytest.approx([10, -2 + 0.5, 10, -2, 20, -4 + 1])


def test_all_heads_learn():
    model = classifier(QUERIES)
    found = model(None, torch.tensor([[1, 1]]), TOKENS)
    (found[:, 0].sum() + found[:, 4].sum()).backward()
    assert model.queries.grad.any(dim=1).all()
    # The outputs asked for are frame a's own and the first stance of b.
    assert model.frames.weight.grad.any(dim=1).tolist() == [True, False]
    assert model.stances.weight.grad.any(dim=1).tolist() == [False, False, True, False]


def test_heads_of_bundle_format_1_pool_by_the_mean_alone(encoder, tmp_path):
    model, tokenizer = load_encoder(TrainConfig(base_model=str(encoder)), TWO)
    model.eval().write(tmp_path)
    heads = load_file(tmp_path / HEADS)
    del heads["queries"]
    save_file(heads, tmp_path / HEADS)
    given = tokenizer(["price", "doctor of the fever"], padding=True, return_tensors="pt")
    mask = given["attention_mask"].unsqueeze(-1)
    back = FrameClassifier.read(tmp_path, TWO)
    with torch.inference_mode():
        hidden = model.encoder(**given).last_hidden_state
        mean = (hidden * mask).sum(1) / mask.sum(1)
        expected = torch.cat([model.frames(mean), model.stances(mean)], dim=1)
        found = back(given["input_ids"], given["attention_mask"])
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)
    assert float(expected.std()) > 0.1
