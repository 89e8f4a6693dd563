"""From body signals to beats, variability, skin conductance and respiration."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.config.camera import ProviderConfig
from affect_perception.core.config.load import LoadConfig
from affect_perception.core.parameters import parameter, part


@dataclass(frozen=True)
class PhysioConfig:
    """Stamps, windows and limits of the body signals (docs/physio.md)."""

    output_rate: float = parameter(
        2.0,
        """Observations per second of signal. The figures are renewed once a second; more often than
        that only availability, age and skin conductance move. Chunks that are longer than the time
        between two observations give one each.""",
        unit="Hz",
        minimum=0.5,
        maximum=10.0,
    )
    stamp_tolerance: float = parameter(
        0.03,
        """Largest difference between a chunk's stamp and the learned clock of the row that still
        counts as jitter. A hole shorter than this cannot be told from jitter.""",
        unit="s",
        minimum=0.001,
        maximum=0.5,
    )
    stamp_jump: float = parameter(
        5.0,
        "Step back of the stamps from which it is another clock (a recording that starts again).",
        unit="s",
        minimum=0.1,
        maximum=3600.0,
    )
    hold: float = parameter(
        1.0,
        """How long a signal may be late before its channel counts as gone; its last figures are
        then unknown.""",
        unit="s",
        minimum=0.1,
        maximum=60.0,
    )
    rate_window: float = parameter(
        10.0,
        "Window of the heart rate; longer is steadier and slower.",
        unit="s",
        minimum=3.0,
        maximum=60.0,
    )
    variability_window: float = parameter(
        60.0,
        """Window of RMSSD, SDNN and pNN50. Task Force of the ESC and NASPE (1996) asks for 5 min;
        RMSSD of 60 s follows it closely (Munoz et al., PLoS ONE 2015; from memory, verified against
        the primary text: no).""",
        unit="s",
        minimum=20.0,
        maximum=600.0,
    )
    spectrum_window: float = parameter(
        300.0,
        """Window of LF and HF power: 5 min in Task Force (1996). HF is told from a fifth of it on,
        LF from two fifths (1 and 2 min there).""",
        unit="s",
        minimum=120.0,
        maximum=900.0,
    )
    respiration_window: float = parameter(
        30.0,
        "Window of the respiration rate; it must hold a few breaths.",
        unit="s",
        minimum=15.0,
        maximum=120.0,
    )
    response_min: float = parameter(
        0.02,
        """Smallest rise that counts as a skin-conductance response; 0.01 to 0.05 uS are in use
        (Boucsein et al., Psychophysiology 2012; from memory, verified against the primary text:
        no).""",
        unit="uS",
        minimum=0.005,
        maximum=1.0,
    )
    min_quality: float = parameter(
        0.5,
        "Quality below which a channel counts as noisy and its beats are not used.",
        minimum=0.0,
        maximum=1.0,
    )


@dataclass(frozen=True)
class PhysioPipelineConfig:
    """Everything that decides what the pipeline of the body signals computes."""

    inference: ProviderConfig = part(ProviderConfig)
    physio: PhysioConfig = part(PhysioConfig)
    load: LoadConfig = part(LoadConfig)
