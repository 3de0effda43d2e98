"""Make the codebooks of VLAD that ship with the package, of photographs.

    python tests/benchmarks/make_codebooks.py PHOTOGRAPHS -o featmatch/collection/codebooks.npz

The best descriptors of each photograph, by SIFT and by the network, are divided into as many
clusters as a codebook has centers. The same photographs give the same codebooks.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
from sklearn.cluster import KMeans

from featmatch.archives import write_archive
from featmatch.collection.vlad import CODEBOOK_KIND
from featmatch.images.view import Reading, View
from featmatch.methods import METHODS, with_options

NUM_CENTERS = 128
NUM_DESCRIPTORS = 250  # the best of a photograph
MAX_SIZE = 1024  # px
EVERY = 3  # of so many photographs, one


def best_descriptors(pipeline, path):
    """(<= NUM_DESCRIPTORS, D) descriptors of a photograph, those with the best scores."""
    features = pipeline.extract(View.read(path, reading=Reading(max_size=MAX_SIZE)))
    return features.descriptors[np.argsort(-features.scores, kind="stable")[:NUM_DESCRIPTORS]]


def centers_of(method, paths):
    """(NUM_CENTERS, D) float16 centers of the descriptors of photographs."""
    pipeline = with_options(METHODS[method], {"max_keypoints": 2 * NUM_DESCRIPTORS})
    with click.progressbar(paths, label=method) as shown:
        descriptors = np.concatenate([best_descriptors(pipeline, path) for path in shown])
    clusters = KMeans(NUM_CENTERS, n_init=1, max_iter=50, random_state=0).fit(descriptors)
    return clusters.cluster_centers_.astype(np.float16)


@click.command()
@click.argument("photographs", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path))
@click.option("--every", default=EVERY, help="Take every so many of the photographs.")
def main(photographs, output, every):
    """Make codebooks of the photographs in a folder."""
    paths = sorted(photographs.glob("*.jpg"))[::every]
    arrays = {method: centers_of(method, paths) for method in ("sift", "cnn")}
    document = {"num_photographs": len(paths), "num_descriptors": NUM_DESCRIPTORS}
    write_archive(output, CODEBOOK_KIND, arrays, document, compress=True)


if __name__ == "__main__":
    main()
