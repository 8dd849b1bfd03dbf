"""Who may decide about whom: nobody about themselves, and never only people of one line."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pipeline.casebook.case_file import Severity, severity_rank
from pipeline.errors import NotPermittedError


@dataclass(frozen=True)
class FourEyes:
    """When a second person is needed, and who cannot be one.

    Attributes:
        second_person_from: Severity from which a second person is needed.
        must_act: The second person acts under their own account; otherwise it is enough to name them.
        officers: Operating-system user → employee id, where the two differ.
        managers: Employee id → id of the person who leads them.
        branches: Employee id → branch.
    """

    second_person_from: Severity = "high"
    must_act: bool = False
    officers: Mapping[str, str] = field(default_factory=dict)
    managers: Mapping[str, str] = field(default_factory=dict)
    branches: Mapping[str, str] = field(default_factory=dict)

    def person(self, name: str) -> str:
        """Return the employee behind an account; an account that is not listed is its own name."""
        return self._officers.get(name_key(name), _plain(name))

    @cached_property
    def _officers(self) -> dict[str, str]:
        return {name_key(account): person for account, person in self.officers.items()}

    def line_above(self, person: str) -> tuple[str, ...]:
        """List a person's manager, the manager's manager and so on; a circle in the register ends it."""
        return _line(self._leaders, person)

    @cached_property
    def _leaders(self) -> dict[str, str]:
        return {name_key(name): leader for name, leader in self.managers.items()}

    def one_line(self, one: str, other: str) -> bool:
        """Say whether one of two people leads the other, directly or through others."""
        return name_key(one) in map(name_key, self.line_above(other)) or name_key(other) in map(
            name_key, self.line_above(one)
        )

    def of_branch(self, branch_id: str) -> tuple[str, ...]:
        """List the people of a branch."""
        return tuple(one for one, branch in self.branches.items() if name_key(branch) == name_key(branch_id))

    def led_in(self, person: str, branch_id: str) -> str:
        """Name somebody of a branch whom a person leads, directly or through others; empty where there is none."""
        key = name_key(person)
        return next(
            (one for one in self.of_branch(branch_id) if key in map(name_key, self.line_above(one))), ""
        )

    def needs_second(self, actor: str, employee_id: str, severity: str) -> bool:
        """Say whether a decision needs a second person: a grave one, or one within the actor's own line."""
        return bool(self.why_second(actor, employee_id, severity))

    def why_second(self, actor: str, employee_id: str, severity: str) -> str:
        """Say in words why a decision needs a second person; empty where it needs none."""
        if self.one_line(self.person(actor), employee_id):
            return f"{employee_id} is of {actor}'s own line"
        grave = severity_rank(severity) >= severity_rank(self.second_person_from)
        return f"its severity is {severity}" if grave else ""

    def oneself(self, actor: str) -> Callable[[str], bool]:
        """Return what says of an employee whether they are the actor."""
        person = self.person(actor)
        return lambda employee_id: same_person(person, employee_id)

    def check_actor(self, actor: str, employee_id: str) -> None:
        """Refuse a decision about oneself.

        Raises:
            NotPermittedError: The actor is the employee.
        """
        if same_person(self.person(actor), employee_id):
            raise NotPermittedError(
                f"{actor} cannot decide about {employee_id}, being the same person.",
                "Hand it to another officer: `tellerwatch cases assign`.",
            )

    def check_second(self, actor: str, second: str, employee_id: str) -> str:
        """Refuse a second person who is not independent.

        Returns:
            The second person's name, trimmed.

        Raises:
            NotPermittedError: They are the actor, the employee, or in the employee's manager line.
        """
        name, person = _plain(second), self.person(second)
        if not name:
            why = "nobody is named"
        elif same_person(name, actor) or same_person(person, self.person(actor)):
            why = f"{name} is the one who decides"
        elif same_person(person, employee_id):
            why = f"{name} is the person in question"
        elif any(same_person(person, leader) for leader in self.line_above(employee_id)):
            why = f"{name} leads {employee_id}, directly or through others"
        else:
            return name
        raise NotPermittedError(
            f"The second person is not independent: {why}.",
            "Ask somebody outside that line; the decision has not been taken.",
        )


def same_person(one: str, other: str) -> bool:
    """Compare two names as the register might spell them."""
    return name_key(one) == name_key(other)


def _line(leaders: Mapping[str, str], person: str) -> tuple[str, ...]:
    above: list[str] = []
    leader = leaders.get(name_key(person))
    while leader and name_key(leader) not in {name_key(person), *map(name_key, above)}:
        above.append(leader)
        leader = leaders.get(name_key(leader))
    return tuple(above)


def name_key(name: str) -> str:
    """Return what two spellings of one name have in common: full width, case and what cannot be seen are none."""
    return unicodedata.normalize("NFKC", _plain(name).casefold())


def _plain(name: str) -> str:
    """Write a name as a keyboard would: no full-width letters, nothing invisible, no blanks around it."""
    folded = unicodedata.normalize("NFKC", name)
    return "".join(sign for sign in folded if unicodedata.category(sign) != "Cf").strip()
