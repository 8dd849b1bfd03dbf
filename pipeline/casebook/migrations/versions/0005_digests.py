"""Keep digests of decisions in the access record.

No table changes. The revision keeps older programs out, which would write decisions without a digest, and takes what
they have written as it is found.

Revision: 0005, after 0004.
"""

from __future__ import annotations

from alembic import op

from pipeline.casebook.cases import NIGHT
from pipeline.casebook.digests import attest_as_found
from pipeline.clock import now

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Attest every case, line of history and suppression as they stand; a new casebook has none."""
    attest_as_found(op.get_bind(), at=now(), actor=NIGHT)
