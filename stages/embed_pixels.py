"""Composition of stage `embed` for the pixels: numpy alone, because torch takes seconds to import."""

from pathlib import Path

from galaxy.data.manifest import read_manifest
from galaxy.data.store import open_store
from galaxy.features.pixels import pixel_features
from galaxy.features.storage import save_embeddings, sorted_embeddings


def write_pixels(output: Path, *, manifest: Path, store: Path, size: int) -> None:
    """Average the pixels of every galaxy down to `size` on a side and write the file."""
    galaxies, images = read_manifest(manifest), open_store(store)
    embedding = pixel_features(images.images, images.rows_of(galaxies.id), size=size)
    source = {"features": "pixels", "size": size, "blocks": 1}
    save_embeddings(output, sorted_embeddings(galaxies.id, embedding, source=source, manifest=galaxies.sha256))
