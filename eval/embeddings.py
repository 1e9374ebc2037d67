"""Texts as vectors: the mean of an encoder's outputs over a text's tokens."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from labels.codebook import Codebook
from training.config import TrainConfig
from training.finetune import fast_bf16
from training.model import load_encoder
from training.progress import Progress

_BATCH = 32


def embed(
    texts: Sequence[str], config: TrainConfig, codebook: Codebook, progress: Progress
) -> NDArray[np.float32]:
    """Return (n_texts, width), each row of length 1.

    They are the outputs of the encoder as it comes, not fine-tuned, averaged over tokens (Reimers
    and Gurevych 2019), of the first `config.max_tokens` tokens.

    Raises:
        TrainingError: if the encoder cannot be loaded.
    """
    model, tokenizer = load_encoder(config, codebook)
    encoder = model.encoder.eval()
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    found = torch.empty(len(texts), encoder.config.hidden_size)
    for start in range(0, len(order), _BATCH):
        places = order[start : start + _BATCH]
        batch = tokenizer(
            [texts[place] for place in places],
            truncation=True, max_length=config.max_tokens, padding=True, return_tensors="pt",
        )  # fmt: skip
        mask = batch["attention_mask"]
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, fast_bf16()):
            hidden = encoder(input_ids=batch["input_ids"], attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).float()
        found[places] = (hidden.float() * weights).sum(1) / weights.sum(1)
        progress.advance(min(start + _BATCH, len(order)), len(order))
    return torch.nn.functional.normalize(found).numpy()
