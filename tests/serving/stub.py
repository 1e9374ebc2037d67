"""A predictor whose answers can be told from the texts, with one token for each character."""

import threading
from types import SimpleNamespace

from labels.codebook import Codebook, Frame
from serving.predictor import ReadText
from serving.results import Result, TextError

UNREADABLE = "unreadable"
POISON = "poison"


class Stub:
    """Raises on two texts. It scores once `gate` is open; `batches`: the texts that it was given.

    `model` is told in each answer's language, since a stub has none.
    """

    def __init__(self, model="m", wrong_count=False):
        self.model = model
        self.member = "ensemble"
        self.codebook = Codebook("stub", 1, (Frame("a"),))
        self.batch_tokens = 4096
        self.manifest = SimpleNamespace(max_tokens=None)
        self.batches = []
        self.gate = threading.Event()
        self.gate.set()
        self._wrong_count = wrong_count

    def read(self, texts):
        if UNREADABLE in texts:
            raise ValueError("cannot be read")
        return [
            ReadText(text, text, self.model, range(len(text)))
            if text
            else TextError("invalid_text", "the text is empty")
            for text in texts
        ]

    def score(self, read, explain=False):
        assert {one.language for one in read} == {self.model}
        self.batches.append([one.sent for one in read])
        assert self.gate.wait(60)
        if POISON in self.batches[-1]:
            raise ValueError("cannot be scored")
        found = [self.answer(one.sent, explain) for one in read]
        return found[1:] if self._wrong_count and len(read) > 1 else found

    def answer(self, text, explain=False):
        """What is answered to a text alone."""
        if not text:
            return TextError("invalid_text", "the text is empty")
        if text in (UNREADABLE, POISON):
            words = "an error of the service itself (ValueError); its log says more"
            return TextError("internal", words)
        return Result((), f"{self.model}: {text}", explain, False, len(text))
