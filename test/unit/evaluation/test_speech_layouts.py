"""Published layouts of emotional speech, on folders made in the same form.

Leaves: the published files themselves (none of the four is there as its authors hand it out).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.speech import read_speech

pytestmark = pytest.mark.unit

IEMOCAP_LINES = """\
% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]

[6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 2.5000, 2.5000]
C-E2:\tNeutral;\t()
[10.0100 - 11.3925]\tSes01F_impro01_M001\texc\t[2.5000, 2.5000, 2.5000]
[14.8872 - 18.0175]\tSes01F_impro01_F002\tfru\t[2.5000, 2.5000, 2.5000]
[19.2900 - 20.7875]\tSes01F_impro01_F003\txxx\t[2.5000, 3.0000, 3.0000]
"""


def sounds(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        wavfile.write(folder / name, 16_000, np.zeros(1600, np.int16))


def described(folder: Path) -> list[tuple[str, str, str, str]]:
    return [(c.path.name, c.speaker, c.emotion, c.sex) for c in read_speech(folder)]


def test_ravdess_without_its_songs_and_films(tmp_path):
    sounds(
        tmp_path,
        "Actor_01/03-01-05-02-01-01-01.wav",
        "Actor_02/03-01-08-01-02-02-02.wav",
        "Actor_02/03-02-05-01-02-02-02.wav",
        "Actor_02/01-01-05-01-02-02-02.wav",
    )
    assert described(tmp_path) == [
        ("03-01-05-02-01-01-01.wav", "1", "anger", "male"),
        ("03-01-08-01-02-02-02.wav", "2", "surprise", "female"),
    ]


def test_cremad_with_and_without_its_table_of_actors(tmp_path):
    sounds(tmp_path, "AudioWAV/1001_DFA_ANG_XX.wav", "AudioWAV/1040_ITH_SAD_X.wav")
    assert described(tmp_path) == [
        ("1001_DFA_ANG_XX.wav", "1001", "anger", ""),
        ("1040_ITH_SAD_X.wav", "1040", "sadness", ""),
    ]
    table = "ActorID,Age,Sex,Race,Ethnicity\n1001,51,Male,Caucasian,Not Hispanic\n"
    (tmp_path / "VideoDemographics.csv").write_text(table)
    assert [clip.sex for clip in read_speech(tmp_path)] == ["male", ""]
    # The folder of the sounds does as well.
    assert len(read_speech(tmp_path / "AudioWAV", "1001")) == 1


def test_emodb_by_its_german_letters(tmp_path):
    letters = {"W": "anger", "L": "boredom", "E": "disgust", "A": "fear", "F": "happiness",
               "T": "sadness", "N": "neutral"}  # fmt: skip
    sounds(tmp_path, *(f"wav/03a01{letter}a.wav" for letter in letters), "wav/16b10Wb.wav")
    found = {name: (speaker, emotion, sex) for name, speaker, emotion, sex in described(tmp_path)}
    assert found.pop("16b10Wb.wav") == ("16", "anger", "female")
    assert found == {f"03a01{x}a.wav": ("03", name, "male") for x, name in letters.items()}


def test_iemocap_by_its_tables(tmp_path):
    place = tmp_path / "Session1/dialog/EmoEvaluation"
    place.mkdir(parents=True)
    (place / "Ses01F_impro01.txt").write_text(IEMOCAP_LINES)
    folder = "Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_"
    sounds(tmp_path, f"{folder}F000.wav", f"{folder}M001.wav", f"{folder}F002.wav")
    assert described(tmp_path) == [
        ("Ses01F_impro01_F000.wav", "Ses01F", "neutral", "female"),
        ("Ses01F_impro01_M001.wav", "Ses01M", "happiness", "male"),
    ]
    (tmp_path / f"{folder}M001.wav").unlink()
    with pytest.raises(InputError, match=r"M001\.wav, which is not there"):
        read_speech(tmp_path)


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("Actor_01/03-01-09-02-01-01-01.wav", "emotion 09 is not 01 to 08"),
        ("AudioWAV/1001_DFA_JOY_XX.wav", "unknown emotion JOY"),
        ("wav/03a01Xa.wav", "unknown emotion X"),
        ("some.wav", "no emotional speech here: expected labels.csv"),
    ],
)
def test_what_is_not_known_is_refused(tmp_path, name, match):
    sounds(tmp_path, name)
    with pytest.raises(InputError, match=match):
        read_speech(tmp_path)


def test_missing_data_are_named(tmp_path):
    with pytest.raises(InputError, match=r"no such folder of speech: .*nowhere"):
        read_speech(tmp_path / "nowhere")
    (tmp_path / "VideoDemographics.csv").write_text("who,what\n1001,x\n")
    sounds(tmp_path, "AudioWAV/1001_DFA_ANG_XX.wav")
    with pytest.raises(InputError, match="ActorID and Sex"):
        read_speech(tmp_path)
