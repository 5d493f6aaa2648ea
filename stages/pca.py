"""Stage `pca`: reduces features to principal components, which are fitted on the training galaxies."""

from galaxy.sections.clustering import PcaSection
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, read_section, run_stage


def main(embeddings: InFile, manifest: InFile, output: OutFile, params: ParamsFile = PARAMS) -> None:
    """Reduce embeddings to the principal components of the training galaxies that keep a share of the variance."""
    section: PcaSection = read_section(params, "pca", PcaSection)
    from galaxy.data.manifest import read_manifest
    from galaxy.features.embeddings_file import load_embeddings, save_embeddings, sorted_embeddings
    from galaxy.features.pca import fit_components

    galaxies, given = read_manifest(manifest), load_embeddings(embeddings)
    train = given.of(galaxies.where("train").id, manifest=galaxies.sha256)
    blocks = int(given.source.get("blocks", 1))
    components = fit_components(train, variance=section.variance, scaling=section.scaling, blocks=blocks)
    source = {
        **given.source,
        "pca": section.model_dump(),
        "dimensions": given.embedding.shape[1],
        "fitted_on": len(train),
    }
    reduced = sorted_embeddings(
        galaxies.id,
        components(given.of(galaxies.id, manifest=galaxies.sha256)),
        source=source,
        manifest=galaxies.sha256,
    )
    save_embeddings(output, reduced, explained_variance_ratio=components.explained_variance_ratio)


if __name__ == "__main__":
    run_stage(main)
