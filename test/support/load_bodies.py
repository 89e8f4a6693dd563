"""Made bodies for tests: beats and skin of a person who is calm or stressed, and wrist files."""

from __future__ import annotations

import numpy as np


def beats(seconds, rate_bpm, swing, seed=0, start=0.0):
    """Times of beats, s; intervals swing by `swing` seconds with the breath."""
    rng = np.random.default_rng(seed)
    times, now = [], start + 0.1
    while now < start + seconds:
        times.append(now)
        breath = swing * np.sin(2 * np.pi * 0.25 * now)
        now += 60.0 / rate_bpm + breath + rng.normal(0.0, 0.004)
    return np.array(times)


def pulse_wave(times, seconds, rate=64.0):
    """A pulse wave with a bump at each beat."""
    t = np.arange(round(seconds * rate)) / rate
    wave = np.zeros(len(t))
    for time in times:
        near = np.abs(t - time) < 0.6
        wave[near] += np.exp(-0.5 * ((t[near] - time) / 0.09) ** 2)
    return 60.0 * wave - 20.0


def skin(seconds, level, responses, rate=4.0, seed=0):
    """Skin conductance in uS with some responses a minute."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate)) / rate
    values = level + 0.0002 * rng.normal(size=len(t))
    for onset in rng.uniform(0.0, seconds, round(responses * seconds / 60.0)):
        after = np.clip(t - onset, 0.0, None)
        values += 0.3 * level * (np.exp(-after / 6.0) - np.exp(-after / 1.2)) * (t > onset)
    return values


def wrist_file(folder, name, seed, order=(0, 1, 0), form="wesad"):
    """A recording in the form of a set: calm (0) and stressed (1) conditions of 5 min."""
    length, times, values = 300.0, [], []
    rng = np.random.default_rng(seed)
    rest, level = rng.uniform(58, 75), rng.uniform(0.5, 3.0)
    for place, stressed in enumerate(order):
        rate = rest + 18.0 * stressed
        times.append(beats(length, rate, 0.02 if stressed else 0.05, seed + place, place * length))
        values.append(skin(length, level * (1 + stressed), 2 + 6 * stressed, seed=seed + place))
    wave = pulse_wave(np.concatenate(times), length * len(order))
    conductance = np.concatenate(values)
    starts, ends = np.arange(len(order)) * length, np.arange(1, len(order) + 1) * length
    if form == "wesad":
        names = np.array(["TSST" if stressed else "Base" for stressed in order])
        labels = {"cond_name": names, "cond_start_s": starts, "cond_end_s": ends}
    else:
        stressful = np.array(order) == 1
        labels = {
            "label_time_s": np.arange(length * len(order)),
            "label_stress": np.repeat(order, int(length)).astype(np.int8),
            "block_name": np.full(stressful.sum(), "stroop"),
            "block_start_s": starts[stressful],
            "block_end_s": ends[stressful],
        }
    np.savez(
        folder / f"{name}.npz",
        fs_bvp=64.0, bvp_raw=np.round(wave * 10).astype(np.int16), bvp_scale=0.1,
        fs_eda=4.0, eda_uS=conductance.astype(np.float32),
        fs_temp=4.0, temp_C=np.full(len(conductance), 33.0, np.float32), **labels,
    )  # fmt: skip
