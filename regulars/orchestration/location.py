"""The code location that Dagster's own processes load; REGULARS_STORE names the store."""

from regulars.orchestration.definitions import build_definitions
from regulars.orchestration.nightly import nightly_of

defs = build_definitions(nightly_of())
