"""A district, derived on demand, each part once, and what one asks of it: one file, one question.

A pure function first, then `…_of(district)`. Nothing is laid out here, and nothing is written.
"""
