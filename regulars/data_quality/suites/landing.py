"""What must be true of landed files before anything is computed from them.

Keys, required columns and vocabularies come from the definition of the landing tables.
Not here: rules about customers or orders as the business knows them.
"""

from collections.abc import Iterator

from regulars.data_quality.checks import AnyRows, Check, Night, NoRows, OneOf
from regulars.data_quality.suites import columns, freshness, volume
from regulars.data_quality.suites.declared import preset_systems_of
from regulars.store.entities import Entity, entities
from regulars.store.sql import literal

_OWNER = "data engineering"
_FACTS = ("orders", "order_lines", "events")
_DEAD_ROWS = 10
# a torn line is dead in every stream of the file, however few rows of it are the stream's
_HARDLY_ANY_DEAD = (
    "rows_dead * 100 <= rows_read and (rows_dead - rows_unreadable) * 100 <= rows_read - rows_skipped"
)
_MEND = "mend the contract and replay the dead letters, or the file and run again with --rebuild."


def checks(night: Night) -> tuple[Check, ...]:
    """Every check of the border, system tables first; nothing is asked of an entity that nobody delivers."""
    delivered = tuple(entity for entity in entities().values() if f"landing.{entity.name}" not in night.empty)
    return (
        *_night_checks(night),
        *_file_checks(),
        _stream_takes_rows(night),
        *_dead_letter_checks(),
        *_conservation_checks(),
        *(check for entity in delivered for check in _entity_checks(entity, night)),
        # a stream that never delivered anything is late, too
        *freshness.checks(tuple(entities().values()), night),
        *volume.checks(delivered, night),
        *columns.checks(delivered, night),
    )


def _night_checks(night: Night) -> Iterator[Check]:
    yield Check(
        table="settings.night",
        name="is_this_night",
        rule=NoRows(
            f"""
            select count(*) as nights from settings.night
            having (
                count(*) = 1 and min(as_of_date) = {night.date_sql} and count(as_of_end_at) = 1
            ) is not true
            """,
            ("as_of_date",),
        ),
        meaning="The warehouse is prepared for exactly the night that is being run.",
        owner=_OWNER,
    )
    facts = " union all ".join(f"(select 1 from landing.{table} limit 1)" for table in _FACTS)
    yield Check(
        table="landing.files",
        name="store_has_facts",
        rule=NoRows(f"select 'no facts' as problem where not exists ({facts})"),
        meaning=f"At least one of {', '.join(_FACTS)} has rows, or everybody would look lapsed.",
        owner=_OWNER,
    )


def _file_checks() -> Iterator[Check]:
    yield Check(
        table="landing.files",
        name="any_file_landed",
        rule=AnyRows(),
        meaning="At least one file has ever been landed.",
        owner=_OWNER,
    )
    yield Check(
        table="landing.files",
        name="file_listed_once",
        rule=NoRows(
            """
            select min(file_id) as file_id from landing.files group by file_id
            having count(*) > 1 or file_id is null
            """,
            ("file_id",),
        ),
        meaning="Every file has an id of its own.",
        owner=_OWNER,
    )
    yield Check(
        table="landing.files",
        name="content_landed_once",
        rule=NoRows(
            """
            select file_id
            from (
                select
                    file_id, sha256,
                    row_number() over (partition by source, stream, sha256 order by file_id) as landing,
                    lag(sha256) over (partition by source, stream, path order by file_id) as content_before
                from landing.files
            )
            where sha256 is null or (landing > 1 and (content_before <> sha256) is not true)
            """,
            ("source", "stream", "path", "sha256"),
        ),
        meaning="Content is landed once in a stream, and again only where its path held another meanwhile.",
        owner=_OWNER,
    )
    yield from _account_checks()
    yield from _dead_letter_share_checks()


def _account_checks() -> Iterator[Check]:
    yield Check(
        table="landing.files",
        name="rows_add_up",
        rule=NoRows(
            """
            select file_id from landing.files
            where (
                rows_read = rows_loaded + rows_duplicate + rows_dead + rows_skipped
                and least(rows_read, rows_loaded, rows_duplicate, rows_unreadable, rows_skipped) >= 0
                and rows_dead >= rows_unreadable
            ) is not true
            """,
            ("rows_read", "rows_loaded", "rows_duplicate", "rows_dead", "rows_skipped"),
        ),
        meaning="Every row of a file was loaded, is a known duplicate, a dead letter or another stream's.",
        owner=_OWNER,
    )


def _stream_takes_rows(night: Night) -> Check:
    """Of a preset one stream is enough: it has some for what may never happen, such as a refusal."""
    presets = ", ".join(map(literal, preset_systems_of(night))) or "null"
    return Check(
        table="landing.files",
        name="stream_takes_rows",
        rule=NoRows(
            f"""
            select max(file_id) as file_id
            from (select *, if(source in ({presets}), 'any', stream) as asked from landing.files) as files
            group by source, asked
            having sum(rows_read) > 0 and sum(rows_read - rows_unreadable - rows_skipped) = 0
            """,
            ("rows_skipped",),
        ),
        severity="warn",
        meaning="A stream, or any of a preset, takes some of its files' rows; otherwise its `where` is true"
        " of none: mend it.",
        owner=_OWNER,
    )


def _dead_letter_share_checks() -> Iterator[Check]:
    # a share alone would stop a file of two rows for one that is torn
    yield Check(
        table="landing.files",
        name="few_dead_letters",
        rule=NoRows(
            f"""
            select file_id from landing.files
            where ({_HARDLY_ANY_DEAD} or rows_dead <= {_DEAD_ROWS}) is not true
            """,
            ("rows_dead",),
        ),
        meaning=f"At most one row in a hundred of a file is a dead letter, or at most {_DEAD_ROWS} rows; "
        f"with more, {_MEND}",
        owner=_OWNER,
    )
    yield Check(
        table="landing.files",
        name="hardly_any_dead_letters",
        rule=NoRows(
            f"""
            select file_id from landing.files
            where ({_HARDLY_ANY_DEAD}) is not true and rows_dead <= {_DEAD_ROWS}
            """,
            ("rows_dead",),
        ),
        severity="warn",
        meaning=f"At most one row in a hundred of a small file is a dead letter; otherwise {_MEND}",
        owner=_OWNER,
    )


def _dead_letter_checks() -> Iterator[Check]:
    yield Check(
        table="landing.dead_letters",
        name="belongs_to_a_file",
        rule=NoRows(
            """
            select file_id, row_number from landing.dead_letters as letters
            where not exists (select 1 from landing.files where files.file_id = letters.file_id)
            """,
            ("file_id",),
        ),
        meaning="Every dead letter belongs to a landed file.",
        owner=_OWNER,
    )
    yield Check(
        table="landing.dead_letters",
        name="counted_by_its_file",
        rule=NoRows(
            """
            select files.file_id
            from landing.files
            left join (
                select file_id, count(distinct row_number) as letters
                from landing.dead_letters group by file_id
            ) as kept on kept.file_id = files.file_id
            where (files.rows_dead = coalesce(kept.letters, 0)) is not true
            """,
            ("file_id",),
        ),
        meaning="A file counts as many dead rows as were kept as dead letters.",
        owner=_OWNER,
    )
    yield Check(
        table="landing.dead_letters",
        name="has_a_reason",
        rule=NoRows(
            "select file_id, row_number from landing.dead_letters where (trim(reason) <> '') is not true",
            ("reason",),
        ),
        meaning="Every dead letter says why the row was refused.",
        owner=_OWNER,
    )


def _conservation_checks() -> Iterator[Check]:
    kept = " union all ".join(
        f"select '{entity}' as entity, file_id, count(*) as kept from landing.{entity} group by file_id"
        for entity in entities()
    )
    # a later file may replace rows of an earlier one, so a file may keep fewer rows than it loaded
    yield Check(
        table="landing.files",
        name="rows_come_from_files",
        rule=NoRows(
            f"""
            select rows_of_file.entity, rows_of_file.file_id
            from ({kept}) as rows_of_file
            left join landing.files
                on files.file_id = rows_of_file.file_id and files.entity = rows_of_file.entity
            where (rows_of_file.kept <= files.rows_loaded) is not true
            """,
            ("rows_loaded",),
        ),
        meaning="Every row comes from a file of its entity, and no file has more rows than it loaded.",
        owner=_OWNER,
    )
    yield Check(
        table="landing.files",
        name="loaded_rows_are_there",
        rule=NoRows(
            f"""
            select loaded.entity
            from (select entity, sum(rows_loaded) as rows_loaded from landing.files group by entity) as loaded
            left join (select distinct entity from ({kept}) as rows_of_file) as present using (entity)
            where loaded.rows_loaded > 0 and present.entity is null
            """,
            ("rows_loaded",),
        ),
        meaning="A table whose files loaded rows is not empty.",
        owner=_OWNER,
    )


def _entity_checks(entity: Entity, night: Night) -> Iterator[Check]:
    table = f"landing.{entity.name}"
    required = (
        "source",
        "file_id",
        "row_number",
        "loaded_date",
        "record_key",
        *(column.name for column in entity.columns if column.is_required),
    )
    yield Check(
        table=table,
        name="record_landed_once",
        rule=NoRows(
            # of millions of keys the few whose hash is there twice are compared, which takes half as long
            f"""
            select source, max(file_id) as file_id from {table}
            where hash(source, record_key) in (
                select hash(source, record_key) as hashed from {table} group by hashed having count(*) > 1
            )
            group by source, record_key having count(*) > 1
            """,
            ("source", "record_key"),
        ),
        meaning=f"A record of {entity.name} is there once, in its newest version.",
        owner=_OWNER,
    )
    yield Check(
        table=table,
        name="required_columns_filled",
        rule=NoRows(
            f"select file_id, row_number from {table} where "
            + " or ".join(f"{name} is null" for name in required),
            required,
        ),
        meaning=f"What every row of {entity.name} must say is said.",
        owner=_OWNER,
    )
    for column in entity.columns:
        if column.values:
            yield Check(
                table=table,
                name="known_values",
                rule=OneOf(column.name, column.values),
                meaning=f"Column {column.name} of {entity.name} uses the fixed vocabulary.",
                owner=_OWNER,
            )
    if entity.name == "survey_responses":
        yield _scores_on_their_scales(table)
    if entity.time_column:
        yield _plausible_dates(table, entity.time_column, night)


def _scores_on_their_scales(table: str) -> Check:
    return Check(
        table=table,
        name="scores_on_their_scales",
        rule=NoRows(
            f"""
            select file_id, row_number from {table}
            where score is not null and not case kind
                when 'nps' then score between 0 and 10
                when 'csat' then score between 1 and 5
                when 'ces' then score between 1 and 7
                else true
            end
            """,
            ("kind", "score"),
        ),
        severity="warn",
        meaning="NPS is scored from 0 to 10, CSAT from 1 to 5 and CES from 1 to 7; another score counts as "
        "none, so map it to that scale.",
        owner=_OWNER,
    )


def _plausible_dates(table: str, time: str, night: Night) -> Check:
    return Check(
        table=table,
        name="plausible_dates",
        rule=NoRows(
            f"""
            select file_id, row_number from {table}
            where not {time} between timestamp '1990-01-01' and {night.date_sql} + interval 10 year
            """,
            (time,),
        ),
        severity="warn",
        meaning="No fact is dated before 1990 or over ten years ahead; a file may hold days to come.",
        owner=_OWNER,
    )
