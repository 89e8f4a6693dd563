"""Shipped policy profiles for tests: the core takes objects and reads no files."""

from __future__ import annotations

from functools import lru_cache

from affect_perception.core.attention.profile import Profile
from affect_perception.io.profile_file import load_profile


@lru_cache
def profile(name: str = "euro_ncap_2026") -> Profile:
    """The shipped profile of that name."""
    return load_profile(name)
