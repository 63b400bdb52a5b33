"""How figures are drawn: Vega-Lite specifications without data, from the names of columns.

A chart is a function of the rows that it will show, so that a choice can offer what there is. Colours and
fonts are the page's, for light and dark (`static/site.js`).
"""

from collections.abc import Callable, Sequence
from typing import Any

Spec = dict[str, Any]
Chart = Callable[[Sequence[dict[str, object]]], Spec]

HEIGHT = 240
STEP = 28
DASHED: Spec = {"mark": {"type": "rule", "strokeDash": [4, 4]}}
# a line of its own, and not one for each row
ONCE: Spec = {"data": {"values": [{}]}, **DASHED}


def words(column: str) -> str:
    """A column's name as a reader says it."""
    return column.removesuffix("_share").replace("_", " ")


def bars(value: str, by: str, *, color: str | None = None) -> Chart:
    """A horizontal bar for each `by`, in the order of the rows, stacked by `color`."""
    shown = {"y": _names(by), **_colored(color)}
    mark = {"mark": {"type": "bar", "cornerRadiusEnd": 2, "tooltip": True}}
    return lambda rows: _stepped(mark, {"x": _length(value, rows), **shown}, by=by)(rows)


def columns(value: str, day: str, *, color: str | None = None) -> Chart:
    """A column for each day, stacked by `color`."""
    shown = {"x": _days(day) | {"bandPosition": 0.5}, **_colored(color)}
    mark = {"mark": {"type": "bar", "tooltip": True}}
    return lambda rows: _drawn(mark, {"y": _length(value, rows), **shown})(rows)


def lines(value: str, day: str, *, color: str | None = None, limit: float | None = None) -> Chart:
    """A line over days for each `color`, and a dashed one at a `limit`."""
    line = {
        "mark": {"type": "line", "point": {"size": 24}, "tooltip": True},
        "encoding": {"x": _days(day), "y": _figure(value), **_colored(color)},
    }
    drawn = [line] if limit is None else [line, {**ONCE, "encoding": {"y": {"datum": limit}}}]
    return _drawn({"layer": drawn}, {})


def grouped(value: str, along: str, *, color: str | None = None) -> Chart:
    """A column for each `along`, which is a number, side by side for each `color`."""
    beside = {"xOffset": {"field": color, "sort": None}} if color else {}
    place = {
        "field": along,
        "type": "ordinal",
        "title": words(along),
        "axis": {"labelAngle": 0, **_format(along)},
    }
    encoding = {"x": place, "y": _figure(value), **beside, **_colored(color)}
    return _drawn({"mark": {"type": "bar", "tooltip": True}}, encoding)


def matrix(value: str, column: str, row: str) -> Chart:
    """A square for each `column` and `row`, the darker the higher the value that stands in it."""
    places = {
        "x": {"field": column, "type": "nominal", "title": words(column), "axis": {"labelAngle": -40}},
        "y": _names(row) | {"title": words(row)},
    }
    shade = {"field": value, "type": "quantitative", "title": words(value), "legend": None}
    layers = [
        {"mark": {"type": "rect", "cornerRadius": 2}, "encoding": {"color": shade}},
        {
            "mark": {"type": "text", "fontWeight": 600},
            "encoding": {"text": {"field": value, "type": "quantitative", "format": ",d"}},
        },
    ]
    return _stepped({"layer": layers}, places, by=row)


def intervals(value: str, low: str, high: str, by: str, *, nothing: float = 0) -> Chart:
    """A point for each `by` with the bounds between which the figure is, and a dashed line at `nothing`."""
    figure, names = _figure(value) | {"scale": {"zero": False}}, _names(by)
    bounds = {"x": {**figure, "field": low}, "x2": {"field": high}, "y": names}
    layers: list[Spec] = [
        {**ONCE, "encoding": {"x": {"datum": nothing}}},
        {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": bounds},
        {
            "mark": {"type": "point", "filled": True, "opacity": 1, "size": 80, "tooltip": True},
            "encoding": {"x": figure, "y": names},
        },
    ]
    return _stepped({"layer": layers}, {}, by=by)


def curve(value: str, along: str) -> Chart:
    """A line of one figure along another, and dashed the one on which both are equal."""
    return _with_diagonal({"type": "line", "point": {"size": 40}, "tooltip": True}, value, along)


def points(value: str, along: str) -> Chart:
    """Points of one figure beside another, and a dashed line on which both are equal."""
    mark = {"type": "point", "filled": True, "opacity": 1, "size": 80, "tooltip": True}
    return _with_diagonal(mark, value, along)


def one_at_a_time(of: str, chart: Chart) -> Chart:
    """The same chart for one value of a column at a time, which the reader chooses."""

    def draw(rows: Sequence[dict[str, object]]) -> Spec:
        offered = list(dict.fromkeys(str(row[of]) for row in rows))
        chosen = {
            "name": "chosen",
            "value": offered[0] if offered else None,
            "bind": {"input": "select", "options": offered, "name": words(of)},
        }
        shown = {"filter": f"datum[{of!r}] === chosen"}
        return chart(rows) | {"params": [chosen], "transform": [shown]}

    return draw


def _with_diagonal(mark: Spec, value: str, along: str) -> Chart:
    axes = {"x": _figure(along), "y": _figure(value)}
    ends = {
        "x": {**axes["x"], "aggregate": "min"},
        "y": {**axes["y"], "aggregate": "min", "field": along},
        "x2": {"aggregate": "max", "field": along},
        "y2": {"aggregate": "max", "field": along},
    }
    return _drawn({"layer": [{"mark": mark, "encoding": axes}, {**DASHED, "encoding": ends}]}, {})


def _drawn(spec: Spec, encoding: Spec, *, height: int = HEIGHT) -> Chart:
    fit = {"width": "container", "height": height, "autosize": {"type": "fit-x", "contains": "padding"}}
    return lambda _: {**fit, **spec, "encoding": encoding}


def _stepped(spec: Spec, encoding: Spec, *, by: str) -> Chart:
    """As high as the names at its left need."""
    return lambda rows: _drawn(spec, encoding, height=STEP * len({row[by] for row in rows}))(rows)


def _figure(column: str) -> Spec:
    return {"field": column, "type": "quantitative", "title": words(column), "axis": _format(column)}


def _length(column: str, rows: Sequence[dict[str, object]]) -> Spec:
    """A figure as long as which a bar is: of all of a share, and in whole steps of counts."""
    if column.endswith("_share"):
        return _figure(column) | {"scale": {"domain": [0, 1]}}
    is_count = all(isinstance(row[column], int) for row in rows)
    return _figure(column) | ({"axis": {"tickMinStep": 1}} if is_count else {})


def _format(column: str) -> Spec:
    return {"format": "~%"} if column.endswith("_share") else {}


def _names(column: str) -> Spec:
    axis = {"ticks": False, "domain": False}
    return {"field": column, "type": "nominal", "title": None, "sort": None, "axis": axis}


def _days(column: str) -> Spec:
    # days are dates of the store, which a reader's time zone must not shift
    return {
        "field": column,
        "type": "temporal",
        "timeUnit": "utcyearmonthdate",
        "title": None,
        "axis": {"format": "%b %d", "labelOverlap": True},
    }


def _colored(column: str | None) -> Spec:
    if column is None:
        return {}
    return {"color": {"field": column, "type": "nominal", "title": None, "sort": None}}
