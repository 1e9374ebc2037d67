"""Fine-tunes the classifier with the Transformers Trainer, on a Dataset."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from torch import Tensor
from transformers import (
    DataCollatorWithPadding,
    PreTrainedTokenizerBase,
    PrinterCallback,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR

from labels.codebook import Codebook
from labels.disk import sync_folder
from labels.snapshot import Labelled
from training.batches import training_order
from training.config import TrainConfig, TrainingError
from training.helping import Job
from training.layers import LowerOutputs, frozen_share, n_frozen, upper_part
from training.logits import Logits, shares, split_outputs
from training.model import FrameClassifier, load_encoder
from training.progress import Progress
from training.ranks import group
from training.trainer import DRAWN, FrameTrainer

SAVES = 8
"""Checkpoints in a run: what a kill can cost at most is an eighth of it."""

_WHOLE = "whole"  # an empty file in a checkpoint that is on disk to the last byte


def finetune(
    rows: Sequence[Labelled],
    codebook: Codebook,
    config: TrainConfig,
    steps: int,
    work: Path,
    progress: Progress,
) -> tuple[FrameClassifier, PreTrainedTokenizerBase, str]:
    """Fine-tune on `rows` in `steps` batches; return model, tokenizer and precision trained in.

    Checkpoints go to `work`; a run that was killed goes on from the last of them, to the same
    weights as an unbroken run. Equal rows, settings and kind of processor give equal weights. Under
    torchrun all processes do this together; see `training.helping`.

    Raises:
        TrainingError: if the encoder cannot be loaded, there are more processes than texts in a
            batch, or one of them fails.
    """
    together = group()
    job = Job(rows, codebook, config, steps, work, fast_bf16(), last_checkpoint(work))
    if together is None:
        return finetune_together(job, progress)
    if together.share.size > config.batch_size:
        raise TrainingError(
            f"{together.share.size} processes cannot share batches of {config.batch_size} texts; "
            f"start at most {config.batch_size}"
        )
    with together.failing_together():
        together.send(job.to_bytes())
        return finetune_together(job, progress)


def finetune_together(
    job: Job, progress: Progress
) -> tuple[FrameClassifier, PreTrainedTokenizerBase, str]:
    """Do what `finetune` does, in each of the processes that take part."""
    config, bf16 = job.config, job.bf16
    set_seed(config.seed)
    model, tokenizer = load_encoder(config, job.codebook)
    # The table of word vectors is half of the weights; training it costs time and gains nothing.
    model.encoder.get_input_embeddings().requires_grad_(False)
    data = encode(job.rows, job.codebook, tokenizer, config.max_tokens, config.soft_labels)
    trained = model
    collate: Any = DataCollatorWithPadding(tokenizer)
    if n_lower := n_frozen(model.encoder, frozen_share(config.frozen_share, data["length"])):
        if torch.cuda.is_available():
            model.cuda()
        lower = LowerOutputs(model.encoder, n_lower, data["input_ids"], bf16)
        trained, collate = upper_part(model, n_lower), LowerCollator(lower)
    trainer = FrameTrainer(
        model=trained,
        args=_arguments(config, job.work, job.steps, bf16),
        train_dataset=data,
        data_collator=collate,
        callbacks=[_Report(progress)],
        optimizers=(optimizer(trained, config), None),
        order=training_order(data["length"], config.batch_size, job.steps, config.seed),
        stance_weight=config.stance_weight,
    )
    trainer.remove_callback(PrinterCallback)
    attention = model.encoder.config._attn_implementation
    # At the length of paragraphs the plain kernel is faster backwards than the fused one, on CPUs.
    model.encoder.set_attn_implementation(attention if torch.cuda.is_available() else "eager")
    trainer.train(resume_from_checkpoint=_checkpoint_of_all(job))
    model.encoder.set_attn_implementation(attention)
    # Takes the forward pass in mixed precision off the model again, which shares its weights.
    trainer.accelerator.unwrap_model(trainer.model, keep_fp32_wrapper=False)
    return model, tokenizer, "bf16" if bf16 else "fp32"


class LowerCollator:
    """Makes a batch of what the lower layers made of its texts."""

    def __init__(self, lower: LowerOutputs) -> None:
        self.lower = lower

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Tensor]:
        hidden, mask = self.lower.of([row["place"] for row in rows])
        batch = {name: torch.tensor([row[name] for row in rows]) for name in ("frames", "stances")}
        return {**batch, "inputs_embeds": hidden, "attention_mask": mask}


def _arguments(config: TrainConfig, work: Path, steps: int, bf16: bool) -> TrainingArguments:
    return TrainingArguments(
        output_dir=str(work),
        max_steps=steps,
        per_device_train_batch_size=config.batch_size,
        warmup_steps=steps // 10,
        remove_unused_columns=False,
        bf16=bf16,
        use_cpu=not torch.cuda.is_available(),
        seed=config.seed,
        save_steps=max(1, -(-steps // SAVES)),
        save_total_limit=2,  # the one before stays until a new one is whole
        logging_steps=max(1, steps // 50),
        report_to=[],
        disable_tqdm=True,
        dataloader_num_workers=0,
    )


def last_checkpoint(work: Path) -> str | None:
    """Return the newest whole checkpoint; a run killed while saving leaves one that is not."""
    whole = [mark.parent for mark in work.glob(f"{PREFIX_CHECKPOINT_DIR}-*/{_WHOLE}")]
    newest = max(whole, key=lambda folder: int(folder.name.rpartition("-")[2]), default=None)
    return str(newest) if newest else None


def _checkpoint_of_all(job: Job) -> str | None:
    """Return the checkpoint to go on from: none where a process does not find the first one's."""
    together = group()
    if together is None or job.checkpoint is None:
        return job.checkpoint
    found = Path(job.checkpoint)
    if together.share.rank == 0:
        for rank in range(together.share.size):  # the names that the Trainer looks for
            shutil.copy(found / DRAWN, found / f"rng_state_{rank}.pth")
    if together.all((found / _WHOLE).is_file()):
        return job.checkpoint
    if together.share.rank == 0:
        shutil.rmtree(job.work)
    return None


def optimizer(model: FrameClassifier, config: TrainConfig) -> torch.optim.Optimizer:
    """Return AdamW, with the heads, which start from nothing, at a rate of their own."""
    trained = [
        (name, weights) for name, weights in model.named_parameters() if weights.requires_grad
    ]
    encoder = [weights for name, weights in trained if name.startswith("encoder.")]
    heads = [weights for name, weights in trained if not name.startswith("encoder.")]
    return torch.optim.AdamW(
        [
            {"params": encoder, "lr": config.learning_rate},
            {"params": heads, "lr": config.head_learning_rate},
        ],
        weight_decay=0.01,
    )


def encode(
    rows: Sequence[Labelled],
    codebook: Codebook,
    tokenizer: PreTrainedTokenizerBase,
    max_tokens: int,
    soft: bool = False,
) -> Dataset:
    """Return a Dataset of token ids, their number, and frames and stances as `shares` gives them.

    `place` is a row's position in `rows`.
    """
    encoded = tokenizer([row.text for row in rows], truncation=True, max_length=max_tokens)
    gold = shares(rows, codebook, soft)
    return Dataset.from_dict(
        {
            "input_ids": encoded["input_ids"],
            "attention_mask": encoded["attention_mask"],
            "place": list(range(len(rows))),
            "length": [len(ids) for ids in encoded["input_ids"]],
            "frames": gold.frames,
            "stances": gold.stances.tolist(),
        }
    )


def score(
    model: FrameClassifier,
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    codebook: Codebook,
    max_tokens: int,
) -> Logits:
    """Return the logits of texts, computed in batches of like length, in the order given."""
    model.eval()
    device = next(model.parameters()).device
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    outputs = torch.empty(len(texts), len(codebook.outputs))
    for start in range(0, len(order), 32):
        places = order[start : start + 32]
        batch = tokenizer(
            [texts[place] for place in places],
            truncation=True, max_length=max_tokens, padding=True, return_tensors="pt",
        )  # fmt: skip
        with torch.inference_mode():
            found = model(
                input_ids=batch["input_ids"].to(device),
                attention_mask=batch["attention_mask"].to(device),
            )
            outputs[places] = found.float().cpu()
    return split_outputs(outputs.numpy(), codebook)


def fast_bf16() -> bool:
    """Whether training in bfloat16 (with float32 weights) is the faster way on this machine."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


class _Report(TrainerCallback):
    """Tells how far the run is, and puts each checkpoint safely on disk."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.progress.advance(state.global_step, state.max_steps)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if not state.is_world_process_zero:
            return
        folder = Path(args.output_dir) / f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}"
        sync_folder(folder)
        (folder / _WHOLE).touch()
