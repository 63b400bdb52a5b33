"""The made-up shop with newsletters: every month each second customer gets one, and readers open it."""

import shutil
from pathlib import Path

import pytest

from tests.unit.models.conftest import in_folder
from tests.unit.models.made_up_shop import NIGHT, Shop, execute, fill, predicted

# every third of those who get it reads, half of what she gets; others one in twenty
NEWSLETTERS = """
insert into marts.customer_touchpoints
select features.customer_id, 'tool', concat(features.customer_id, features.as_of_date), 'email',
    features.as_of_date + interval 34 hour, features.as_of_date + 1
from (
    from intermediate.past_customer_features union all by name from marts.customer_features
) as features
where hash(features.customer_id) % 2 = 0;
insert into staging.stg_messages
select source, message_ref, channel, event, false, sent_at + interval 1 day, sent_date + 1
from marts.customer_touchpoints cross join (values ('opened', 0.5), ('clicked', 0.2)) as events (event, share)
where hash(message_ref, event) % 1000 < 1000 * share * if(hash(customer_id) % 3 = 0, 1, 0.1);
"""
OPENED = """
update {table} as features set
    messages_sent_365d = coalesce(told.sent, 0), messages_opened_365d = coalesce(told.opened, 0)
from (
    select days.as_of_date, touches.customer_id, count(*) as sent, count(answers.message_ref) as opened
    from (select distinct as_of_date from {table}) as days
    inner join marts.customer_touchpoints as touches on touches.sent_date <= days.as_of_date
    left join staging.stg_messages as answers
        on touches.message_ref = answers.message_ref and answers.event = 'opened'
            and answers.message_date <= days.as_of_date
    group by all
) as told
where features.customer_id = told.customer_id and features.as_of_date = told.as_of_date
"""


def write_to_customers(shop: Shop) -> None:
    """Newsletters on the first of each month, up to the day after the night, and what came of them."""
    execute(shop, NEWSLETTERS)
    execute(shop, f"delete from marts.customer_touchpoints where sent_date > date '{NIGHT}'")
    execute(shop, f"delete from staging.stg_messages where message_date > date '{NIGHT}'")
    for table in ("marts.customer_features", "intermediate.past_customer_features"):
        execute(shop, OPENED.format(table=table))


@pytest.fixture(scope="session")
def _written_to(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written_to")
    shop = in_folder(folder)
    with shop.warehouse.connect() as connection:
        fill(connection, NIGHT)
    write_to_customers(shop)
    return folder


@pytest.fixture(scope="session")
def answered(_written_to: Path, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop with newsletters after its first predictions; only to be read."""
    folder = tmp_path_factory.mktemp("answered")
    shop = in_folder(shutil.copytree(_written_to, folder, dirs_exist_ok=True))
    predicted(shop)
    return shop


@pytest.fixture
def written_to(_written_to: Path, tmp_path: Path) -> Shop:
    """A shop with newsletters, to do with as one likes."""
    return in_folder(shutil.copytree(_written_to, tmp_path / "written_to"))
