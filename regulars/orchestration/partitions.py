"""The days of a store as Dagster partitions, each named by its as-of day."""

from datetime import date, timedelta

import dagster as dg

from regulars.store.store import Store


def days_of(store: Store) -> dg.DailyPartitionsDefinition:
    """One partition per day of the store's history; a day exists when it is over in the store's time zone."""
    end = store.last_day + timedelta(days=1) if store.last_day else None
    return dg.DailyPartitionsDefinition(
        start_date=store.settings.first_day.isoformat(),
        end_date=end.isoformat() if end else None,
        timezone=store.settings.time_zone,
    )


def as_of(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> date:
    """The day that a step runs for."""
    op_context = context if isinstance(context, dg.AssetExecutionContext) else context.op_execution_context
    return date.fromisoformat(op_context.partition_key)
