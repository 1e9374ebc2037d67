"""The classifier: an encoder, mean pooling, a head for frames and a head for their stances.

`docs/decisions/0001-pooling-and-heads.md` says why it is not the standard head of
`AutoModelForSequenceClassification`.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
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
        self.frames = nn.Linear(width, n_frames)
        self.stances = nn.Linear(width, n_frames * n_stances) if n_stances else None

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """input_ids, attention_mask: (n_texts, n_tokens), int64.

        Returns logits (n_texts, n_frames + n_frames * n_stances), ordered as `Codebook.outputs`.
        """
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        pooled = self.dropout((hidden * mask).sum(1) / mask.sum(1).clamp(min=1))
        heads = [self.frames] if self.stances is None else [self.frames, self.stances]
        return torch.cat([head(pooled) for head in heads], dim=1)

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
        missing, unexpected = model.load_state_dict(load_file(folder / HEADS), strict=False)
        if unexpected or any(not name.startswith("encoder.") for name in missing):
            raise ValueError(f"{folder / HEADS}: heads of another codebook: {missing} {unexpected}")
        return model.eval()


def load_encoder(
    config: TrainConfig, codebook: Codebook
) -> tuple[FrameClassifier, PreTrainedTokenizerBase]:
    """Load the encoder with fresh heads for a codebook, and its tokenizer.

    Raises:
        TrainingError: if the encoder cannot be loaded.
    """
    quiet()
    names = dict(enumerate(codebook.outputs))
    try:
        tokenizer = AutoTokenizer.from_pretrained(config.encoder)
        encoder = AutoModel.from_pretrained(config.encoder, dtype=torch.float32)
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
