"""The catalogue as a page for people.

`python -m pipeline.features.page > docs/features.md`; a test compares the two.
"""

from __future__ import annotations

import sys

from pipeline.features.catalogue import FAMILIES, FEATURES
from pipeline.features.spec import Feature, Model

HEAD = """\
# What is measured

This page is written by `python -m pipeline.features.page`; the features are declared in
`pipeline/features/families/`.

Every feature is a number of a person and a night, over one or more windows of working days. A share is set
against peers of the role and, where it says so, against the own past; what counts is how surprising it is,
never the number alone. Below the least denominator a feature is not assessable, which is not the same as
nought. Only a high value can raise anybody.
"""
LAWS = {
    Model.SHARE: "share (beta-binomial)",
    Model.COUNT: "count per active day (gamma-Poisson)",
    Model.PEAK: "greatest of the days (gamma-Poisson)",
    Model.EVEN: "evenness over the days (zero-truncated Poisson dispersion test)",
}


def _entry(feature: Feature) -> str:
    windows = ", ".join(str(days) for days in feature.windows)
    past = "peers and the own past" if feature.against_self else "peers"
    return f"""\
### {feature.title.en} · {feature.title.zh}

`{feature.id}` — {LAWS[feature.model]} of `{feature.numerator}` in `{feature.denominator}`; unit:
{feature.unit.en} ({feature.unit.zh}); windows: {windows} working days; direction: {feature.direction}; at
least {feature.least_n} in the denominator; against {past}; dossier: {", ".join(feature.dossier)}.

- Says: {feature.sentence.en}
- 表述:{feature.sentence.zh}
- Innocent look-alikes: {feature.look_alikes.en} · {feature.look_alikes.zh}
- Cannot see: {feature.blind_spot.en} · {feature.blind_spot.zh}
"""


def page() -> str:
    """Return the catalogue in Markdown, family by family."""
    parts = [HEAD]
    for family in FAMILIES:
        parts.append(f"## {family}\n")
        parts += [_entry(feature) for feature in FEATURES if feature.family == family]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page())
