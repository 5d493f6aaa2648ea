"""A description of galaxies and their split in Croissant 1.0, which catalogues of data sets and their loaders read.

Source: the Croissant format specification 1.0, https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from galaxy.data.manifest import SPLITS, Manifest

CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context of the specification, which gives its names their meaning."""

_SPLIT_KINDS = {"train": "TrainingSplit", "validation": "ValidationSplit", "test": "TestSplit"}
_COLUMNS = {
    "id": ("sc:Text", "Name of the galaxy: 12 digits of the SHA-256 of the file of images, and its row in it."),
    "row": ("sc:Integer", "Row of the galaxy in the file of images."),
    "ra": ("sc:Float", "Right ascension in degrees, empty where unknown."),
    "dec": ("sc:Float", "Declination in degrees, empty where unknown."),
    "label": ("sc:Integer", "Number of the class."),
    "group": ("sc:Integer", "Galaxies of one group, close on the sky or alike, are on one side of the split."),
    "split": ("sc:Text", "The set that the galaxy belongs to."),
}


@dataclass(frozen=True, kw_only=True)
class Publication:
    """What a description says of who published the galaxies, and where.

    Attributes:
        name: Name of the data set.
        description: One sentence about the content.
        url: Address of its page.
        license: Address or name of its licence.
        creators: Names of its authors.
        creator_type: What the authors are, `sc:Person` or `sc:Organization`.
        cite_as: Citation of the data set; empty if unknown.
    """

    name: str
    description: str
    url: str
    license: str
    creators: Sequence[str]
    creator_type: str = "sc:Person"
    cite_as: str = ""


@dataclass(frozen=True)
class DataFile:
    """One file: its address or path, its size in bytes, and its SHA-256."""

    place: str
    size: int
    sha256: str


def croissant(
    galaxies: Manifest, classes: Sequence[str], files: Mapping[str, DataFile], publication: Publication, *, date: str
) -> dict[str, Any]:
    """Return the description as values of JSON-LD.

    Args:
        galaxies: The split.
        classes: Names of the classes in the order of the labels.
        files: The files `galaxies.h5`, `manifest.csv` and `classes.json`.
        publication: Who published the galaxies.
        date: Day of the description, as in 2024-12-31.
    """
    kinds = {"h5": "application/x-hdf5", "csv": "text/csv", "json": "application/json"}
    counts = {split: int((galaxies.split == split).sum()) for split in SPLITS}
    told = ", ".join(f"{count} for {split}" for split, count in counts.items())
    found: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": publication.name,
        "description": f"{publication.description} {len(galaxies)} galaxies, {told}.",
        "license": publication.license,
        "url": publication.url,
        "creator": [{"@type": publication.creator_type, "name": name} for name in publication.creators],
        "datePublished": date,
        "version": "1.0.0",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": name,
                "name": name,
                "contentUrl": file.place,
                "contentSize": f"{file.size} B",
                "encodingFormat": kinds[name.rpartition(".")[2]],
                "sha256": file.sha256,
            }
            for name, file in files.items()
        ],
        "recordSet": [_splits(), _classes(classes), _galaxies()],
    }
    if publication.cite_as:
        found["citeAs"] = publication.cite_as
    return found


def _splits() -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [_field("splits", "name", "sc:Text"), _field("splits", "url", "sc:URL", "cr:Split")],
        "data": [
            {"splits/name": split, "splits/url": f"{CONTEXT['cr']}{kind}"} for split, kind in _SPLIT_KINDS.items()
        ],
    }


def _classes(classes: Sequence[str]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "classes",
        "name": "classes",
        "dataType": "sc:Enumeration",
        "key": {"@id": "classes/label"},
        "field": [_field("classes", "label", "sc:Integer"), _field("classes", "name", "sc:Text", "sc:name")],
        "data": [{"classes/label": number, "classes/name": name} for number, name in enumerate(classes)],
    }


def _galaxies() -> dict[str, Any]:
    fields = []
    for name, (kind, description) in _COLUMNS.items():
        field = _field("galaxies", name, kind)
        field["description"] = description
        field["source"] = {"fileObject": {"@id": "manifest.csv"}, "extract": {"column": name}}
        fields.append(field)
    by_name = {field["name"]: field for field in fields}
    by_name["label"]["references"] = {"field": {"@id": "classes/label"}}
    by_name["split"]["references"] = {"field": {"@id": "splits/name"}}
    return {
        "@type": "cr:RecordSet",
        "@id": "galaxies",
        "name": "galaxies",
        "description": "One record for each galaxy; its image is images[row] in galaxies.h5, (S, S, 3) uint8.",
        "key": {"@id": "galaxies/id"},
        "field": fields,
    }


def _field(record_set: str, name: str, *kinds: str) -> dict[str, Any]:
    kind: str | list[str] = kinds[0] if len(kinds) == 1 else list(kinds)
    return {"@type": "cr:Field", "@id": f"{record_set}/{name}", "name": name, "dataType": kind}
