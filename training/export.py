"""The fine-tuned model as a graph that serving runs without torch."""

import contextlib
import io
import logging
import warnings
from pathlib import Path
from typing import Any

import torch

from training.model import FrameClassifier


def export_graph(model: FrameClassifier, path: Path) -> None:
    """Write the model as ONNX in float32.

    Inputs `input_ids` and `attention_mask`, (n_texts, n_tokens), int64; output `logits`,
    (n_texts, n_outputs). Both sizes of the inputs may vary.
    """
    model = model.to("cpu").eval()
    attention = model.encoder.config._attn_implementation
    model.encoder.set_attn_implementation("eager")  # the exporter cannot read the fused kernels
    # Two tensors, never one twice: the exporter takes equal objects for one input.
    ids, mask = (torch.ones(2, 8, dtype=torch.int64) for _ in range(2))
    dynamic: Any = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    try:
        with _silence():
            torch.onnx.export(
                model,
                (ids, mask),
                str(path),
                input_names=["input_ids", "attention_mask"],
                output_names=["logits"],
                dynamic_shapes={"input_ids": dynamic, "attention_mask": dynamic},
                dynamo=True,
                external_data=False,
            )
    finally:
        model.encoder.set_attn_implementation(attention)


@contextlib.contextmanager
def _silence():
    """The exporter prints its steps and warns of its own code; none of it concerns the user."""
    previous = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(previous)
