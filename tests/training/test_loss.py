from math import log

import pytest
import torch

from training.trainer import frame_stance_loss


def one_hot(*texts: list[int]) -> torch.Tensor:
    """Two stances' shares from the place of the stance of each frame, or -1."""
    return torch.tensor([[[float(place == s) for s in (0, 1)] for place in t] for t in texts])


def test_loss_worked_out_by_hand():
    # Frames: sigmoid(log 3) is 3/4, so the four decisions cost log 2, log 2, log 4/3 and log 4/3.
    # Stances: text 1 gives its stance 3/4 and text 2 gives it 1/2; absent frames do not count.
    outputs = torch.tensor(
        [
            [0.0, 0.0, log(3), 0.0, 99.0, -99.0],
            [log(3), -log(3), 0.0, 0.0, -99.0, 99.0],
        ]
    )
    frames, stances = torch.tensor([[1.0, 0.0]] * 2), one_hot([0, -1], [1, -1])
    half = (log(2) + log(4 / 3)) / 2
    for weight, expected in ((0.0, half), (0.5, 1.5 * half), (2.0, 3 * half)):
        loss = frame_stance_loss(outputs, frames, stances, weight)
        assert float(loss) == pytest.approx(expected)


def test_absent_frames_teach_no_stance():
    outputs = torch.randn(2, 6, generator=torch.Generator().manual_seed(0)).requires_grad_()
    frames, stances = torch.tensor([[1.0, 0.0]] * 2), one_hot([0, -1], [1, -1])
    frame_stance_loss(outputs, frames, stances, 1.0).backward()
    assert (outputs.grad[:, 2:4] != 0).all()
    assert (outputs.grad[:, 4:] == 0).all()


@pytest.mark.parametrize("columns", [2, 6], ids=["no stances", "none marked"])
def test_loss_without_stances_is_that_of_frames(columns):
    outputs = torch.cat([torch.zeros(2, 2), torch.full((2, columns - 2), 50.0)], dim=1)
    loss = frame_stance_loss(outputs, torch.ones(2, 2), torch.zeros(2, 2, columns // 2 - 1), 0.5)
    assert float(loss) == pytest.approx(log(2))


def test_soft_labels_weigh_each_answer_by_its_share():
    # Two in three mark the frame, one each way: log 2 for the frame's own logit of 0, and for the
    # stances, of which the first has 3/4, half of log 4/3 and half of log 4.
    outputs = torch.tensor([[0.0, log(3), 0.0]])
    loss = frame_stance_loss(
        outputs, torch.tensor([[2 / 3]]), torch.tensor([[[1 / 3, 1 / 3]]]), 1.0
    )
    assert float(loss) == pytest.approx(log(2) + (log(4 / 3) + log(4)) / 2)


def test_a_text_that_more_marked_weighs_more_for_the_stances():
    outputs = torch.tensor([[0.0, log(3), 0.0], [0.0, 0.0, log(3)]])
    stances = torch.tensor([[[0.75, 0.0]], [[0.25, 0.0]]])
    loss = frame_stance_loss(outputs, torch.full((2, 1), 0.5), stances, 1.0)
    assert float(loss) == pytest.approx(log(2) + 0.75 * log(4 / 3) + 0.25 * log(4))
