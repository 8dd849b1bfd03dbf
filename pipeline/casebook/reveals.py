"""Four eyes over unmasking: asked for by one, approved by another, each an entry of the access record.

There is no table beside the access record: a request, its approval and each copy made *are* entries of the
chain, so that none can be changed or taken out without being found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, select

from pipeline.casebook.access import AccessRecord, append_within, hash_of
from pipeline.casebook.case_file import get_case
from pipeline.casebook.independence import FourEyes, same_person
from pipeline.casebook.masking import masked
from pipeline.casebook.tables import access_records
from pipeline.errors import NotPermittedError, UsageError

REQUEST, APPROVE, COPY, WHO = "reveal request", "reveal approve", "reveal copy", "reveal who"
CHALLENGE = "tellerwatch reveal approve 1\n"

Standing = Literal["waits", "approved", "expired"]


@dataclass(frozen=True)
class Reveal:
    """One request as it stands.

    Attributes:
        reveal_id: `R-` and the number of its entry in the access record.
        tokens: The customers who are asked for.
        challenge: What an approver signs who has no account here.
        copies: Unmasked copies made so far.
        people: The codes of staff that are asked for.
    """

    reveal_id: str
    case_id: str
    employee_id: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    reason: str
    tokens: tuple[str, ...]
    challenge: str
    approved_by: str = ""
    approved_at: datetime | None = None
    copies: int = 0
    people: tuple[str, ...] = ()

    def standing(self, at: datetime) -> Standing:
        """Say whether it can be used now."""
        if at >= self.expires_at:
            return "expired"
        return "approved" if self.approved_by else "waits"


def request(
    connection: Connection,
    *,
    case_id: str,
    reason: str,
    tokens: Sequence[str],
    people: Sequence[str] = (),
    hours: float,
    actor: str,
    host: str,
    at: datetime,
    eyes: FourEyes,
) -> Reveal:
    """Ask for an unmasked copy of some customers of a case, or for who is behind codes of staff.

    Args:
        connection: A transaction that writes (`engine.writing`).
        case_id: Which case.
        reason: Why the masks do not do, in words.
        tokens: The customers.
        people: Codes of staff.
        hours: For how long the request can be used.
        actor: The operating-system user.
        host: The machine.
        at: Now.
        eyes: Who is who.

    Raises:
        UsageError: There is no such case that the actor may see, no reason, or no customer.
    """
    case = get_case(connection, case_id, eyes.oneself(actor))
    words = masked(reason).strip()
    if not words or not (tokens or people):
        raise UsageError(
            "A request without a reason cannot be judged." if not words else "Nobody is asked for.",
            "Say in words, with --reason, why the masked dossier does not do.",
        )
    expires = at + timedelta(hours=hours)
    entry = append_within(
        connection,
        at=at,
        actor=actor,
        host=host,
        act=REQUEST,
        target_kind="case",
        target=case_id,
        case_no=case_id,
        detail={
            "reason": words,
            "expires_at": expires.isoformat(timespec="seconds"),
            "employee_id": case.employee_id,
            "tokens": sorted(set(tokens)),
            **({"people": sorted(set(people))} if people else {}),
        },
    )
    return _requested(entry)


def approve(
    connection: Connection,
    reveal_id: str,
    *,
    actor: str,
    host: str,
    at: datetime,
    eyes: FourEyes,
    signed_by: str = "",
    signature: str = "",
    public_key: str = "",
) -> Reveal:
    """Approve a request: by another account, or by the signature of somebody who has none here.

    Args:
        connection: A transaction that writes.
        reveal_id: Which request.
        actor: The operating-system user.
        host: The machine.
        at: Now.
        eyes: Who is who, and who leads whom.
        signed_by: The approver who has signed the challenge; empty when the actor approves.
        signature: Their Ed25519 signature, as hexadecimal digits.
        public_key: Their key, as the configuration has it.

    Raises:
        UsageError: There is no such request, or it was approved already.
        NotPermittedError: It has expired, the approver is not independent, or the signature does not fit.
    """
    found = read_reveal(connection, reveal_id, eyes.oneself(actor))
    if found.approved_by:
        raise UsageError(f"{found.reveal_id} was approved by {found.approved_by} already.", "")
    if found.standing(at) == "expired":
        raise _expired(found)
    approver = signed_by or actor
    if same_person(eyes.person(approver), eyes.person(found.requested_by)):
        raise NotPermittedError(
            f"{approver} has asked for {found.reveal_id} and cannot approve it too.",
            "Let somebody else approve: under their own account, or with --signed-by and --signature.",
        )
    eyes.check_second(found.requested_by, approver, found.employee_id)
    detail: dict[str, Any] = {"request_hash": found.challenge, "approved_by": approver}
    if signed_by:
        _check_signature(found, signed_by, signature, public_key)
        detail |= {"signature": signature, "public_key": public_key}
    append_within(
        connection,
        at=at,
        actor=actor,
        host=host,
        act=APPROVE,
        target_kind="reveal",
        target=found.reveal_id,
        case_no=found.case_id,
        detail=detail,
    )
    return read_reveal(connection, reveal_id)


def permitted(connection: Connection, reveal_id: str, *, actor: str, at: datetime) -> Reveal:
    """Return a request that may be carried out now, by whoever asked for it.

    Raises:
        NotPermittedError: It is not approved, has expired, or somebody else asked for it.
    """
    found = read_reveal(connection, reveal_id)
    if not same_person(found.requested_by, actor):
        raise NotPermittedError(
            f"{found.reveal_id} was asked for by {found.requested_by}, not by {actor}.",
            "Ask for one yourself: `tellerwatch reveal request`.",
        )
    standing = found.standing(at)
    if standing == "expired":
        raise _expired(found)
    if standing == "waits":
        raise NotPermittedError(
            f"{found.reveal_id} is not approved, so nothing is unmasked.",
            f"Another person approves it: `tellerwatch reveal approve {found.reveal_id}`.",
        )
    return found


def read_reveals(connection: Connection) -> list[Reveal]:
    """Read all requests as they stand, the newest first.

    Raises:
        NotPermittedError: An entry that they rest on is not what was written.
    """
    found: dict[str, Reveal] = {}
    query = (
        select(access_records)
        .where(access_records.c.act.in_((REQUEST, APPROVE, COPY, WHO)))
        .order_by(access_records.c.seq)
    )
    for row in connection.execute(query).mappings():
        if hash_of(dict(row)) != row["hash"]:
            raise NotPermittedError(
                f"Entry {row['seq']} of the access record is not what was written: nothing is unmasked.",
                "`tellerwatch ledger verify` shows every place that does not hold.",
            )
        entry = AccessRecord(**row)
        if entry.act == REQUEST:
            # A try that was refused leaves an entry too, without what a request holds.
            if "tokens" in entry.detail:
                found[f"R-{entry.seq}"] = _requested(entry)
        elif (before := found.get(entry.target)) is not None and "request_hash" in entry.detail:
            found[entry.target] = _after(before, entry)
    return list(found.values())[::-1]


def read_reveal(
    connection: Connection, reveal_id: str, hidden: Callable[[str], bool] | None = None
) -> Reveal:
    """Read one request as it stands.

    Args:
        connection: An open connection.
        reveal_id: Which request.
        hidden: Says of an employee whether a request about them is to look as if there were none.

    Raises:
        UsageError: There is none of this number.
    """
    wanted = reveal_id.strip().upper()
    for found in read_reveals(connection):
        if found.reveal_id == wanted and not (hidden and hidden(found.employee_id)):
            return found
    raise UsageError(
        f"There is no request {wanted} that this account may see.",
        "`tellerwatch reveal list` shows every one.",
    )


def _requested(entry: AccessRecord) -> Reveal:
    return Reveal(
        reveal_id=f"R-{entry.seq}",
        case_id=entry.target,
        employee_id=entry.detail["employee_id"],
        requested_by=entry.actor,
        requested_at=entry.at,
        expires_at=datetime.fromisoformat(entry.detail["expires_at"]),
        reason=entry.detail["reason"],
        tokens=tuple(entry.detail["tokens"]),
        challenge=entry.hash,
        people=tuple(entry.detail.get("people", ())),
    )


def _after(before: Reveal, entry: AccessRecord) -> Reveal:
    from dataclasses import replace

    if entry.detail["request_hash"] != before.challenge:
        return before
    if entry.act in (COPY, WHO):
        return replace(before, copies=before.copies + 1)
    return replace(before, approved_by=entry.detail["approved_by"], approved_at=entry.at)


def _expired(found: Reveal) -> NotPermittedError:
    return NotPermittedError(
        f"{found.reveal_id} could be used until {found.expires_at:%Y-%m-%d %H:%M} UTC.",
        "Ask again: `tellerwatch reveal request`.",
    )


def _check_signature(found: Reveal, signed_by: str, signature: str, public_key: str) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if not public_key:
        raise NotPermittedError(
            f"The configuration names no key of {signed_by}.", "Add it to `reveal.approver_keys`."
        )
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature.strip()), (CHALLENGE + found.challenge).encode())
    except (ValueError, InvalidSignature) as error:
        raise NotPermittedError(
            f"The signature is not {signed_by}'s on {found.reveal_id}.",
            "Sign the text that `tellerwatch reveal list --json` gives as `to_sign`, byte for byte.",
        ) from error
