"""Blocks equal what h5py reads, for every kind of storage, and each chunk is decoded once."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from galaxy.data import chunked_images
from galaxy.data.chunk_reader import ChunkReader
from galaxy.data.chunked_images import block_rows, iterate_blocks
from galaxy.data.layout import open_galaxies
from galaxy.errors import InputError
from tests.galaxy_files import noise, write_galaxies

STORAGE: dict[str, dict[str, Any]] = {
    "contiguous": {},
    "galaxy10": {"chunks": (20, 4, 4, 1), "compression": "gzip"},
    "uneven": {"chunks": (7, 5, 3, 2), "compression": "gzip", "compression_opts": 1},
    "images": {"chunks": (1, 18, 18, 3), "compression": "gzip", "shuffle": True},
    "deep": {"chunks": (64, 18, 18, 3), "compression": "gzip", "maxshape": (None, 18, 18, 3)},
    "plain chunks": {"chunks": (8, 18, 18, 3)},
    "lzf": {"chunks": (8, 9, 9, 3), "compression": "lzf"},
    "checked": {"chunks": (8, 9, 9, 3), "compression": "gzip", "fletcher32": True},
}


@pytest.mark.parametrize("kind", STORAGE)
@pytest.mark.parametrize("target", [1, 20_000, 1 << 20])
def test_every_storage_reads_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, target: int) -> None:
    monkeypatch.setattr(chunked_images, "BLOCK_BYTES", target)
    images = noise(50, 18)
    path = write_galaxies(tmp_path / "g.h5", labels=[0] * 25 + [1] * 25, images=images, storage=STORAGE[kind])
    with open_galaxies(path) as galaxies:
        found = [(start, block.copy()) for start, block in iterate_blocks(galaxies)]
        rows = block_rows(galaxies)
    assert [start for start, _ in found] == list(range(0, 50, rows))
    assert rows % (STORAGE[kind].get("chunks", (1,))[0]) == 0
    np.testing.assert_array_equal(np.concatenate([block for _, block in found]), images)


def test_each_chunk_is_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, ...]] = []
    decode = ChunkReader._chunk

    def counted(self: ChunkReader, corner: tuple[int, ...]) -> Any:
        seen.append(corner)
        return decode(self, corner)

    monkeypatch.setattr(ChunkReader, "_chunk", counted)
    monkeypatch.setattr(chunked_images, "BLOCK_BYTES", 1)
    path = write_galaxies(tmp_path / "g.h5", labels=[0] * 25 + [1] * 25, size=18, storage=STORAGE["galaxy10"])
    with open_galaxies(path) as galaxies:
        assert sum(len(block) for _, block in iterate_blocks(galaxies)) == 50
    assert len(seen) == len(set(seen)) == 3 * 5 * 5 * 3


def _chunk_of(path: Path, index: int) -> tuple[int, int]:
    with h5py.File(path) as file:
        info = file["images"].id.get_chunk_info(index)
        return info.byte_offset, info.size


@pytest.mark.parametrize("place", [0, 3, 0.3, 0.7, -5, -1])
def test_a_flipped_bit_in_a_chunk_is_found(tmp_path: Path, place: float) -> None:
    path = write_galaxies(tmp_path / "g.h5", labels=[0] * 10 + [1] * 10, storage=STORAGE["galaxy10"])
    offset, size = _chunk_of(path, 3)
    content = bytearray(path.read_bytes())
    content[offset + (int(place * size) if isinstance(place, float) else place % size)] ^= 16
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"g\.h5 cannot be read as HDF5"), open_galaxies(path) as galaxies:
        list(iterate_blocks(galaxies))


@pytest.mark.parametrize(
    ("unpacked", "kept", "message"),
    [(10_000_000, None, "contains more than 1536 bytes"), (1536, -4, "is incomplete"), (1536, 9, "is incomplete")],
)
def test_a_chunk_that_unpacks_to_more_or_ends_too_early_is_refused(
    tmp_path: Path, unpacked: int, kept: int | None, message: str
) -> None:
    path = tmp_path / "g.h5"
    with h5py.File(write_galaxies(path, labels=[0, 1]), "r+") as file:
        import zlib

        del file["images"]
        images = file.create_dataset("images", (2, 16, 16, 3), np.uint8, chunks=(2, 16, 16, 3), compression="gzip")
        images.id.write_direct_chunk((0, 0, 0, 0), zlib.compress(bytes(unpacked))[:kept])
    with pytest.raises(InputError, match=message), open_galaxies(path) as galaxies:
        list(iterate_blocks(galaxies))


def test_chunks_that_do_not_fit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked_images, "MAX_BLOCK_BYTES", 20_000)
    path = write_galaxies(tmp_path / "g.h5", labels=[0] * 25 + [1] * 25, storage={"chunks": (50, 1, 1, 1)})
    with open_galaxies(path) as galaxies, pytest.raises(InputError, match="h5repack -l images:CHUNK=16x16x16x3"):
        block_rows(galaxies)


@pytest.mark.parametrize(
    ("chunks", "needed"), [((2, 1024, 1024, 3), 6), ((64, 16, 16, 1024), 16)], ids=["wide", "many channels"]
)
def test_the_memory_that_padded_chunks_take_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunks: tuple[int, ...], needed: int
) -> None:
    monkeypatch.setattr(chunked_images, "MAX_BLOCK_BYTES", 5 << 20)
    storage = {"chunks": chunks, "compression": "gzip", "maxshape": (None, None, None, None)}
    path = write_galaxies(tmp_path / "g.h5", labels=[0, 1], storage=storage)
    with open_galaxies(path) as galaxies, pytest.raises(InputError, match=rf"takes {needed} MiB of memory, and at mo"):
        block_rows(galaxies)
