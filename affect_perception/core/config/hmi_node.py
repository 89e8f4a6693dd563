"""The node that shows the states on a page."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.config import common
from affect_perception.core.parameters import parameter


@dataclass(frozen=True)
class HmiNodeConfig:
    """The node hmi: a page for a browser on this machine."""

    autostart: bool = common.autostart()
    address: str = parameter(
        "127.0.0.1",
        """Address to listen on. Anything but this machine's own (127.0.0.1, ::1, localhost) shows
        the driver's state to whoever reaches the port, without a password; log and diagnostics say
        so.""",
    )
    port: int = parameter(
        8377,
        """Port to listen on; 0 takes a free one. While it is taken by something else the node says
        so and tries again every second.""",
        minimum=0,
        maximum=65535,
    )
    rate: float = parameter(
        30.0,
        """How often a page gets what is new, at most. A page that cannot follow gets the newest
        less often, never old states later.""",
        unit="Hz",
        minimum=1.0,
        maximum=60.0,
    )
    cabin: str = parameter(
        "sedan_lhd",
        "Cabin that is drawn: a name under config/cabins, or the path of a YAML file.",
    )
    mesh: bool = parameter(
        True,
        """Draw the face as the points of its mesh. No picture of the driver is shown in any
        case.""",
    )
    no_data_after: float = parameter(
        1.5,
        """Time without a message after which the page shows 'no data since' instead of the last
        state; twice that for the body signals, which come less often. Longer than a second: that
        is how often nodes say that their sensor is silent.""",
        unit="s",
        minimum=1.1,
        maximum=60.0,
    )
