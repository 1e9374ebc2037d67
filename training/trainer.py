"""The Transformers Trainer with what is this project's own: loss, order of texts, whole batches."""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader
from transformers import Trainer

from training.batches import FixedOrder
from training.ranks import own_share
from training.whole_batch import PER_PROCESS, OwnRows, WholeBatchDropout

DRAWN = "rng_state.pth"
"""The state of the generators in a checkpoint: one for all processes, whose are equal."""


class FrameTrainer(Trainer):
    """Trainer with the loss of frames and stances, an order of its own, and whole batches.

    Several processes share each batch of the order, however many they are; see
    `training.whole_batch`.
    """

    def __init__(self, *args: Any, order: Sequence[int], stance_weight: float, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self.order = order
        self.stance_weight = stance_weight
        self.share = own_share()
        self.dropout: Any = contextlib.nullcontext()
        if self.share.size > 1:
            self.dropout = WholeBatchDropout(self.share, self.args.train_batch_size)

    def get_train_dataloader(self) -> DataLoader:
        if self.share.size == 1:
            return super().get_train_dataloader()
        dataset: Any = self.train_dataset
        return DataLoader(
            dataset,
            self.args.train_batch_size,
            sampler=FixedOrder(self.order),
            collate_fn=OwnRows(self.data_collator, self.share),
        )

    def _get_train_sampler(self, *_: Any) -> FixedOrder:
        return FixedOrder(self.order)

    def _save_rng_state(self, output_dir: str) -> None:
        if self.args.should_save:
            super()._save_rng_state(output_dir)
        if self.args.should_save and self.share.size > 1:
            (Path(output_dir) / "rng_state_0.pth").rename(Path(output_dir) / DRAWN)

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        with self.dropout:
            outputs = model(
                inputs.get("input_ids"), inputs["attention_mask"], inputs.get("inputs_embeds")
            ).float()
        loss = frame_stance_loss(
            outputs, inputs["frames"], inputs["stances"], self.stance_weight,
            inputs.get(PER_PROCESS),
        )  # fmt: skip
        return (loss, outputs) if return_outputs else loss


def frame_stance_loss(
    outputs: Tensor,
    frames: Tensor,
    stances: Tensor,
    stance_weight: float,
    per_process: Tensor | None = None,
) -> Tensor:
    """Binary cross-entropy of frames plus weighted cross-entropy of stances on present frames.

    outputs: (n_texts, n_frames + n_frames * n_stances); frames: (n_texts, n_frames), the share who
    marked a frame; stances: (n_texts, n_frames, n_stances), the share who marked it with that
    stance, floating point. Each part is a mean over its decisions, a stance's by its share; over
    those of the whole batch where `per_process` tells of it, as `training.whole_batch` says.
    """
    n_texts, n_frames = frames.shape
    texts, given = (n_texts, stances.sum()) if per_process is None else per_process
    loss = functional.binary_cross_entropy_with_logits(outputs[:, :n_frames], frames)
    loss = loss * (n_texts / texts)
    if outputs.shape[1] > n_frames and given > 0:
        chances = outputs[:, n_frames:].reshape(n_texts, n_frames, -1).log_softmax(-1)
        loss = loss - stance_weight * (stances * chances).sum() / given
    return loss
