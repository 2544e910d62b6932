"""Conformance from plans, without judges and without a network."""
