"""The pages of the report, in the order in which they are offered; a module each."""

from regulars.report.pages.decisions import DECISIONS
from regulars.report.pages.experience import EXPERIENCE
from regulars.report.pages.experiments import EXPERIMENTS
from regulars.report.pages.incrementality import INCREMENTALITY
from regulars.report.pages.journeys import JOURNEYS
from regulars.report.pages.models import MODELS
from regulars.report.pages.overview import OVERVIEW
from regulars.report.pages.quality import QUALITY
from regulars.report.pages.segments import SEGMENTS

PAGES = (
    OVERVIEW,
    SEGMENTS,
    EXPERIENCE,
    DECISIONS,
    EXPERIMENTS,
    INCREMENTALITY,
    MODELS,
    QUALITY,
    JOURNEYS,
)
