"""experiments/*.yml: what is refused before it can waste anybody's weeks, each with its line."""

from datetime import date
from pathlib import Path

import pytest

from regulars.store.errors import UserError
from regulars.store.experiments import Experiment, governing
from regulars.store.store import open_store
from tests.shops import FILES, write_shop

OTHER = """\
  - id: other
    name: Other
    state: new
    channels: [letter]
    purpose: marketing
    action_class: marketing
    offer: ten percent
    response_rate: 0.1
    value: 10
    cooldown_days: 30
    reason: bought {order_count} times
    customer_reason: Good to have you here.
"""
GOOD = """\
hypothesis: ten percent bring newcomers back
owner: team:crm
segment: new
start_date: 2024-05-06
weeks: 4
factor: offer
arms:
  - {id: without, share: 0.5, action: offer}
  - {id: with, share: 0.5, action: other}
control: {arm: without, kind: previous}
metric: {name: revenue, horizon_days: 30}
guardrails: [unsubscribes]
minimum_effect: 0.1
sample_size: 1000
breakdowns: [new]
"""


def shop(folder: Path, *texts: str, actions: str = OTHER) -> Path:
    files = {f"experiments/trial_{number}.yml": text for number, text in enumerate(texts)}
    return write_shop(folder, {"actions.yml": str(FILES["actions.yml"]) + actions} | files)


def refused(folder: Path) -> str:
    with pytest.raises(UserError) as caught:
        open_store(folder)
    return str(caught.value)


def test_an_experiment_is_read_with_its_name_as_id(tmp_path: Path) -> None:
    (one,) = open_store(shop(tmp_path, GOOD)).experiments
    assert (one.id, one.last_day, one.control_arm.action) == ("trial_0", date(2024, 6, 2), "offer")
    assert one.draws == (("without", 0.0, 0.5), ("with", 0.5, 2.0))
    assert [one.is_running(date(2024, 5, day)) for day in (5, 6)] == [False, True]


def test_an_experiment_is_a_part_of_the_configuration(tmp_path: Path) -> None:
    with_it, without = (
        open_store(shop(tmp_path / name, *texts)) for name, texts in (("a", [GOOD]), ("b", []))
    )
    assert with_it.config_hash != without.config_hash
    assert without.experiments == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("share: 0.5, action: other", "share: 0.4, action: other", 7, "shares of the arms are 0.9 together"),
        ("name: revenue", "name: click_rate", 11, "'click_rate' is no primary metric"),
        ("name: revenue", "name: opens", 11, "'opens' is no primary metric"),
        ("horizon_days: 30", "horizon_days: 14", 11, "30 or 90"),
        ("sample_size: 1000\n", "", 11, "the experiment has no sample_size"),
        ("kind: previous", "kind: nothing", 10, "never nothing; who gets nothing is the holdout"),
        ("kind: previous", "kind: generic", 10, "control is generic, but action 'offer' is not"),
        ("share: 0.5, action: other", "share: 0.5", 9, "arm 'with' names no action"),
        ("arm: without,", "arm: witout,", 10, "unknown arm 'witout'; did you mean 'without'?"),
        ("segment: new", "segment: nwe", 3, "unknown segment 'nwe'; did you mean 'new'?"),
        ("breakdowns: [new]", "breakdowns: [gone]", 15, "unknown segment 'gone'"),
        ("action: other", "action: othr", 9, "unknown action 'othr'; did you mean 'other'?"),
        ("action: other", "action: offer", 9, "two arms get 'offer'"),
        ("weeks: 4", "weeks: 3", 5, "it ends after 21 days, before four weeks"),
        ("weeks: 4", "weeks: 4\ncycle_days: 30", 5, "of 30 days are over; let it run 60 days"),
        ("weeks: 4", "end_date: 2024-05-01", 5, "end_date 2024-05-01 is before start_date 2024-05-06"),
        ("weeks: 4", "weeks: 4\nend_date: 2024-07-01", 6, "say either end_date or weeks"),
        ("factor: offer", "factor: wording", 9, "control in offer, but the factor is wording"),
        ("factor: offer", "factor: policy", 8, "arm 'without' names no policy"),
        ("guardrails: [unsubscribes]", "guardrails: [opens]", 12, "found 'opens'"),
        ("owner: team:crm", "owner: team:crm\nid: another", 3, "but it says 'another'"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    assert old in GOOD
    message = refused(shop(tmp_path, GOOD.replace(old, new)))
    assert said in message
    assert f"trial_0.yml:{line}: " in message
    assert "remedy: " in message


def test_what_a_decided_experiment_names_may_be_gone(tmp_path: Path) -> None:
    text = GOOD.replace("segment: new", "segment: gone").replace("action: other", "action: removed")
    decided = "arm: without, by: bo, date: 2024-06-03, because: it was over, learned: no difference"
    text += f"decision: {{{decided}}}\n"
    (one,) = open_store(shop(tmp_path, text)).experiments
    assert (one.segment, one.layer_in({})) == ("gone", "")


@pytest.mark.parametrize(
    ("factor", "more", "said"),
    [
        ("offer", "    value: 11\n", "differs from the control in value"),
        ("offer", "    send_hour: 9\n", "differs from the control in send_hour"),
        ("timing", "    send_hour: 9\n", "differs from the control in offer"),
        ("segment_definition", "    eligible_when: order_count = 1\n", "differs from the control in offer"),
    ],
)
def test_two_factors_at_once_are_refused(tmp_path: Path, factor: str, more: str, said: str) -> None:
    actions = OTHER.replace("    value: 10\n", "") if "value" in more else OTHER
    text = GOOD.replace("factor: offer", f"factor: {factor}")
    assert said in refused(shop(tmp_path, text, actions=actions + more))


@pytest.mark.parametrize(
    ("factor", "more"),
    [
        ("timing", "    send_hour: 9\n"),
        ("segment_definition", "    eligible_when: order_count = 1\n"),
        ("action", "    send_hour: 9\n    offer: ten percent\n"),
    ],
)
def test_one_factor_is_fine(tmp_path: Path, factor: str, more: str) -> None:
    actions = OTHER.replace("    offer: ten percent\n", "") + more
    (one,) = open_store(
        shop(tmp_path, GOOD.replace("factor: offer", f"factor: {factor}"), actions=actions)
    ).experiments
    assert one.factor == factor


def test_arms_that_do_not_differ_are_refused(tmp_path: Path) -> None:
    same = OTHER.replace("    offer: ten percent\n", "")
    assert "is the control's in all but name" in refused(shop(tmp_path, GOOD, actions=same))


def test_a_short_experiment_may_say_why(tmp_path: Path) -> None:
    text = GOOD.replace("weeks: 4", "weeks: 3\nbecause: the season is over then")
    assert open_store(shop(tmp_path, text)).experiments[0].last_day == date(2024, 5, 26)


def test_two_experiments_on_one_layer_may_not_overlap(tmp_path: Path) -> None:
    later = GOOD.replace("2024-05-06", "2024-06-02")
    message = refused(shop(tmp_path / "a", GOOD, later))
    assert "trial_1.yml:4: runs on layer 'new' while 'trial_0' does (2024-05-06 to 2024-06-02)" in message
    message = refused(shop(tmp_path / "b", GOOD, later + "layer: another\n"))
    assert "trial_1.yml:4: names action 'offer' while 'trial_0' does" in message
    after = GOOD.replace("2024-05-06", "2024-06-03")
    assert len(open_store(shop(tmp_path / "c", GOOD, after)).experiments) == 2


def test_an_experiment_that_was_decided_early_ends_then(tmp_path: Path) -> None:
    decided = GOOD + (
        "decision: {arm: with, by: ann, date: 2024-05-20, because: it hurt too much, learned: stop early}\n"
    )
    after = GOOD.replace("2024-05-06", "2024-05-21")
    first, second = open_store(shop(tmp_path, decided, after)).experiments
    assert first.last_day == date(2024, 5, 20)
    assert (first.kept_arm(date(2024, 5, 21)).id, second.kept_arm(date(2024, 7, 1)).id) == ("with", "without")


def test_the_last_experiment_that_began_says_who_may_get_an_action(tmp_path: Path) -> None:
    after = GOOD.replace("2024-05-06", "2024-06-10")
    experiments = open_store(shop(tmp_path, GOOD, after)).experiments

    def says(day: date) -> str:
        found: dict[str, Experiment] = governing(experiments, day)
        assert found["offer"] == found["other"]
        return found["offer"].id

    days = (date(2024, 5, 1), date(2024, 5, 6), date(2024, 6, 9), date(2024, 6, 10), date(2025, 1, 1))
    assert [says(day) for day in days] == ["trial_0", "trial_0", "trial_0", "trial_1", "trial_1"]


def test_a_file_name_that_is_no_id_is_refused(tmp_path: Path) -> None:
    folder = shop(tmp_path, GOOD)
    (folder / "experiments" / "trial_0.yml").rename(folder / "experiments" / "New-Trial.yml")
    assert "'New-Trial' is none" in refused(folder)
