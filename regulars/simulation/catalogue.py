"""What the shop sells: products with prices that move, and how a basket's lines pick among them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from regulars.simulation import draws
from regulars.simulation.draws import Floats, Ints
from regulars.simulation.facts import PRODUCTS, shaped
from regulars.simulation.world import World

PER_CATEGORY = 30
EXPORTED_EVERY_DAYS = 7
PRICES_LAST_DAYS = 28
# ours: category, typical price in dollars, words of titles
_CATEGORIES = (
    ("Coffee", 14.0, "Espresso Filter Decaf Single-Origin Breakfast House"),
    ("Tea", 10.0, "Green Black Herbal Chai Oolong White"),
    ("Chocolate", 8.0, "Dark Milk Hazelnut Orange Sea-Salt Almond"),
    ("Pantry", 7.0, "Pasta Olive-Oil Rice Lentil Tomato Honey"),
    ("Bakery", 6.0, "Rye Sourdough Brioche Oat Spelt Seed"),
    ("Kitchen", 29.0, "Kettle Pan Knife Grinder Scale Bowl"),
    ("Home", 24.0, "Candle Vase Blanket Basket Lamp Frame"),
    ("Body Care", 13.0, "Soap Lotion Shampoo Balm Oil Scrub"),
    ("Baby", 17.0, "Bib Blanket Toy Bottle Romper Book"),
    ("Pets", 15.0, "Chew Leash Bed Brush Bowl Ball"),
    ("Stationery", 9.0, "Notebook Pen Planner Card Marker Folder"),
    ("Gifts", 32.0, "Hamper Box Voucher Set Bundle Basket"),
)
CATEGORY_NAMES = pl.Series("category", [name for name, _, _ in _CATEGORIES])
_BRANDS = pl.Series("brand", ["Alder & Co", "Bluebird", "Corner Mill", "Dockside", "Everly", "Fenwick"])
_SIZES = pl.Series("size", ["Small", "Classic", "Large", "Family", "Limited"])


@dataclass(frozen=True)
class Catalogue:
    """Products in the order of their number: the products of a category stand together."""

    seed: int
    category: Ints
    base_price_cents: Ints
    words: pl.DataFrame  # sku, title, path, category, brand of each product
    popularity: Floats  # within a category, as the cumulative share

    def __len__(self) -> int:
        return len(self.category)

    def prices_cents(self, day: int) -> Ints:
        """Today's price of each product; a tenth of them changes every four weeks."""
        period, number = day // PRICES_LAST_DAYS, np.arange(len(self))
        changes = draws.uniform(self.seed, "price changes", number, period) < 0.2
        step = draws.uniform(self.seed, "price step", number, period)
        raised = self.base_price_cents * np.where(changes, 0.92 + 0.2 * step, 1.0) * (1 + 0.0015 * period)
        return (np.round(raised / 10) * 10 - 1).astype(np.int64)

    def picks(self, category: Ints, draw: Floats) -> Ints:
        """The product that each draw in [0, 1) picks within a category, popular ones more often."""
        rank = np.searchsorted(self.popularity, draw, side="right").clip(0, PER_CATEGORY - 1)
        product: Ints = category.astype(np.int64) * PER_CATEGORY + rank
        return product

    @cached_property
    def costs_cents(self) -> Ints:
        """What each product costs the company."""
        share = 0.45 + 0.25 * draws.uniform(self.seed, "cost", np.arange(len(self)))
        return np.round(self.base_price_cents * share).astype(np.int64)

    @cached_property
    def slugs(self) -> pl.Series:
        """The last part of each product's address in the shop."""
        return self.words["path"]

    def frame(self, day: int) -> pl.DataFrame:
        """The products as exported on `day`."""
        number = np.arange(len(self))
        price = self.prices_cents(day)
        stock = np.floor(draws.uniform(self.seed, "stock", number, day) * 400)
        retired = draws.uniform(self.seed, "retired", number) < 0.03
        columns = {
            "product": number,
            "price_cents": price,
            "cost_cents": self.costs_cents,
            "is_active": ~(retired & (day > 2 * PRICES_LAST_DAYS)),
            "stock_quantity": stock,
        }
        frame = self.words.with_columns(**{name: pl.Series(values) for name, values in columns.items()})
        return shaped(frame, PRODUCTS)


def draw_catalogue(world: World) -> Catalogue:
    """The shop's products."""
    number = np.arange(len(_CATEGORIES) * PER_CATEGORY)
    category = number // PER_CATEGORY
    typical = np.array([price for _, price, _ in _CATEGORIES])[category]
    spread = np.exp(0.45 * draws.normal(world.seed, "price", number))
    weights = 1.0 / np.arange(1, PER_CATEGORY + 1) ** 0.8
    return Catalogue(
        seed=world.seed,
        category=category.astype(np.int8),
        base_price_cents=np.maximum(np.round(typical * spread * 10) * 10, 150).astype(np.int64),
        words=_words(world.seed, number, category),
        popularity=np.cumsum(weights) / np.sum(weights),
    )


def _words(seed: int, number: Ints, category: Ints) -> pl.DataFrame:
    noun = pl.Series("noun", [word for _, _, words in _CATEGORIES for word in words.split()])
    brand = _BRANDS.gather(np.floor(draws.uniform(seed, "brand", number) * len(_BRANDS)).astype(np.int64))
    parts = pl.DataFrame(
        {
            "number": number,
            "category": CATEGORY_NAMES.gather(category),
            "brand": brand,
            "noun": noun.gather(category * 6 + number % 6),
            "size": _SIZES.gather((number % PER_CATEGORY) // 6),
        }
    )
    return parts.select(
        sku=pl.format("{}-{}", pl.col("category").str.head(3).str.to_uppercase(), pl.col("number") + 1000),
        title=pl.format("{} {}, {}", "brand", pl.col("noun").str.replace_all("-", " "), "size"),
        path=pl.format("/products/{}-{}", pl.col("noun").str.to_lowercase(), pl.col("number") + 1000),
        category="category",
        brand="brand",
    )
