"""Commands on experiments: how many units one needs, and where each stands."""

from typing import Annotated

import typer

from regulars.orchestration.cli.shared import (
    DebugOption,
    StoreOption,
    app,
    console,
    current,
    reports_errors,
    say,
)
from regulars.orchestration.nightly import nightly_of
from regulars.store.errors import UserError, nearest

experiments = typer.Typer(no_args_is_help=True, help="Plan experiments, and see where each stands.")
app.add_typer(experiments, name="experiment")


@experiments.command("plan")
@reports_errors
def plan_experiment(
    experiment: Annotated[str, typer.Argument(help="Its file's name, such as we_miss_you_kind.")],
    *,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Say how many units each arm needs and how long it takes, from the store's own orders and traffic."""
    import duckdb  # noqa: PLC0415

    from regulars.models.experiments.plan import plan  # noqa: PLC0415
    from regulars.orchestration.console import rows_as_table  # noqa: PLC0415

    nightly = nightly_of(store, is_planning=True)
    known = {one.id: one for one in nightly.store.experiments}
    if experiment not in known:
        others = nearest(experiment, known) if known else "none is declared"
        raise UserError(
            f"there is no experiment '{experiment}'; {others}",
            file=nightly.store.folder / "experiments",
            remedy="name a file there, without .yml",
        )
    version = current(nightly)
    with duckdb.connect(version.database, read_only=True) as connection:
        planned = plan(connection, known[experiment], version.day)
    metric, traffic = planned.experiment.metric, planned.traffic
    say(
        f"{metric.name} within {metric.horizon_days} days is {planned.mean:,.2f} on average"
        f" ({planned.customers:,} customers who were in the segment {metric.horizon_days} days before"
        f" {version.day}); CUPED saves {planned.cuped_gain:.0%} of the units"
    )
    say(
        f"{traffic.members:,} are in segment '{planned.experiment.segment}' now, {traffic.reached:,} of them"
        f" would be exposed, and {traffic.entered_per_week:,.0f} enter it in a week"
    )
    needed: list[tuple[object, ...]] = [
        (
            f"{one.effect:.1%}",
            f"{one.units:,}",
            f"{one.without_cuped:,}",
            one.weeks or "never",
            one.readable_days or "never",
        )
        for one in planned.needed
    ]
    columns = ["effect", "units an arm", "without CUPED", "weeks", "readable on day"]
    console.print(rows_as_table(columns, needed, "What it takes to see an effect"))
    smallest: list[tuple[object, ...]] = [
        (weeks, f"{units:,}", "none" if effect is None else f"{effect:.1%}")
        for weeks, units, effect in planned.smallest
    ]
    console.print(
        rows_as_table(["weeks", "units", "effect"], smallest, "The smallest effect that time shows")
    )
    say(f"minimum_effect {planned.experiment.minimum_effect:g} needs: sample_size: {planned.declared.units}")


@experiments.command("list")
@reports_errors
def list_experiments(*, store: StoreOption = None, debug: DebugOption = False) -> None:
    """Show every experiment: its days, and how many are in each arm, exposed, and left out, and why."""
    from regulars.orchestration.console import rows_for  # noqa: PLC0415
    from regulars.warehouse.standing import standing  # noqa: PLC0415

    nightly = nightly_of(store, is_planning=True)
    if not nightly.store.experiments:
        say("the store has no experiments")
        return
    version = nightly.published.current()
    columns, rows = standing(version, nightly.store.experiments, nightly.newest_day())
    console.print(rows_for(console, columns, rows))
    say(f"as of {version.day}" if version else "no night was published yet")
