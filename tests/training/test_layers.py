"""An encoder cut in two is the same encoder."""

import pytest
import torch
from transformers import AutoConfig, AutoModel

from tests.tiny import TWO
from training.layers import BUILT_AS_BERT, LowerOutputs, frozen_share, n_frozen, upper_part
from training.model import FrameClassifier

SHAPE = {
    "vocab_size": 60, "hidden_size": 16, "num_attention_heads": 2, "intermediate_size": 32,
    "max_position_embeddings": 64,
}  # fmt: skip
IDS = [[2, 7, 8, 9, 3], [2, 5, 3], [2, 50, 40, 30, 20, 10, 3]]


def made(kind: str, layers: int = 4, **more) -> FrameClassifier:
    """A classifier on an encoder of some type with random weights, all of them."""
    torch.manual_seed(0)
    config = AutoConfig.for_model(kind, **{**SHAPE, "num_hidden_layers": layers, **more})
    model = FrameClassifier(AutoModel.from_config(config), TWO)
    with torch.no_grad():
        for weights in model.parameters():
            # Fresh biases are 0 and fresh norms 1, and neither would be missed.
            weights.add_(0.1 * torch.randn_like(weights))
    return model.eval()


def padded(ids: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    most = max(map(len, ids))
    filled = torch.tensor([own + [0] * (most - len(own)) for own in ids])
    return filled, torch.tensor([[1] * len(own) + [0] * (most - len(own)) for own in ids])


def test_short_texts_have_fewer_frozen_layers():
    assert frozen_share(None, [10, 70]) == 1 / 3
    assert frozen_share(None, [10, 71]) == 2 / 3
    assert frozen_share(0.0, [10, 71]) == 0.0


@pytest.mark.parametrize(
    ("layers", "share", "expected"),
    [
        (6, 2 / 3, 4), (2, 2 / 3, 1), (1, 2 / 3, 0), (3, 2 / 3, 2), (12, 2 / 3, 8), (6, 0.0, 0),
        (6, 1.0, 5), (1, 1.0, 0), (6, 0.5, 3), (5, 0.5, 2),
    ],
)  # fmt: skip
def test_number_of_frozen_layers_by_hand(layers, share, expected):
    assert n_frozen(made("bert", layers).encoder, share) == expected


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("distilbert", {"dim": 16, "n_layers": 4, "n_heads": 2, "hidden_dim": 32}),
        ("albert", {"embedding_size": 8}),
        ("electra", {"embedding_size": 8}),
        ("megatron-bert", {}),
        ("xlm-roberta-xl", {}),
        ("deberta-v2", {"conv_kernel_size": 3}),
    ],
)
def test_encoder_of_another_build_has_no_frozen_layers(kind, more):
    assert n_frozen(made(kind, **more).encoder, 1.0) == 0


@pytest.mark.parametrize("kind", BUILT_AS_BERT)
@pytest.mark.parametrize("n_lower", [1, 3])
def test_both_parts_one_after_the_other_are_the_whole(kind, n_lower):
    more = {"embedding_size": 16} if kind == "electra" else {}
    model = made(kind, **more)
    assert n_frozen(model.encoder, 0.5) == 2
    hidden, mask = LowerOutputs(model.encoder, n_lower, IDS, bf16=False).of([0, 1, 2])
    ids, expected_mask = padded(IDS)
    assert torch.equal(mask, expected_mask)
    with torch.inference_mode():
        whole = model(ids, expected_mask)
        parts = upper_part(model, n_lower)(None, mask, hidden)
        off = upper_part(model, n_lower - 1)(None, mask, hidden)
    torch.testing.assert_close(parts, whole, atol=1e-5, rtol=1e-5)
    assert not torch.allclose(off, whole, atol=1e-2)


def test_upper_part_shares_its_weights_and_leaves_the_model_whole():
    model = made("bert")
    names = list(model.state_dict())
    upper = upper_part(model, 3)
    assert [name for name, _ in model.named_parameters()] == names
    own = dict(upper.named_parameters())
    assert {name for name in own if "layer" in name} == {
        name.replace("layer.3.", "layer.0.") for name in names if "layer.3." in name
    }
    assert not [name for name in own if "embeddings" in name]
    whole = {id(weights) for weights in model.parameters()}
    assert {id(weights) for weights in own.values()} <= whole


@pytest.mark.parametrize("most", [10**9, 0], ids=["kept", "computed"])
def test_lower_outputs_are_those_of_the_texts_asked_for(most, monkeypatch):
    monkeypatch.setattr("training.layers.MOST_KEPT", most)
    encoder = made("bert").encoder
    lower = LowerOutputs(encoder, 2, IDS, bf16=False)
    hidden, mask = lower.of([2, 1])
    assert mask.tolist() == [[1] * 7, [1, 1, 1, 0, 0, 0, 0]]
    assert (hidden.shape, hidden.dtype) == ((2, 7, 16), torch.float32)
    with torch.inference_mode():
        for row, place in enumerate([2, 1]):
            given = torch.tensor([IDS[place]])
            found = encoder(given, torch.ones_like(given), output_hidden_states=True)
            own = hidden[row, : len(IDS[place])]
            torch.testing.assert_close(own, found.hidden_states[2][0], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("spare", "kept"), [(0, True), (-1, False)])
def test_outputs_are_kept_up_to_a_limit(spare, kept, monkeypatch):
    # Fifteen tokens of 16 numbers: of four bytes each, or of two in bfloat16.
    for bf16, size in ((False, 960), (True, 480)):
        monkeypatch.setattr("training.layers.MOST_KEPT", size + spare)
        lower = LowerOutputs(made("bert").encoder, 2, IDS, bf16)
        calls = []
        lower.encoder.register_forward_hook(lambda *_, calls=calls: calls.append(1))
        hidden, _ = lower.of([0])
        assert hidden.dtype == (torch.bfloat16 if bf16 else torch.float32)
        assert bool(calls) != kept


def test_lower_layers_drop_nothing_out_while_the_model_trains(monkeypatch):
    monkeypatch.setattr("training.layers.MOST_KEPT", 0)
    model = made("bert").train()
    lower = LowerOutputs(model.encoder, 2, IDS, bf16=False)
    upper_part(model, 2).train()
    assert torch.equal(lower.of([0])[0], lower.of([0])[0])


def test_more_texts_than_a_batch_come_back_in_their_places():
    encoder = made("bert").encoder
    ids = [[2, 4 + n % 50, *range(5, 6 + n % 7), 3] for n in range(150)]
    lower = LowerOutputs(encoder, 2, ids, bf16=False)
    for place in (0, 63, 64, 149):
        alone = LowerOutputs(encoder, 2, [ids[place]], bf16=False).of([0])[0]
        torch.testing.assert_close(lower.of([place])[0], alone, atol=1e-5, rtol=1e-5)
