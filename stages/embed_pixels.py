"""Stage `embed-pixels`: stores the pixels of every galaxy as features, without torch, whose import takes seconds."""

import time

from galaxy.sections.embed import PixelsSection
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, read_section, run_stage


def main(manifest: InFile, store: InFile, output: OutFile, params: ParamsFile = PARAMS) -> None:
    """Average the pixels of every galaxy down to a few on a side."""
    section: PixelsSection = read_section(params, "embed_pixels", PixelsSection)
    from galaxy.data.manifest import read_manifest
    from galaxy.data.store import open_store
    from galaxy.features.embeddings_file import save_embeddings, sorted_embeddings
    from galaxy.features.pixels import pixel_features
    from galaxy.workbench.stage_log import record_cost

    galaxies, images = read_manifest(manifest), open_store(store)
    started = time.perf_counter()
    embedding = pixel_features(images.images, images.rows_of(galaxies.id), size=section.size)
    record_cost("pixels", images_per_second=len(galaxies) / (time.perf_counter() - started))
    source = {"features": "pixels", "size": section.size, "blocks": 1}
    save_embeddings(output, sorted_embeddings(galaxies.id, embedding, source=source, manifest=galaxies.sha256))


if __name__ == "__main__":
    run_stage(main)
