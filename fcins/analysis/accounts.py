"""The tax office's money as the workspace knows it: every payment of a district held against what was due."""

import pandas as pd

from fcins.analysis.district import District
from fcins.analysis.reconciliation import PAYMENT_COLUMNS, Reconciled, reconcile


def reconciled(district: District) -> Reconciled:
    """Every payment of a district held against what was due; a corrected row counts as it was corrected."""
    facts = district.answered.standing(district.store.facts("payment_facts", PAYMENT_COLUMNS))
    verdicts = district.verdicts_of("payments").set_index(["batch", "seq"])["verdict"]
    payments = facts.assign(verdict=verdicts.reindex(pd.MultiIndex.from_frame(facts[["batch", "seq"]])).to_numpy())
    findings = district.payments.findings
    return reconcile(district.assessment, payments, findings, district.rosters.holding, district.policy)
