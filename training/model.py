"""The classifier: an encoder, pooling by attention for each frame, heads for frames and stances.

`docs/decisions/0001-pooling-and-heads.md` says why it is not the standard head of
`AutoModelForSequenceClassification`.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from labels.codebook import Codebook
from training.config import TrainConfig, TrainingError

HEADS = "heads.safetensors"


class FrameClassifier(nn.Module):
    """Frames and stances of a text in one forward pass."""

    def __init__(self, encoder: PreTrainedModel, codebook: Codebook) -> None:
        super().__init__()
        n_frames, n_stances = len(codebook.frames), len(codebook.stances)
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.dropout = nn.Dropout(0.1)
        self.queries = nn.Parameter(0.02 * torch.randn(n_frames, width))
        self.frames = nn.Linear(width, n_frames)
        self.stances = nn.Linear(width, n_frames * n_stances) if n_stances else None

    def forward(
        self,
        input_ids: Tensor | None,
        attention_mask: Tensor,
        inputs_embeds: Tensor | None = None,
    ) -> Tensor:
        """input_ids, attention_mask: (n_texts, n_tokens), int64.

        `inputs_embeds` (n_texts, n_tokens, width) may take the place of `input_ids`.
        Returns logits (n_texts, n_frames + n_frames * n_stances), ordered as `Codebook.outputs`.
        """
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, inputs_embeds=inputs_embeds
        ).last_hidden_state
        pooled = self.dropout(self._pool(hidden, attention_mask.unsqueeze(-1).to(hidden.dtype)))
        frames = (pooled * self.frames.weight).sum(-1) + self.frames.bias
        if self.stances is None:
            return frames
        width = pooled.shape[-1]
        weight = self.stances.weight.view(len(self.queries), -1, width)
        stances = torch.einsum("tfw,fsw->tfs", pooled, weight).flatten(1) + self.stances.bias
        return torch.cat([frames, stances], dim=1)

    def _pool(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Return (n_texts, n_frames, width): the mean over tokens, plus each frame's attention.

        hidden: (n_texts, n_tokens, width); mask: (n_texts, n_tokens, 1), 0 or 1. Label-wise
        attention as in Mullenbach et al. 2018, beside the mean that sentence encoders are made for.
        """
        mean = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1)
        heed = hidden @ self.queries.to(hidden.dtype).T + (mask - 1) * 1e4
        attended = heed.softmax(1).transpose(1, 2) @ hidden
        return attended + mean.unsqueeze(1)

    def write(self, folder: Path) -> None:
        """Write the encoder as Hugging Face tools load it, and the heads beside it."""
        self.encoder.save_pretrained(folder)
        heads = {
            name: tensor.detach().cpu().contiguous()
            for name, tensor in self.state_dict().items()
            if not name.startswith("encoder.")
        }
        save_file(heads, folder / HEADS)

    @classmethod
    def read(cls, folder: Path, codebook: Codebook) -> "FrameClassifier":
        """Read what `write` wrote."""
        quiet()
        model = cls(AutoModel.from_pretrained(folder, dtype=torch.float32), codebook)
        heads = load_file(folder / HEADS)
        if "queries" not in heads:
            # Bundle format 1 pooled by the mean alone: to attend to nothing makes twice the mean.
            heads = {name: _halved(name, tensor) for name, tensor in heads.items()}
            heads["queries"] = torch.zeros_like(model.queries)
        missing, unexpected = model.load_state_dict(heads, strict=False)
        if unexpected or any(not name.startswith("encoder.") for name in missing):
            raise ValueError(f"{folder / HEADS}: heads of another codebook: {missing} {unexpected}")
        return model.eval()


def _halved(name: str, tensor: Tensor) -> Tensor:
    return tensor / 2 if name.endswith(".weight") else tensor


def load_encoder(
    config: TrainConfig, codebook: Codebook
) -> tuple[FrameClassifier, PreTrainedTokenizerBase]:
    """Load the encoder with fresh heads for a codebook, or a warm start's own, and its tokenizer.

    Raises:
        TrainingError: if the encoder cannot be loaded.
    """
    quiet()
    if config.warm_start:
        folder = Path(config.warm_start)
        return FrameClassifier.read(folder, codebook), AutoTokenizer.from_pretrained(folder)
    names = dict(enumerate(codebook.outputs))
    try:
        tokenizer = AutoTokenizer.from_pretrained(config.encoder)
        settings = AutoConfig.from_pretrained(config.encoder)
        # Dropout inside attention keeps CPUs from their fast paths: a step takes 1.5 times as long.
        if hasattr(settings, "attention_probs_dropout_prob"):
            settings.attention_probs_dropout_prob = 0.0
        encoder = AutoModel.from_pretrained(config.encoder, config=settings, dtype=torch.float32)
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise TrainingError(
            f"--base-model {config.encoder}: cannot load this encoder: {reason} "
            "Give a folder that holds one (nothing is downloaded; an id is looked for in the "
            "local cache only), or leave the option out"
        ) from error
    encoder.config.id2label = names
    encoder.config.label2id = {name: place for place, name in names.items()}
    return FrameClassifier(encoder, codebook), tokenizer


def quiet() -> None:
    """Keep Transformers from reporting on weights that it loads as it should."""
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
