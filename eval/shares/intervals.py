"""Limits of shares: one proportion by Jeffreys, and sums of parts by the limits of each part.

A proportion has the limits of Brown, Cai and DasGupta (2001), from Jeffreys' prior, on the number
of independent paragraphs that say as much as the clustered ones do, made smaller for few clusters
(Korn and Graubard 1998). Limits of parts are joined as Zou and Donner (2008) do, so that an
interval is longer on the side where a share could still be; Yan and Su (2010) join strata so.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

LEVEL = 0.95

Array = NDArray[np.float64]


def divide(top: Array, bottom: Array, otherwise: float = 0.0) -> Array:
    """Divide; `otherwise` where the bottom is 0."""
    whole = np.asarray(bottom, dtype=np.float64)
    empty = np.full(np.broadcast_shapes(np.shape(top), whole.shape), otherwise)
    return np.divide(top, whole, out=empty, where=whole != 0)


def t_quantile(clusters: Array, level: float | Array = LEVEL) -> Array:
    """Student's t for an interval of this level, with one degree of freedom less than clusters."""
    freedom = np.maximum(np.asarray(clusters, dtype=np.float64) - 1, 1.0)
    return special.stdtrit(freedom, (1 + np.asarray(level)) / 2)


def proportion_limits(
    share: Array, size: Array, clusters: Array, level: float | Array = LEVEL
) -> tuple[Array, Array]:
    """Return the limits of proportions that `size` independent draws say as much of.

    share, size: alike in shape; clusters: broadcast to it. 0 and 1 without a draw.
    """
    normal = special.ndtri((1 + np.asarray(level)) / 2)
    told = size * (normal / t_quantile(clusters, level)) ** 2
    tail = (1 - np.asarray(level)) / 2
    hits, misses = share * told, (1 - share) * told
    low = special.betaincinv(hits + 0.5, misses + 0.5, tail)
    high = special.betaincinv(hits + 0.5, misses + 0.5, 1 - tail)
    low = np.where((share <= 0) | (size <= 0), 0.0, np.minimum(low, share))
    high = np.where((share >= 1) | (size <= 0), 1.0, np.maximum(high, share))
    return low, high


def contrast(
    share: Array, limits: tuple[Array, Array], signs: Array, common: Array
) -> tuple[Array, Array, Array]:
    """Return signed sums of shares with their limits (Zou 2007, which allows for correlation).

    share and limits: (..., G). signs: (G,). common: (G, G), correlations of the shares.
    """
    low, high = limits
    below = np.where(signs > 0, share - low, high - share) * signs
    above = np.where(signs > 0, high - share, share - low) * signs
    fall, rise = (
        np.sqrt(np.maximum(np.einsum("...i,ij,...j->...", side, common, side), 0.0))
        for side in (below, above)
    )
    value = share @ signs
    return value, value - fall, value + rise
