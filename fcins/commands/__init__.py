"""One story per command: open, ask, one transaction, give a Result. A branch about people belongs in a question."""
