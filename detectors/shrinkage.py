"""A person's own normal, leaning on the peers' as long as little is known, and peers without the person.

A newcomer is measured against the peers, an old hand against their own past. Source: conjugate posteriors
(beta-binomial, gamma-Poisson).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detectors.base import Floats
from detectors.peer_norms import Law, PeerNorm, fit_peer_norm

_EXACT_UP_TO = 30


@dataclass(frozen=True, slots=True)
class OwnNorm:
    """Each person's shrunk rate and the dispersion of the prediction, both (n_people,)."""

    rate: Floats
    dispersion: Floats


def shrink_to_peers(
    k: ArrayLike,
    n: ArrayLike,
    peers: PeerNorm,
    *,
    least_dispersion: float = 0.002,
    most_weight: float = np.inf,
) -> OwnNorm:
    """Combine a person's past with the peers' norm; the peers weigh as much as their dispersion says.

    Args:
        k: (n_people,) past counts; NaN (no past) gives the peers' norm itself.
        n: (n_people,) past trials or exposures.
        peers: The norm of the person's peers. Its prior strength is 1 / dispersion − 1 trials (shares),
            or 1 / (dispersion x rate) units of exposure (counts).
        least_dispersion: Nobody's tomorrow is predicted more sharply than this, for people change.
        most_weight: The past counts for no more than this many times the prior, so that a slow seller's own
            habit never becomes all of their normal.

    Returns:
        Rate and dispersion for ``counts``' tails.
    """
    k_, n_ = (np.array(v, dtype=np.float64) for v in np.broadcast_arrays(k, n))
    unknown = ~(np.isfinite(k_) & np.isfinite(n_) & (n_ > 0))
    k_[unknown], n_[unknown] = 0.0, 0.0
    rho = max(peers.dispersion, 1e-9)
    if peers.law == "beta_binomial":
        prior = 1 / rho - 1
        successes = prior * peers.rate
    else:
        prior = 1 / (rho * max(peers.rate, 1e-12))
        successes = 1 / rho
    fade = np.minimum(1.0, most_weight * prior / np.maximum(n_, 1e-12))
    k_, n_ = k_ * fade, n_ * fade
    rate = (successes + k_) / (prior + n_)
    spread = 1 / (prior + n_ + 1) if peers.law == "beta_binomial" else 1 / (successes + k_)
    return OwnNorm(rate, np.maximum(spread, least_dispersion))


def leave_one_out(
    k: ArrayLike, n: ArrayLike, *, law: Law = "beta_binomial", prior: PeerNorm | None = None
) -> OwnNorm:
    """Give each person the norm of the others, so that nobody vouches for themselves.

    Groups up to 30 are fitted anew without each person. In greater groups one person can move the
    (bounded) fit by less than 1/30 of its range, and people far outside are left out of it anyway: there
    the group's norm stands.

    Args:
        k: (n_people,) counts.
        n: (n_people,) trials or exposures.
        law: See ``fit_peer_norm``.
        prior: Norm of the wider group.
    """
    k_, n_ = (np.array(v, dtype=np.float64).ravel() for v in np.broadcast_arrays(k, n))
    if len(k_) > _EXACT_UP_TO or len(k_) < 2:
        whole = fit_peer_norm(k_, n_, law=law, prior=prior)
        return OwnNorm(np.full(k_.shape, whole.rate), np.full(k_.shape, whole.dispersion))
    fits = []
    for i in range(len(k_)):
        others = np.arange(len(k_)) != i
        fits.append(fit_peer_norm(k_[others], n_[others], law=law, prior=prior))
    return OwnNorm(np.array([f.rate for f in fits]), np.array([f.dispersion for f in fits]))
