"""Conformance cases: their files, and the comparison of warnings with what was expected."""
