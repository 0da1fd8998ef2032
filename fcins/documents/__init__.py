"""Answers → the sheets and pages of one document each. Lays out and adds up columns, computes nothing about people."""
