"""Finds the environment variables that give Fast DDS room for raw pictures. Imports no ROS."""

from __future__ import annotations

import importlib.util
import os

from affect_perception.share import share_path

_FAST_DDS_2 = frozenset({"humble", "iron", "jazzy"})


def profile_variables() -> dict[str, str]:
    """Variables that point Fast DDS at config/fastdds.xml; empty if the user has set one already.

    Fast DDS 2 (up to Jazzy) reads another name than Fast DDS 3, which warns about the old one.
    """
    old, new = "FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE"
    if old in os.environ or new in os.environ:
        return {}
    distribution = os.environ.get("ROS_DISTRO")
    if distribution is None:  # wheels: those of version 2 have a module of its old name
        is_old = importlib.util.find_spec("fastrtps") is not None
    else:
        is_old = distribution in _FAST_DDS_2
    return {old if is_old else new: str(share_path("config/fastdds.xml"))}
