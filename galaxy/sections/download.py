"""The section `download` of params.yaml."""

from pydantic import Field

from galaxy.sections.section import Section


class RenderedSection(Section):
    """Section `download.rendered`: the galaxies that the project draws."""

    count: int = Field(ge=30, le=1_000_000)
    size: int = Field(ge=16, le=4096)
    seed: int = Field(ge=0, lt=2**63)


class DownloadSection(Section):
    """Section `download`: the source of the galaxies."""

    source: str = Field(min_length=1)
    sha256: str | None = Field(pattern="^[0-9a-f]{64}$")
    rendered: RenderedSection
