"""What the command prints of what a user gave it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from regulars.orchestration.cli import app, shared
from tests.shops import changed, write_shop

WHY = ("--because", "same hand", "--by", "ada")


@pytest.mark.parametrize("text", ["account:shop:colon:a:b is [bold]known[/]", "phone:+1 :smile: [/x]"])
def test_what_a_user_wrote_is_printed_as_it_is(text: str) -> None:
    with shared.console.capture() as printed:
        shared.console.print(text, markup=False, highlight=False, soft_wrap=True)
    assert printed.get() == f"{text}\n"


def test_an_error_says_what_a_user_wrote_as_it_is(tmp_path: Path) -> None:
    refused = CliRunner().invoke(app, ["check", "--store", str(tmp_path / "[bold]a:b:smile:")])
    assert "[bold]a:b:smile:" in refused.output


def test_the_name_of_a_store_is_no_markup(tmp_path: Path) -> None:
    shop = write_shop(tmp_path / "shop", changed("store.yml", "title: ", "title: '[/x] :a:' # "))
    said = CliRunner().invoke(app, ["check", "--store", str(shop)])
    assert (said.exit_code, "[/x] :a:: configuration" in said.output) == (0, True), said.output


@pytest.mark.parametrize("command", ["link", "unmerge"])
def test_an_identifier_that_is_too_long_for_one_is_not_repeated(tmp_path: Path, command: str) -> None:
    shop = write_shop(tmp_path / "shop")
    endless = "account:shop:" + "7" * 10_000
    refused = CliRunner().invoke(app, [command, "email:a@b.de", endless, *WHY, "--store", str(shop)])
    assert refused.exit_code == 2
    assert "10,013 letters" in refused.output
    assert len(refused.output) < 400
