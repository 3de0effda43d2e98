"""What a share that was observed in a sample says of the share in all."""

from __future__ import annotations

from math import sqrt

NORMAL_QUANTILE = 1.96  # standard deviations on either side: 95 % of a normal distribution


def share_interval(share: float, num: int) -> tuple[float, float]:
    """Give the 95 % interval of a share that was observed.

    Parameters
    ----------
    share : float
        In [0, 1].
    num : int
        Size of the sample; of none all shares are possible.

    Returns
    -------
    (float, float)
        Its ends, in [0, 1].

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
    the American Statistical Association 22, 1927.
    """
    if not num:
        return 0.0, 1.0
    square = NORMAL_QUANTILE**2 / num
    center = share + square / 2
    half = sqrt(square * share * (1 - share) + square**2 / 4)
    return max(0.0, (center - half) / (1 + square)), min(1.0, (center + half) / (1 + square))
