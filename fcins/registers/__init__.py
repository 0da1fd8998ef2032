"""Charges laid out as the tables of one document each."""
