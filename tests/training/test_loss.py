from math import log

import pytest
import torch

from training.finetune import frame_stance_loss


def test_loss_worked_out_by_hand():
    # Frames: sigmoid(log 3) is 3/4, so the four decisions cost log 2, log 2, log 4/3 and log 4/3.
    # Stances: text 1 gives its stance 3/4 and text 2 gives it 1/2; absent frames do not count.
    outputs = torch.tensor(
        [
            [0.0, 0.0, log(3), 0.0, 99.0, -99.0],
            [log(3), -log(3), 0.0, 0.0, -99.0, 99.0],
        ]
    )
    frames, stances = torch.tensor([[1.0, 0.0]] * 2), torch.tensor([[0, -1], [1, -1]])
    half = (log(2) + log(4 / 3)) / 2
    for weight, expected in ((0.0, half), (0.5, 1.5 * half), (2.0, 3 * half)):
        loss = frame_stance_loss(outputs, frames, stances, weight)
        assert float(loss) == pytest.approx(expected)


def test_absent_frames_teach_no_stance():
    outputs = torch.randn(2, 6, generator=torch.Generator().manual_seed(0)).requires_grad_()
    frames, stances = torch.tensor([[1.0, 0.0]] * 2), torch.tensor([[0, -1], [1, -1]])
    frame_stance_loss(outputs, frames, stances, 1.0).backward()
    assert (outputs.grad[:, 2:4] != 0).all()
    assert (outputs.grad[:, 4:] == 0).all()


@pytest.mark.parametrize("columns", [2, 6], ids=["no stances", "none marked"])
def test_loss_without_stances_is_that_of_frames(columns):
    outputs = torch.cat([torch.zeros(2, 2), torch.full((2, columns - 2), 50.0)], dim=1)
    loss = frame_stance_loss(outputs, torch.ones(2, 2), torch.full((2, 2), -1), 0.5)
    assert float(loss) == pytest.approx(log(2))
