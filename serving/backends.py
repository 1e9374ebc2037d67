"""Token ids to logits: the one step that differs between engines."""

import importlib.util
import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from labels.codebook import Codebook
from labels.errors import FramescopeError
from training.bundle import GRAPH

BACKENDS = ("openvino", "openvino-fp32", "onnx", "torch")
CHOICE, THREADS = "FRAMESCOPE_BACKEND", "FRAMESCOPE_THREADS"
"""Environment variables: one of `BACKENDS`, and the threads of one forward pass on CPU."""

BATCH_TOKENS = 4096
"""Tokens in a batch, padding included: enough for the matrix units, not too many for the caches."""

_CALL_TOKENS = 40
"""What a call costs beside its tokens. With OpenVINO in bfloat16 a token takes 0.058 ms of CPU, a
call 1.1 ms, and 2 to 3 ms more after a call of another shape."""

_KERNELS = 16
"""Kernels that OpenVINO keeps for shapes that may come again."""

_FAR_APART = 0.5
"""A logit alone and in a batch differ by up to 0.05 in bfloat16; broken kernels are off by 5."""

logger = logging.getLogger("bentoml.framescope")


class BackendError(FramescopeError):
    """An engine that is not there, or that answers wrongly."""


class Backend(Protocol):
    """input_ids, attention_mask: (n_texts, n_tokens), int64 -> (n_texts, n_outputs), float32.

    `batch_tokens`: how many tokens, with padding, one call is given at most. `call_tokens`: what a
    call costs beside its tokens, as so many of them. `at_once`: how many calls are best made at
    once, each by a thread of its own. `step`: calls are best a multiple of so many tokens wide.
    """

    batch_tokens: int
    call_tokens: int
    at_once: int
    step: int

    def outputs(self, input_ids: NDArray, attention_mask: NDArray) -> NDArray[np.float32]: ...


def open_backend(name: str | None, folder: Path, codebook: Codebook) -> Backend:
    """Open the engine of this name on a bundle; None is FRAMESCOPE_BACKEND, else the fastest.

    Without a choice it is OpenVINO, or ONNX Runtime where that is missing or answers wrongly.

    Raises:
        BackendError: if there is no such engine, or the one that was chosen cannot be used.
    """
    chosen = name or os.environ.get(CHOICE) or None
    if chosen is None:
        if importlib.util.find_spec("openvino") is None:
            return OnnxBackend(folder)
        try:
            return OpenVinoBackend(folder)
        except Exception as error:
            logger.warning("ONNX Runtime scores instead of OpenVINO: %s", error)
            return OnnxBackend(folder)
    if chosen == "onnx":
        return OnnxBackend(folder)
    if chosen == "torch":
        return TorchBackend(folder, codebook)
    if chosen in BACKENDS:
        return OpenVinoBackend(folder, "f32" if chosen == "openvino-fp32" else None)
    raise BackendError(f"no backend '{chosen}'; there are: {', '.join(BACKENDS)}")


class OpenVinoBackend:
    """OpenVINO on CPU: in bfloat16 where the processor multiplies it (AMX, AVX-512), else float32.

    A call takes one thread, and one for each core may be made at once. Threads that share a call
    wait for each other in each layer, and one that wakes late leaves its core without work.

    Attributes:
        precision: `bf16` or `f32`.
    """

    batch_tokens = 896
    call_tokens = _CALL_TOKENS
    # Kernels are made for each shape that comes, and shapes are fewer so.
    step = 16

    def __init__(self, folder: Path, precision: str | None = None, threads: int = 0) -> None:
        """`threads`: calls at once; 0 is FRAMESCOPE_THREADS, else one for each core.

        Raises:
            BackendError: if OpenVINO is not installed, or what it computes is wrong.
        """
        openvino = _openvino()
        core = openvino.Core()
        able = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        self.precision = precision or ("bf16" if able else "f32")
        self.at_once = threads or _threads() or len(os.sched_getaffinity(0))
        options: dict[str, Any] = {
            "NUM_STREAMS": self.at_once,
            "INFERENCE_NUM_THREADS": self.at_once,
            "INFERENCE_PRECISION_HINT": self.precision,
            # Pinned threads of two replicas would wait for each other on the same cores.
            "ENABLE_CPU_PINNING": False,
            # Else those of every shape that ever came are kept, 320 MB for 170 shapes, and there is
            # no end to shapes. Making a kernel again takes no time that could be measured.
            "CPU_RUNTIME_CACHE_CAPACITY": _KERNELS,
        }
        graph = core.read_model(str(folder / GRAPH))
        _keep_sums_apart(graph)
        if self.precision == "bf16":
            _halve(graph)
        self.session = core.compile_model(graph, "CPU", options)
        self._own = threading.local()  # a request holds its inputs: one for each thread
        _check(self)

    def outputs(self, input_ids: NDArray, attention_mask: NDArray) -> NDArray[np.float32]:
        request = getattr(self._own, "request", None)
        if request is None:
            request = self._own.request = self.session.create_infer_request()
        return request.infer({"input_ids": input_ids, "attention_mask": attention_mask})[0]


class OnnxBackend:
    """ONNX Runtime on CPU, in float32."""

    batch_tokens = BATCH_TOKENS
    call_tokens = _CALL_TOKENS
    at_once = 1
    step = 1

    def __init__(self, folder: Path, threads: int = 0) -> None:
        """`threads`: for one forward pass; 0 is FRAMESCOPE_THREADS, else one for each core."""
        import onnxruntime

        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or _threads()
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
    """PyTorch: the checkpoint itself, on a GPU where there is one and there in bfloat16."""

    at_once = 1
    step = 1

    def __init__(self, folder: Path, codebook: Codebook) -> None:
        import torch

        from training.model import FrameClassifier

        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        gpu = self.device == "cuda"
        self.batch_tokens = 16 * BATCH_TOKENS if gpu else BATCH_TOKENS
        # A GPU is best given few large calls. How large was not measured.
        self.call_tokens = BATCH_TOKENS if gpu else _CALL_TOKENS
        self.model = FrameClassifier.read(folder, codebook).to(self.device)
        self.half = self.device == "cuda" and torch.cuda.is_bf16_supported()

    def outputs(self, input_ids: NDArray, attention_mask: NDArray) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode(), torch.autocast(self.device, torch.bfloat16, self.half):
            ids, mask = (torch.from_numpy(a).to(self.device) for a in (input_ids, attention_mask))
            return self.model(ids, mask).float().cpu().numpy()


def _threads() -> int:
    given = os.environ.get(THREADS) or "0"
    if not given.isdecimal():
        raise BackendError(f"{THREADS} is '{given}'; it must be a number, 0 for one for each core")
    return int(given)


def _openvino() -> Any:
    """Import OpenVINO without the part of it that reports each import to its makers.

    `openvino.tools.ovc`, which converts models, sends an event when it is imported, and counts the
    lack of an answer as consent. The package itself goes on without it.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    missing = object()
    before: Any = sys.modules.get("openvino.tools.ovc", missing)
    if before is missing:
        sys.modules["openvino.tools.ovc"] = None  # type: ignore[assignment]
    try:
        import openvino
    except ImportError as error:
        raise BackendError(
            f"OpenVINO cannot be imported: {error}; install openvino, or set {CHOICE}=onnx"
        ) from error
    finally:
        if before is missing:
            sys.modules.pop("openvino.tools.ovc", None)
    return openvino


def _keep_sums_apart(graph: Any) -> None:
    """Put each sum's dimension back, so that what is added next is not fused into the sum.

    The CPU plugin (2024.0 to 2026.4, issue 23616) adds a fused bias along the wrong axis and, from
    eight texts on, reads past it: frame logits were off by 10, up to 1e33, and right for one text.
    """
    from openvino import opset13

    for op in graph.get_ordered_ops():
        if op.get_type_name() != "ReduceSum" or op.get_attributes()["keep_dims"]:
            continue
        readers = list(op.output(0).get_target_inputs())
        if any(reader.get_node().get_type_name() == "Add" for reader in readers):
            axes = op.input_value(1)
            whole = opset13.reduce_sum(op.input_value(0), axes, keep_dims=True)
            apart = opset13.squeeze(whole, axes)
            for reader in readers:
                reader.replace_source_output(apart.output(0))


def _halve(graph: Any) -> None:
    """Keep weights in float16, of which the engine makes its own in bfloat16, of fewer digits.

    The engine holds both for as long as it lives: 64 MB less of the 220 for 22 million weights.
    """
    from openvino._offline_transformations import compress_model_transformation

    compress_model_transformation(graph)


def _check(backend: Backend) -> None:
    """Compare texts in a batch, with padding, with the same texts alone.

    Raises:
        BackendError: if they differ by more than rounding can make them.
    """
    lengths = [3 + 2 * row for row in range(12)]
    ids = np.zeros((len(lengths), max(lengths)), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, length in enumerate(lengths):
        ids[row, :length] = (np.arange(length) * 7 + row) % 40 + 1
        mask[row, :length] = 1
    together = backend.outputs(ids, mask)
    for row in (0, 7, 11):
        own = slice(row, row + 1), slice(lengths[row])
        alone = backend.outputs(ids[own], mask[own])
        apart = np.abs(together[row] - alone[0]).max()
        if not apart <= _FAR_APART:  # what is not a number is wrong, too
            raise BackendError(
                f"{type(backend).__name__} gives other logits in a batch than alone, by "
                f"{apart:.3g}; set {CHOICE}=onnx"
            )
