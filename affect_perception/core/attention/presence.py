"""Since when there is a driver, and since when there is none."""

from __future__ import annotations

from affect_perception.core.attention.switch import NAN
from affect_perception.core.buffers import to_s


def _elapsed(since_ns: int, now_ns: int) -> float:
    """Seconds since a stamp; never negative: a watchdog's clock may be ahead of the camera's."""
    return max(0.0, to_s(now_ns - since_ns))


class Presence:
    """Keeps the stamps of the last picture with and without a face."""

    def __init__(self) -> None:
        self._first_ns: int | None = None
        self._last_face_ns: int | None = None
        self._seen_since_ns: int | None = None

    def update(self, stamp_ns: int, face: bool) -> None:
        """Takes one picture."""
        if self._first_ns is None:
            self._first_ns = stamp_ns
        if not face:
            self._seen_since_ns = None
            return
        self._last_face_ns = stamp_ns
        if self._seen_since_ns is None:
            self._seen_since_ns = stamp_ns

    def no_face(self, now_ns: int) -> float:
        """Time since a face was last seen, s; 0 with a face; NaN if none was ever seen."""
        return NAN if self._last_face_ns is None else _elapsed(self._last_face_ns, now_ns)

    def unseen(self, now_ns: int) -> float:
        """The same, but counted from the first picture if no face was ever seen, s."""
        since = self._last_face_ns if self._last_face_ns is not None else self._first_ns
        return NAN if since is None else _elapsed(since, now_ns)

    def seen_for(self, now_ns: int) -> float:
        """Time a face has been seen without a break, s; 0 without one."""
        return 0.0 if self._seen_since_ns is None else _elapsed(self._seen_since_ns, now_ns)


class Health:
    """How long eyes and gaze have been known, or not, although a driver may be there."""

    def __init__(self) -> None:
        self._healthy_since_ns: int | None = None
        self._degraded_since_ns: int | None = None

    def update(self, stamp_ns: int, healthy: bool, nobody: bool) -> None:
        """Takes one picture; an empty seat in a good picture is neither healthy nor degraded."""
        if healthy or nobody:
            self._degraded_since_ns = None
        elif self._degraded_since_ns is None:
            self._degraded_since_ns = stamp_ns
        if not healthy:
            self._healthy_since_ns = None
        elif self._healthy_since_ns is None:
            self._healthy_since_ns = stamp_ns

    def degraded(self, now_ns: int) -> float:
        """Time without full knowledge, s; 0 with it."""
        since = self._degraded_since_ns
        return 0.0 if since is None else _elapsed(since, now_ns)

    def healthy(self, now_ns: int) -> float:
        """Time with full knowledge without a break, s; 0 without it."""
        since = self._healthy_since_ns
        return 0.0 if since is None else _elapsed(since, now_ns)


class StateTimer:
    """How long a state has held; while it is not known its time goes on, but is not told."""

    def __init__(self) -> None:
        self._holds: bool | None = None
        self._since_ns = 0
        self._known = False

    def update(self, stamp_ns: int, holds: bool | None) -> None:
        """Takes one picture; None if it says nothing."""
        self._known = holds is not None
        if holds is not None and holds is not self._holds:
            self._holds, self._since_ns = holds, stamp_ns

    def length(self, now_ns: int, holds: bool) -> float:
        """Time the state has been `holds`, s; 0 if it is not; NaN if unknown now."""
        if not self._known:
            return NAN
        return _elapsed(self._since_ns, now_ns) if self._holds is holds else 0.0
