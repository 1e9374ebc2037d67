"""Shares of frames in a scored corpus, with intervals that hold the classifier's own errors.

from eval.shares import shares
found = shares(frame, by=["month", "source"], labels="sample.jsonl")
found.to_pandas()
"""

from eval.shares.result import Shares, shares
from eval.shares.sources import SharesError

__all__ = ["Shares", "SharesError", "shares"]
