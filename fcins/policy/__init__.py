"""A TOML file → a policy, strictly, every problem at once, with its key; a policy → words for a clerk. Knows no people.

Amounts are fen, shares 1/10000: no float comes in.
"""
