"""Raw rows → typed facts, by kind of file. Pure: what a row says by itself, with the codes it earns so (`flaws`).

A fact stands on a counted row (`seq`); one counted row may say several things (`part`): its categories, or a couple's
wife and husband. Every frame made here has the columns of its table in `migrations/`, but `batch`.
"""

from collections.abc import Callable, Sequence
from datetime import date

from fcins.intake.enrolment_rows import enrolment_facts
from fcins.intake.household_rows import household_facts
from fcins.intake.payment_rows import payment_facts
from fcins.intake.replies import SUMMARY_FIELDS
from fcins.intake.typed import Typed
from fcins.policy.loading import Policy
from fcins.workbooks.reading import RawSheet

PERSON = [frozenset({"name", "citizen_id"})]
COUPLE = [frozenset({"wife_id", "husband_id"})]
CERTIFIED = [frozenset({"name", "disability_cert"})]

REQUIRED: dict[str, list[frozenset[str]]] = {
    "households": PERSON,
    "roster": [*PERSON, *COUPLE, *CERTIFIED, frozenset(SUMMARY_FIELDS)],
    "enrolment": [frozenset({"name", "citizen_id", "tier"})],
    "payments": [frozenset({"name", "citizen_id", "paid_amount"})],
}
"""What a sheet's headings must have, by kind: one of these sets."""

READERS: dict[str, Callable[[Sequence[RawSheet], Policy, date], Typed]] = {
    "households": household_facts,
    "changes": household_facts,
    "enrolment": enrolment_facts,
    "payments": payment_facts,
}
"""The kinds whose facts need nothing but the sheets; a roster's need the category asked for (roster_facts)."""
