"""Closures over time, yawns, and what a driver's blinks say."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.parameters import parameter


@dataclass(frozen=True)
class DrowsinessConfig:
    """PERCLOS, yawns, and the driver's blinks against the own alert ones (docs/drowsiness.md)."""

    perclos_window: float = parameter(
        60.0,
        """Length of the window of PERCLOS, of the mean closure duration, and of rate and mean
        duration of the blinks.""",
        unit="s",
        minimum=10.0,
        maximum=600.0,
    )
    perclos_min_usable: float = parameter(
        20.0,
        "Usable time in the window from which PERCLOS and the rate of blinks are given.",
        unit="s",
        minimum=1.0,
        maximum=600.0,
    )
    perclos_alert: float = parameter(
        0.075,
        """PERCLOS below which a driver counts as alert, and blinks may teach what alert ones are
        like (1 min; Wierwille et al. 1994 as quoted in a secondary text, verified against the
        primary text: no).""",
        minimum=0.0,
        maximum=0.5,
    )
    perclos_drowsy: float = parameter(
        0.15,
        "PERCLOS from which a driver counts as drowsy; the same source.",
        minimum=0.01,
        maximum=0.9,
    )
    yawn_opening: float = parameter(
        0.45,
        """Mouth opening (inner lip distance over mouth width) from which a yawn may begin; yawns of
        two people on clips reached 0.9 and 1.0, their speech 0.5.""",
        minimum=0.2,
        maximum=1.5,
    )
    yawn_min: float = parameter(
        2.0,
        """The mouth must stay that wide this long to count as a yawn. Speech opens it for a few
        tenths of a second, surprise and singing for up to 1.8 s on clips.""",
        unit="s",
        minimum=0.5,
        maximum=5.0,
    )
    yawn_height: float = parameter(
        0.6,
        """Mean opening while it is that wide which makes a yawn likely. On clips yawns have 0.72
        and 0.76 after 2 s; surprise, a held vowel and most mouths opened on purpose about 0.5. What
        stays lower must rise more slowly (yawn_low_rise).""",
        minimum=0.2,
        maximum=1.5,
    )
    yawn_rise: float = parameter(
        0.25,
        """Time of the rise from 0.15 to 80 % of that height below which it is none. A mouth opens
        for a syllable in 0.12 to 0.18 s (Ostry and Munhall 1985; secondary text, verified against
        the primary text: no), in two yawns on clips in 0.28 to 0.31 and 0.49 to 0.55.""",
        unit="s",
        minimum=0.0,
        maximum=2.0,
    )
    yawn_low_rise: float = parameter(
        0.4,
        """The same for an opening below yawn_height. Surprise, laughter and mouths opened on
        purpose rise in 0.1 to 0.3 s; held notes that swell as slowly are told as yawns.""",
        unit="s",
        minimum=0.0,
        maximum=2.0,
    )
    yawn_narrowings: float = parameter(
        1.2,
        """Narrowings per second from which it is speech or song: those have 2 to 8 syllables a
        second, landmarks that jump on a yawning man with
        glasses 0.4 to 0.6.""",
        unit="1/s",
        minimum=0.1,
        maximum=8.0,
    )
    yawn_talking: float = parameter(
        2.5,
        """The same as yawn_min where somebody has talked since the mouth became wide
        (context.enabled): a third of the held notes of a song end before it. Yawns of two people
        on clips last 2.9 and 5.2 s. The microphone hears passengers, too, so no higher value.""",
        unit="s",
        minimum=0.5,
        maximum=5.0,
    )
    yawn_grace: float = parameter(
        1.0,
        """Eyes shut while the mouth is wide open belong to the yawn and are no sleep; nor is a
        closure that began so, until this long after the mouth has closed.""",
        unit="s",
        minimum=0.0,
        maximum=5.0,
    )
    alert_blinks: int = parameter(
        30,
        """So many first blinks of a driver, while PERCLOS is below perclos_alert, are taken as the
        own alert ones. More make a steadier baseline and a later first estimate.""",
        minimum=20,
        maximum=200,
    )
    judged_blinks: int = parameter(
        30,
        """Blinks after those from which the sequence is judged. AUROC of drowsy against alert
        people is 0.89 with 30 blinks, 0.91 with 60, 0.93 with 120, 0.94 with all.""",
        minimum=5,
        maximum=150,
    )
    sequence_blinks: int = parameter(
        150,
        "Longest sequence that is judged: the newest blinks.",
        minimum=30,
        maximum=600,
    )
    judge_interval: float = parameter(
        5.0,
        "Shortest time between two judgements of the sequence.",
        unit="s",
        minimum=0.0,
        maximum=60.0,
    )
    drowsy_probability: float = parameter(
        0.8,
        """Probability from which blinks alone make a driver count as drowsy. Lower values find more
        and give more false alerts.""",
        minimum=0.4,
        maximum=1.0,
    )
    drowsy_blinks: int = parameter(
        60,
        "Judged blinks from which they may.",
        minimum=30,
        maximum=600,
    )
