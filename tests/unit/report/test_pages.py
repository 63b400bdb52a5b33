"""Declarations of pages: each section is answerable in one way only, and can be named."""

from collections import Counter
from datetime import date

import pytest

from regulars.report.page import Page, Section, sql_of
from regulars.report.pages import PAGES

SECTIONS = [(page, section) for page in PAGES for section in page.sections]
IDS = [f"{page.name}: {section.title}" for page, section in SECTIONS]


def test_pages_and_the_sections_of_a_page_have_names_of_their_own() -> None:
    names = Counter(page.name for page in PAGES)
    names.update(f"{page.name}#{section.id}" for page, section in SECTIONS)
    assert [name for name, count in names.items() if count > 1] == []
    assert PAGES[0].name == "index"


@pytest.mark.parametrize(("page", "section"), SECTIONS, ids=IDS)
def test_every_section_orders_its_rows_and_says_a_sentence(page: Page, section: Section) -> None:
    assert page.title
    assert "order by" in section.sql.strip().rpartition("\n")[2]
    assert section.says.endswith(".")
    assert section.empty.endswith(".")


@pytest.mark.parametrize(("page", "section"), SECTIONS, ids=IDS)
def test_no_section_selects_a_customer(page: Page, section: Section) -> None:
    last_select = section.sql.rpartition("\nselect")[2].partition("\nfrom")[0]
    assert "customer_id" not in last_select.replace("count(distinct customer_id)", ""), page.name


def test_sql_is_shown_as_it_is_run() -> None:
    assert sql_of("\nfrom orders where order_date = {night}\n", date(2024, 5, 1)) == (
        "from orders where order_date = date '2024-05-01'"
    )
