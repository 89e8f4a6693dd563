"""Covers the readers of evaluation/datasets on tiny folders made here: signs, errors, selection.

Leaves the real folders to test/data and what is computed from them to the tests of the tasks.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.clips import read_clips
from affect_perception.evaluation.datasets.faces import read_faces
from affect_perception.evaluation.datasets.head_pose import read_head_pose
from affect_perception.evaluation.datasets.landmarks68 import read_landmarks68
from affect_perception.evaluation.datasets.table import read_table
from affect_perception.evaluation.datasets.webcam_gaze import read_webcam_gaze

pytestmark = pytest.mark.unit


def make(folder: Path, table: str, text: str, *files: str) -> Path:
    """A folder with a table and empty pictures."""
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (folder / table).write_text(text, encoding="utf-8")
    return folder


def test_pointing04_keeps_its_signs(tmp_path: Path) -> None:
    make(
        tmp_path,
        "labels.csv",
        "file,subject,series,glasses,yaw_deg,pitch_deg\nimages/a.jpg,p01,1,1,45,-30\n",
        "images/a.jpg",
    )
    data = read_head_pose(tmp_path)
    (sample,) = data.samples
    assert data.format == "pointing04"
    assert (sample.yaw_deg, sample.pitch_deg, sample.roll_deg) == (45.0, -30.0, None)
    assert (sample.subject, sample.glasses) == ("p01", True)


def test_drivface_points_come_in_the_order_of_the_names(tmp_path: Path) -> None:
    header = "fileName,subject,imgNum,label,ang,xF,yF,wF,hF,xRE,yRE,xLE,yLE,xN,yN,xRM,yRM,xLM,yLM"
    make(
        tmp_path,
        "labels.csv",
        f"{header}\na.jpg,2,7,3,30,0,0,9,9,1,2,3,4,5,6,7,8,9,10\n",
        "images/a.jpg",
    )
    data = read_head_pose(tmp_path)
    (sample,) = data.samples
    assert data.format == "drivface"
    assert (sample.yaw_deg, sample.pitch_deg, sample.looking) == (30.0, None, 3)
    assert sample.points is not None
    assert sample.points.ravel().tolist() == list(range(1, 11))


def test_aflw2000_yaw_and_roll_change_sign(tmp_path: Path) -> None:
    make(tmp_path, "labels.csv", "file,pitch_deg,yaw_deg,roll_deg\na.jpg,4,-20,7\n", "faces/a.jpg")
    (sample,) = read_head_pose(tmp_path).samples
    assert (sample.yaw_deg, sample.pitch_deg, sample.roll_deg) == (20.0, 4.0, -7.0)


def test_unknown_head_pose_format_lists_what_is_known(tmp_path: Path) -> None:
    make(tmp_path, "labels.csv", "file,angle\na.jpg,3\n")
    with pytest.raises(InputError, match=r"found|Found.*angle.*pointing04"):
        read_head_pose(tmp_path)


def test_missing_folder_table_and_picture_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        read_head_pose(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"labels\.csv"):
        read_head_pose(tmp_path)
    make(tmp_path, "labels.csv", "file,pitch_deg,yaw_deg,roll_deg\na.jpg,4,-20,7\n")
    with pytest.raises(InputError, match=r"a\.jpg"):
        read_head_pose(tmp_path)


@pytest.mark.parametrize("value", ["", "left", "nan", "inf"])
def test_a_label_that_is_no_number_names_line_and_column(tmp_path: Path, value: str) -> None:
    make(
        tmp_path,
        "labels.csv",
        f"file,pitch_deg,yaw_deg,roll_deg\na.jpg,4,{value},7\n",
        "faces/a.jpg",
    )
    with pytest.raises(InputError, match=r"line 2: column 'yaw_deg'"):
        read_head_pose(tmp_path)


def test_split_selects_rows_and_names_the_known_ones(tmp_path: Path) -> None:
    rows = "a.jpg,p1,0,1,2,train\nb.jpg,p2,0,3,4,test\n"
    make(
        tmp_path,
        "labels.csv",
        f"file,subject,glasses,yaw_deg,pitch_deg,split\n{rows}",
        "a.jpg",
        "b.jpg",
    )
    assert [s.subject for s in read_head_pose(tmp_path, "test").samples] == ["p2"]
    with pytest.raises(InputError, match="test, train"):
        read_head_pose(tmp_path, "val")


def landmark_table(columns: int = 68) -> str:
    names = ",".join(f"x{i},y{i}" for i in range(columns))
    numbers = ",".join(f"{i},{2 * i}" for i in range(columns))
    return f"file,set,scale,{names}\na.jpg,afw,1.0,{numbers}\n"


def test_landmarks68_shape_and_eye_distance(tmp_path: Path) -> None:
    make(tmp_path, "landmarks68.csv", landmark_table(), "faces/a.jpg")
    (sample,) = read_landmarks68(tmp_path, "afw")
    assert sample.points.shape == (68, 2)
    assert sample.points[67].tolist() == [67.0, 134.0]
    # Points 36 and 45 differ by 9 in x and 18 in y.
    assert sample.eye_distance == pytest.approx((81 + 324) ** 0.5)


def test_landmarks68_names_missing_columns(tmp_path: Path) -> None:
    make(tmp_path, "landmarks68.csv", landmark_table(67), "faces/a.jpg")
    with pytest.raises(InputError, match="x67, y67"):
        read_landmarks68(tmp_path)


def test_webcam_gaze_yaw_turns_to_the_persons_left(tmp_path: Path) -> None:
    make(
        tmp_path,
        "labels.csv",
        "file,target,round,yaw_deg,pitch_deg\na.jpg,1,3,-5.4,4.0\n",
        "frames/a.jpg",
    )
    (sample,) = read_webcam_gaze(tmp_path, "3")
    assert (sample.yaw_deg, sample.pitch_deg, sample.subject) == (5.4, 4.0, "one")


def test_clips_carry_their_events(tmp_path: Path) -> None:
    make(
        tmp_path,
        "events.csv",
        "file,start_s,end_s,event,note\nb.mp4,1.0,2.5,no_face,gone\n",
        "a.mp4",
        "b.mp4",
    )
    first, second = read_clips(tmp_path)
    assert (first.name, first.events) == ("a", ())
    assert [(e.start_s, e.end_s) for e in second.named("no_face")] == [(1.0, 2.5)]
    assert [c.name for c in read_clips(tmp_path, "b")] == ["b"]
    with pytest.raises(InputError, match="begins with"):
        read_clips(tmp_path, "zebra")


@pytest.mark.parametrize(
    ("line", "message"),
    [("c.mp4,0,1,no_face,", r"no clip c\.mp4"), ("a.mp4,2,1,no_face,", "ends before it starts")],
)
def test_bad_events_are_refused(tmp_path: Path, line: str, message: str) -> None:
    make(tmp_path, "events.csv", f"file,start_s,end_s,event,note\n{line}\n", "a.mp4")
    with pytest.raises(InputError, match=message):
        read_clips(tmp_path)


def test_a_folder_without_clips_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no clip"):
        read_clips(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [("a,b\n1,2,3\n", "line 2"), ("a,b\n1\n", "line 2"), ("a,b\n", "no rows"), ("", "no rows")],
)
def test_broken_tables_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_table(path)


def test_a_table_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n\xff\xfe,2\n")
    with pytest.raises(InputError, match="UTF-8"):
        read_table(path)


def test_closed_faces_are_told_by_their_names(tmp_path: Path) -> None:
    for name in ("closed_0001_1.jpg", "open.jpg"):
        (tmp_path / name).touch()
    (sample,) = read_faces(tmp_path)
    assert sample.closed
    with pytest.raises(InputError, match="no splits"):
        read_faces(tmp_path, "x")


def test_adults_carry_their_groups_in_words(tmp_path: Path) -> None:
    make(
        tmp_path,
        "labels.csv",
        "file,age,gender,race,age_group\na.jpg,40,1,3,36-60\n",
        "images/a.jpg",
    )
    (sample,) = read_faces(tmp_path)
    assert not sample.closed
    assert sample.groups == {"age": "36-60", "gender": "female", "race": "indian"}


def test_faces_of_an_unknown_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="closed_"):
        read_faces(tmp_path)
    make(tmp_path, "labels.csv", "file,age,gender,race,age_group\na.jpg,40,7,3,36-60\n", "a.jpg")
    with pytest.raises(InputError, match="line 2: unknown gender 7"):
        read_faces(tmp_path)
