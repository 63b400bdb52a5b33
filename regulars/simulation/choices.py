"""What whoever simulates may choose by name; apart from the rest, because the command line reads it first."""

from typing import Literal, get_args

Dirt = Literal["none", "standard", "hostile"]
PolicyName = Literal["lists", "legacy", "random", "none"]
POLICIES: tuple[PolicyName, ...] = get_args(PolicyName)
