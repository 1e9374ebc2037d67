"""Scoring a corpus: any number of texts in, scores out, in constant memory, resumable."""
