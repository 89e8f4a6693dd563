"""The figures of a node as rows of a page and as values of the JSON file."""

from __future__ import annotations

from affect_perception.evaluation.bench.nodes import NodeFigures


def node_values(nodes: NodeFigures) -> dict[str, tuple[float, str]]:
    """`{name: (value, unit)}`."""
    median, high, largest = nodes.latency_ms
    return {
        "node_latency_median": (median, "ms"),
        "node_latency_p99": (high, "ms"),
        "node_latency_largest": (largest, "ms"),
        "node_rate": (nodes.rate, "states per second"),
        "node_cpu": (nodes.cpu_cores, "cores"),
        "node_memory": (nodes.memory_end_mib, "MiB"),
        "node_memory_trend": (nodes.memory_slope_mib_per_min, "MiB per minute"),
    }


def node_table(nodes: NodeFigures, message: str, node: str, player: str) -> str:
    """A table of a node that hears samples.

    Args:
        nodes: The figures.
        message: Name of the message that it publishes.
        node: Its name.
        player: Name of the node that feeds it.
    """
    median, high, largest = nodes.latency_ms
    return (
        "| figure | value |\n|---|---|\n"
        f"| newest sample to {message} at the subscriber, median / p99 / largest | "
        f"{median:.1f} / {high:.1f} / {largest:.1f} ms |\n"
        f"| newest sample to publishing, median (field `latency`) | {nodes.published_ms:.1f} ms |\n"
        f"| observations per second | {nodes.rate:.2f} |\n"
        f"| processor, {node} | {nodes.cpu_cores:.3f} cores |\n"
        f"| processor, {player} | {nodes.camera_cpu_cores:.3f} cores |\n"
        f"| resident memory, start / end | {nodes.memory_start_mib:.1f} / "
        f"{nodes.memory_end_mib:.1f} MiB |\n"
        f"| its trend over the second half | {nodes.memory_slope_mib_per_min:+.2f} MiB/min |\n"
    )
