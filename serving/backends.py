"""Token ids to logits: the one step that differs between engines."""

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from labels.codebook import Codebook
from training.bundle import GRAPH


class Backend(Protocol):
    """input_ids, attention_mask: (n_texts, n_tokens), int64 -> (n_texts, n_outputs), float32."""

    def outputs(self, input_ids: NDArray, attention_mask: NDArray) -> NDArray[np.float32]: ...


class OnnxBackend:
    """ONNX Runtime on CPU, in float32."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        """`threads`: for one forward pass; 0 is one for each physical core."""
        import onnxruntime

        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Spinning threads would take the cores from the requests that are being read meanwhile.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(
            str(folder / GRAPH), options, providers=["CPUExecutionProvider"]
        )

    def outputs(self, input_ids: NDArray, attention_mask: NDArray) -> NDArray[np.float32]:
        return self.session.run(
            ["logits"], {"input_ids": input_ids, "attention_mask": attention_mask}
        )[0]


class TorchBackend:
    """PyTorch: the checkpoint itself, on a GPU where there is one."""

    def __init__(self, folder: Path, codebook: Codebook) -> None:
        import torch

        from training.model import FrameClassifier

        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = FrameClassifier.read(folder, codebook).to(self.device)

    def outputs(self, input_ids: NDArray, attention_mask: NDArray) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            ids, mask = (torch.from_numpy(a).to(self.device) for a in (input_ids, attention_mask))
            return self.model(ids, mask).float().cpu().numpy()
