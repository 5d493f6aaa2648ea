"""The section `report` of params.yaml."""

from pydantic import Field

from galaxy.sections.section import Section


class ReportSection(Section):
    """Section `report`: content of the page."""

    title: str = Field(min_length=1, max_length=200)
    gallery: int = Field(ge=0, le=50)
    attention: int = Field(ge=0, le=50)
