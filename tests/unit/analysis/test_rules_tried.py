"""A rule is told to an auditor in the same words wherever it is told."""

import numpy as np
import pandas as pd
import pytest

from fcins.analysis.rules_tried import Person
from fcins.assessment.liability import population
from fcins.policy.differences import policy_lines
from fcins.policy.loading import load_policy, packaged_policies


@pytest.mark.parametrize("name", packaged_policies())
def test_explain_says_whom_a_rule_is_for_as_policy_show_does(name):
    policy = load_policy(name)
    shown = [line.rule for line in policy_lines(policy)]
    resident = pd.DataFrame(
        {
            "key": [1],
            "birth": np.array(["1980-01-01"], "datetime64[s]"),
            "status": ["正常"],
            "residency": ["户籍"],
        }
    )
    nobody = pd.DataFrame({"key": [], "category": [], "aid_payer": []}).astype({"key": "int64"})
    charges = pd.DataFrame({"rule": [], "payer": [], "amount_fen": []})
    person = Person(population(resident, nobody, policy), 0, charges, nobody, frozenset(), 0)
    tried = [each.rule for each in person.medical()]
    medical = policy.medical
    standards = [rule.removeprefix("个人缴费标准：") for rule in tried if rule.startswith("个人缴费标准：")]
    assert [f"居民医保个人缴费（{words}）" for words in standards] == [
        rule for rule in shown if rule.startswith("居民医保个人缴费（")
    ]
    assert len(standards) == len(medical.standards)
    aids = {f"{aid.payer}{aid.verb}" for aid in medical.aid}
    told = [rule.partition("：")[2] for rule in tried if rule.partition("：")[0] in aids]
    assert len(told) == len(medical.aid)
    assert [words for words in told if words not in shown] == []
