"""Emotional speech in the layouts in which its authors hand it out: labels stand in file names.

- RAVDESS: `Actor_01/03-01-05-02-01-01-01.wav`: modality, speech or song, emotion, intensity,
  statement, repetition, actor (Livingstone and Russo, PLoS ONE 2018); even actors are women. Songs
  and sounds of films are left out.
- CREMA-D: `AudioWAV/1001_DFA_ANG_XX.wav`: actor, sentence, emotion, level (Cao et al., IEEE
  Transactions on Affective Computing 5(4), 2014); the sex from `VideoDemographics.csv` if it is
  there. The emotion is the one that was acted, not the one that was heard.
- EmoDB: `wav/03a01Fa.wav`: speaker, text, emotion by its German name, version (Burkhardt et al.,
  Interspeech 2005).
- IEMOCAP: `Session1/dialog/EmoEvaluation/*.txt` name the sentences below
  `Session1/sentences/wav` (Busso et al., Language Resources and Evaluation 42, 2008). Excitement
  counts as happiness, as is usual; frustration, "other" and sentences without agreement are left
  out.

RAVDESS, EmoDB and CREMA-D's names were at hand, IEMOCAP was not: it must be asked for from its
authors, and its reader is tested on folders made in the same form.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from affect_perception.core.errors import InputError

_RAVDESS = re.compile(r"(\d\d)-(\d\d)-(\d\d)-\d\d-\d\d-\d\d-(\d\d)")
_SOUND_ONLY, _SPEECH = "03", "01"
_RAVDESS_EMOTIONS = ("neutral", "calm", "happiness", "sadness", "anger", "fear", "disgust",
                     "surprise")  # fmt: skip
_CREMAD = re.compile(r"(\d{4})_[A-Z]{3}_([A-Z]{3})_[A-Z]{1,2}")
_CREMAD_EMOTIONS = {"ANG": "anger", "DIS": "disgust", "FEA": "fear", "HAP": "happiness",
                    "NEU": "neutral", "SAD": "sadness"}  # fmt: skip
_EMODB = re.compile(r"(\d\d)[ab]\d\d([A-Z])[a-z]?")
# Wut, Langeweile, Ekel, Angst, Freude, Trauer.
_EMODB_EMOTIONS = {"W": "anger", "L": "boredom", "E": "disgust", "A": "fear", "F": "happiness",
                   "T": "sadness", "N": "neutral"}  # fmt: skip
_EMODB_WOMEN = ("08", "09", "13", "14", "16")
_IEMOCAP = re.compile(r"\[[\d.]+ - [\d.]+\]\t(Ses\d\d[FM]_\w+_([FM])\d+)\t(\w+)\t")
_IEMOCAP_EMOTIONS = {"neu": "neutral", "hap": "happiness", "exc": "happiness", "sad": "sadness",
                     "ang": "anger", "fea": "fear", "sur": "surprise",
                     "dis": "disgust"}  # fmt: skip
_IEMOCAP_LEFT_OUT = ("fru", "oth", "xxx")


class PublishedClip(NamedTuple):
    """One sentence: file, speaker, emotion (as in `core.affect_classes`, or boredom) and sex."""

    path: Path
    speaker: str
    emotion: str
    sex: str


def read_published(folder: Path) -> list[PublishedClip]:
    """Reads a folder in one of the layouts, found by the names in it.

    Raises:
        InputError: If it holds none of them, or one with a label that is not known.
    """
    if not folder.is_dir():
        raise InputError(f"no such folder of speech: {folder}")
    for reader in _READERS:
        if clips := sorted(reader(folder)):
            return clips
    raise InputError(
        f"{folder}: no emotional speech here: expected labels.csv, or the layout of RAVDESS "
        "(Actor_01/03-01-05-02-01-01-01.wav), CREMA-D (AudioWAV/1001_DFA_ANG_XX.wav), EmoDB "
        "(wav/03a01Fa.wav) or IEMOCAP (Session1/dialog/EmoEvaluation and sentences/wav)"
    )


def _ravdess(folder: Path) -> Iterator[PublishedClip]:
    for path, match in _matching(folder, "Actor_*", _RAVDESS):
        modality, vocal, code, actor = match.groups()
        if (modality, vocal) != (_SOUND_ONLY, _SPEECH):
            continue
        if not 1 <= int(code) <= len(_RAVDESS_EMOTIONS):
            raise InputError(f"{path}: emotion {code} is not 01 to 08")
        sex = "female" if int(actor) % 2 == 0 else "male"
        yield PublishedClip(path, str(int(actor)), _RAVDESS_EMOTIONS[int(code) - 1], sex)


def _cremad(folder: Path) -> Iterator[PublishedClip]:
    sexes = _cremad_sexes(folder / "VideoDemographics.csv")
    for path, match in _matching(folder, "AudioWAV", _CREMAD):
        actor, code = match.groups()
        yield PublishedClip(path, actor, _known(path, code, _CREMAD_EMOTIONS), sexes.get(actor, ""))


def _cremad_sexes(table: Path) -> dict[str, str]:
    if not table.is_file():
        return {}
    with table.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    if not rows or not {"ActorID", "Sex"} <= set(rows[0]):
        raise InputError(f"{table}: needs the columns ActorID and Sex")
    return {row["ActorID"]: row["Sex"].lower() for row in rows}


def _emodb(folder: Path) -> Iterator[PublishedClip]:
    for path, match in _matching(folder, "wav", _EMODB):
        speaker, code = match.groups()
        sex = "female" if speaker in _EMODB_WOMEN else "male"
        yield PublishedClip(path, speaker, _known(path, code, _EMODB_EMOTIONS), sex)


def _iemocap(folder: Path) -> Iterator[PublishedClip]:
    for table in sorted(folder.glob("Session[1-5]/dialog/EmoEvaluation/Ses*.txt")):
        for line in table.read_text(encoding="utf-8", errors="replace").splitlines():
            match = _IEMOCAP.match(line)
            if match is None or match[3] in _IEMOCAP_LEFT_OUT:
                continue
            name, person, code = match.groups()
            path = table.parents[2] / "sentences" / "wav" / name.rsplit("_", 1)[0] / f"{name}.wav"
            if not path.is_file():
                raise InputError(f"{table}: names {path}, which is not there")
            # The letter behind the session says who wore the markers, the last who talks.
            yield PublishedClip(
                path,
                f"{name[:5]}{person}",
                _known(table, code, _IEMOCAP_EMOTIONS),
                "female" if person == "F" else "male",
            )


def _matching(
    folder: Path, below: str, pattern: re.Pattern[str]
) -> Iterator[tuple[Path, re.Match[str]]]:
    """WAV files in the folder, or in folders `below` it, whose whole name is of the form."""
    places = [folder, *sorted(folder.glob(below))]
    for path in sorted(p for place in places for p in place.glob("*.wav")):
        match = pattern.fullmatch(path.stem)
        if match is not None:
            yield path, match


def _known(path: Path, code: str, emotions: Mapping[str, str]) -> str:
    if code not in emotions:
        raise InputError(f"{path}: unknown emotion {code} (known: {', '.join(emotions)})")
    return emotions[code]


_READERS: tuple[Callable[[Path], Iterator[PublishedClip]], ...] = (
    _ravdess, _cremad, _emodb, _iemocap,
)  # fmt: skip
