"""Intervals over speakers, surprise, who wins when voice and face disagree, rules that combine.

Leaves: figures on the real votes and clips (data tier).
"""

from __future__ import annotations

import numpy as np
import pytest
from av_tables import made_votes, write_votes
from scipy.stats import multivariate_normal, norm

from affect_perception.core.errors import InputError
from affect_perception.evaluation.audiovisual.incongruence import (
    contradictions,
    incongruence_scores,
    mismatch,
    surprise,
)
from affect_perception.evaluation.audiovisual.intervals import Recalls
from affect_perception.evaluation.audiovisual.past import earlier_clips
from affect_perception.evaluation.audiovisual.report import by_past, disagreement, told_by
from affect_perception.evaluation.audiovisual.scores import Judged, audiovisual_scores
from affect_perception.evaluation.audiovisual.vote_rules import (
    actor_folds,
    apart,
    fit_class_weights,
    fit_two_weights,
    scores_apart,
)
from affect_perception.evaluation.audiovisual.votes import (
    Rule,
    agreement,
    pairs,
    plain_rules,
    rule_scores,
    winners,
)
from affect_perception.evaluation.datasets.emotion_votes import VOTED, Votes, read_votes
from affect_perception.evaluation.metrics import unweighted_average_recall

pytestmark = pytest.mark.unit


def votes_of(rows, intended=None):
    """Votes of clips given as (top of voice, top of face, top of both), nine votes to one."""
    counts = np.zeros((len(rows), 3, 6))
    for number, tops in enumerate(rows):
        for how, top in enumerate(tops):
            counts[number, how] = 0.2
            counts[number, how, top] = 9.0
    actors = tuple(str(number % 3) for number in range(len(rows)))
    meant = np.array([row[2] for row in rows] if intended is None else intended)
    return Votes(actors, meant, counts)


def test_the_mean_recall_is_that_of_the_metrics():
    rng = np.random.default_rng(1)
    truth, said = rng.integers(0, 4, 80), rng.integers(0, 4, 80)
    speakers = [str(i % 5) for i in range(80)]
    recalls = Recalls.of([said], truth, speakers, 4)
    assert recalls.uar == pytest.approx(unweighted_average_recall(said.tolist(), truth.tolist()))
    low, high = recalls.interval()
    assert low < recalls.uar < high


def test_orders_are_averaged_and_absent_classes_do_not_count():
    truth = np.array([0, 0, 1])
    recalls = Recalls.of([np.array([0, 1, 1]), np.array([0, 0, 0])], truth, ["a", "b", "a"], 3)
    assert recalls.of_classes[:2] == pytest.approx([0.75, 0.5])
    assert np.isnan(recalls.of_classes[2])
    assert recalls.uar == pytest.approx(0.625)


def test_a_paired_gain_is_sure_where_single_figures_are_not():
    # Speakers differ much; the second way is right in one clip more of every speaker.
    rng = np.random.default_rng(2)
    there = np.full((12, 2), 10.0)
    hits = rng.integers(0, 9, (12, 1)) + np.zeros((12, 2))
    worse, better = Recalls(hits, there), Recalls(hits + 1.0, there)
    gain, low, high = better.gain_over(worse)
    assert gain == pytest.approx(0.1)
    assert (low, high) == (pytest.approx(0.1), pytest.approx(0.1))
    assert worse.interval()[1] > better.interval()[0]


def test_of_one_speaker_no_spread_is_known():
    recalls = Recalls(np.ones((1, 2)), np.ones((1, 2)))
    assert np.isnan(recalls.interval()).all()


def test_surprise_is_low_where_they_agree_and_high_where_sure_ones_differ():
    sure_a, sure_b, open_ = np.array([0.9, 0.1]), np.array([0.1, 0.9]), np.array([0.5, 0.5])
    assert surprise(sure_a, sure_a) < 0.0 < surprise(sure_a, sure_b)
    assert surprise(sure_a, open_) == pytest.approx(0.0)
    assert np.isfinite(surprise(np.array([1.0, 0.0]), np.array([0.0, 1.0])))


def test_a_mismatch_is_minus_the_log_likelihood_ratio_of_two_normals() -> None:
    together = multivariate_normal([0.0, 0.0], [[1.0, 0.6], [0.6, 1.0]])
    for a, b in ((0.5, 0.7), (2.0, -1.5), (0.0, 0.0)):
        ratio = together.logpdf([a, b]) - norm.logpdf(a) - norm.logpdf(b)
        assert mismatch([a], [b], [0.6]) == pytest.approx(-ratio)
    assert mismatch([3.0], [-3.0], [0.0]) == 0.0


def test_contradictions_are_of_one_person_and_of_two_emotions():
    truth, speakers = np.array([0, 1, 0, 1]), ["a", "a", "a", "b"]
    voice, face = contradictions(truth, speakers)
    assert sorted(zip(voice.tolist(), face.tolist(), strict=True)) == [
        (0, 1), (1, 0), (1, 2), (2, 1),
    ]  # fmt: skip
    sure = np.eye(2)[truth] * 0.9 + 0.05
    found = incongruence_scores(sure, sure, truth, speakers)
    assert found == {
        "auroc_incongruence": 1.0,
        "auroc_incongruence_classes": 1.0,
        "auroc_incongruence_features": 0.5,
        "auroc_incongruence_top_classes": 1.0,
    }
    # Features that go together with each other and not with those of another clip.
    pairs = np.array([[[x], [x], [0.9]] for x in (2.0, -2.0, 2.0, -2.0)])
    same_said = np.full((4, 2), 0.5)
    found = incongruence_scores(same_said, same_said, truth, speakers, pairs)
    assert found["auroc_incongruence_features"] == found["auroc_incongruence"] == 1.0
    assert found["auroc_incongruence_classes"] == 0.5
    same = incongruence_scores(sure[:1], sure[:1], truth[:1], ["a"])
    assert all(np.isnan(value) for value in same.values())


def judged(voice, face, fused, truth):
    """Judgements of two speakers by their classes."""
    found = np.full((len(truth), 5, 8), 0.01)
    for way, said in enumerate((voice, face, fused, fused, fused)):
        found[np.arange(len(truth)), way, said] = 0.93
    speakers = tuple("ab"[i % 2] for i in range(len(truth)))
    earlier = np.arange(len(truth)) // 2
    return Judged((found,), np.array(truth), speakers, (earlier,))


def test_what_tells_an_emotion_adds_up():
    one = judged([0, 0, 1, 1], [0, 1, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0])
    told = told_by(one)["neutral"]
    assert [told[k] for k in ("both", "voice_only", "face_only", "neither")] == [0.25] * 4
    assert told["fused_of_neither"] == 1.0
    differ = disagreement(one)
    assert differ["share"] == 0.5
    assert differ["voice_right"] == differ["face_right"] == 0.5
    assert differ["hybrid_right"] == 1.0
    assert differ["hybrid_right_agreeing"] == 1.0


def test_what_came_before_is_counted():
    one = judged([0] * 8, [0] * 8, [0, 0, 1, 1, 0, 0, 0, 1], [0] * 8)
    first, second, later = by_past(one)
    assert (first["fewest"], first["most"], first["clips"]) == (0.0, 0.0, 2.0)
    assert (first["hybrid"], second["hybrid"], later["hybrid"]) == (1.0, 0.0, 0.75)
    assert later["most"] == 3.0
    counted = earlier_clips(["b", "a", "b", "b"], seed=4)
    assert counted[1] == 0
    assert sorted(counted[[0, 2, 3]]) == [0, 1, 2]


def test_scores_name_the_better_single_modality():
    truth = list(range(8)) * 2
    wrong = [(t + 1) % 8 for t in truth]
    one = judged(wrong, truth[:8] + wrong[8:], truth, truth)
    scores = audiovisual_scores(one, one)
    assert scores["uar"] == 1.0
    assert scores["uar_voice"] == 0.0
    assert scores["uar_gain_over_face"] == pytest.approx(0.5)
    assert scores["uar_gain_over_face_raw_ci95_low"] >= 0.0


def test_who_wins_is_counted_among_clear_conflicts():
    # The last clip has two tops of the face: it counts nowhere.
    votes = votes_of([(0, 1, 1), (0, 1, 0), (0, 1, 2), (3, 3, 3), (0, 1, 1)])
    votes.counts[4, 1, 5] = 9.0
    found = agreement(votes)
    assert found["clips"] == 4.0
    assert found["voice_is_face"] == 0.25
    assert found["conflicts"] == 3.0
    for name in ("conflict_voice_wins", "conflict_face_wins", "conflict_third_wins"):
        assert found[name] == pytest.approx(1.0 / 3.0)
    by_class = winners(votes)
    assert by_class[VOTED[0]]["heard"] == 3.0
    assert by_class[VOTED[1]]["seen_wins"] == pytest.approx(1.0 / 3.0)
    (pair,) = pairs(votes)
    assert (pair["voice"], pair["face"], pair["clips"]) == (VOTED[0], VOTED[1], 3.0)
    assert pair["other"] == pytest.approx(1.0 / 3.0)


def test_learned_weights_are_those_that_made_the_votes():
    counts, actors, intended = made_votes(clips=800, voice=0.5, face=1.0)
    votes = Votes(tuple(actors), intended, counts)
    two = fit_two_weights(votes)
    assert two.voice == pytest.approx(np.full(6, 0.5), abs=0.05)
    assert two.face == pytest.approx(np.full(6, 1.0), abs=0.05)
    each = fit_class_weights(votes)
    assert each.voice == pytest.approx(np.full(6, 0.5), abs=0.15)
    # Product, two weights, weights of each class: learned ones foretell better, actors apart.
    scores = scores_apart(votes)
    learned = scores["product, two weights"]["cross_entropy"]
    assert learned < scores["product"]["cross_entropy"] - 0.02
    assert learned < scores["face alone"]["cross_entropy"] - 0.02
    assert scores["product, weights of each class"]["cross_entropy"] < learned + 0.02
    assert scores["product"]["gain"] == 0.0
    two = scores["product, two weights"]
    assert two["gain"] == pytest.approx(two["accuracy"] - scores["product"]["accuracy"])
    assert two["gain_ci95_low"] <= two["gain"] <= two["gain_ci95_high"]


def test_actors_are_apart():
    counts, actors, intended = made_votes(clips=60, actors=4)
    votes = Votes(tuple(actors), intended, counts)
    folds = actor_folds(votes)
    assert len(folds) == 4
    people = np.array(votes.actors)
    for fold in folds:
        assert not set(people[fold]) & set(people[~fold])
    assert np.sum(folds, axis=0).tolist() == [1] * 60
    with pytest.raises(InputError, match="at least two actors"):
        apart(votes.of(people == "1001"))


def test_a_rule_survives_its_file_and_names_what_it_lacks():
    rule = Rule(np.arange(6.0), np.ones(6), np.zeros(6))
    content = rule.content()
    assert np.array_equal(Rule.from_content(content).voice, rule.voice)
    del content["fear"]
    with pytest.raises(InputError, match="fear"):
        Rule.from_content(content)


def test_plain_rules_and_scores():
    votes = votes_of([(0, 0, 0), (1, 2, 2)])
    found = {name: rule_scores(shares, votes) for name, shares in plain_rules(votes).items()}
    assert found["face alone"]["accuracy"] == 1.0
    assert found["voice alone"]["accuracy"] == 0.5
    assert 0.0 < found["face alone"]["vote_distance"] < 0.3


def test_tables_of_votes_are_read_and_wrong_ones_named(tmp_path):
    counts, actors, intended = made_votes(clips=12, actors=3)
    votes = read_votes(write_votes(tmp_path / "a", counts, actors, intended))
    assert np.array_equal(votes.counts, counts)
    assert votes.intended.tolist() == intended.tolist()
    assert set(read_votes(tmp_path / "a", "1002").actors) == {"1002"}
    with pytest.raises(InputError, match="no clip of actor 7"):
        read_votes(tmp_path / "a", "7")
    counts[3, 1] = 0.0
    with pytest.raises(InputError, match="line 5: no votes for face"):
        read_votes(write_votes(tmp_path / "b", counts, actors, intended))
    path = tmp_path / "a" / "labels.csv"
    path.write_text(path.read_text().replace("voice_fear", "voice_boredom"))
    with pytest.raises(InputError, match="voice_fear"):
        read_votes(tmp_path / "a")
