import csv
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from galaxy.errors import InputError
from galaxy.predict.dask_cluster import make_rows
from galaxy.predict.options import Options
from galaxy.predict.parts import lock_parts, parts_folder
from galaxy.workbench.predict_command import predict
from tests.galaxy.predict.rows import galaxies, make_reference, make_row, write_pictures

HAS_LSDB = importlib.util.find_spec("lsdb") is not None
needs_lsdb = pytest.mark.skipif(not HAS_LSDB, reason="lsdb is not installed")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trained row with its validation galaxies, and what looks like a catalogue."""
    make_reference(tmp_path / "data", make_row(tmp_path / "data"))
    (tmp_path / "sky.hats" / "dataset").mkdir(parents=True)
    (tmp_path / "sky.hats" / "properties").write_text("")
    monkeypatch.setenv("GALAXY_DEVICE", "cpu")
    return tmp_path


def run(root: Path, output: str, *inputs: Path, **how: Any) -> list[str]:
    given: dict[str, Any] = {"models": root / "data" / "models", "seed": None, "options": Options(), **how}
    return predict("custom", inputs or [root / "sky.hats"], root / output, **{"overwrite": False, **given})


@pytest.fixture
def sky(root: Path) -> Path:
    """A catalogue of thirty galaxies in several partitions, one of which has no picture."""
    import lsdb
    import pandas as pd

    write_pictures(root / "sky.hats" / "png", galaxies(5))
    place = np.random.default_rng(0).uniform(0, 360, 30), np.linspace(-60, 60, 30)
    paths = [f"png/{number % 5:03d}.png" for number in range(29)] + ["png/absent.png"]
    names = [f"g{number}" for number in range(30)]
    frame = pd.DataFrame({"name": names, "ra": place[0], "dec": place[1], "path": paths, "mag": np.arange(30.0)})
    made = lsdb.from_dataframe(frame, ra_column="ra", dec_column="dec", partition_rows=10, margin_threshold=None)
    assert made.npartitions > 2
    made.write_catalog(root / "sky.hats", as_collection=False, overwrite=True, progress_bar=False, catalog_name="sky")
    write_pictures(root / "sky.hats" / "png", galaxies(5))
    frame.to_csv(root / "sky.hats" / "table.csv", index=False)
    return root


@needs_lsdb
@pytest.mark.filterwarnings("ignore")
def test_a_catalogue_has_the_rows_of_a_table(sky: Path) -> None:
    import lsdb

    assert run(sky, "classes.hats")[-1].startswith(f"{sky / 'classes.hats'}: 29 images classified by custom")
    found = lsdb.open_catalog(sky / "classes.hats", columns="all").compute().set_index("name")
    run(sky, "classes.csv", sky / "sky.hats" / "table.csv")
    with (sky / "classes.csv").open(newline="") as file:
        expected = list(csv.DictReader(file))
    assert len(found) == len(expected) == 30
    for line in expected:
        row = found.loc[line["id"]]
        for name, value in line.items():
            if name == "id":
                continue
            if name in ("predicted", "set", "checks", "reason", "viewer"):
                assert str(row[name]) == value
            else:
                assert str(row[name]) == "<NA>" if value == "" else float(row[name]) == pytest.approx(float(value))
    assert not list(sky.glob(".classes*"))


@needs_lsdb
@pytest.mark.filterwarnings("ignore")
def test_a_killed_run_goes_on_with_the_partitions_that_are_left(sky: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    most = 2

    def few_rows(*given: Any) -> Any:
        if len(done) == most:
            raise KeyboardInterrupt
        done.append(1)
        return make_rows(*given)

    monkeypatch.setattr("galaxy.predict.catalogue.make_rows", few_rows)
    with pytest.raises(KeyboardInterrupt):
        run(sky, "classes.hats")
    assert not (sky / "classes.hats").exists()
    most = 1000
    run(sky, "classes.hats")
    import lsdb

    assert len(done) == lsdb.open_catalog(sky / "sky.hats").npartitions  # none of the first two a second time


@pytest.mark.parametrize(
    ("output", "how", "message"),
    [
        ("classes.csv", {}, r"is classified into one; give an output that ends in \.hats"),
        ("data/models/one.hats", {"embeddings": Path("e.csv")}, "--embeddings cannot be used with"),
        ("sky.hats", {"overwrite": True}, "is an input of this command"),
        ("sky.hats/in.hats", {}, "lies in the catalogue"),
        ("png.hats", {"overwrite": True}, "exists and is not a catalogue in HATS"),
        ("old.hats", {}, "exists already"),
    ],
)
def test_outputs_that_cannot_be_used_are_refused(root: Path, output: str, how: dict[str, Any], message: str) -> None:
    write_pictures(root / "png.hats", galaxies(1))
    (root / "old.hats" / "dataset").mkdir(parents=True)
    (root / "old.hats" / "hats.properties").write_text("")
    with pytest.raises(InputError, match=message):
        run(root, output, **how)
    with pytest.raises(InputError, match="must be the only input"):
        run(root, "new.hats", root / "sky.hats", root / "png.hats")


@pytest.mark.skipif(HAS_LSDB, reason="lsdb is installed")
def test_without_lsdb_one_line_says_what_to_install(root: Path) -> None:
    with pytest.raises(InputError, match=r"need lsdb, which is not installed: pip install .*\[hats\]"):
        run(root, "classes.hats")


@needs_lsdb
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_catalogue_and_one_with_columns_of_the_output_are_refused(sky: Path) -> None:
    (sky / "old.hats" / "dataset").mkdir(parents=True)
    (sky / "old.hats" / "hats.properties").write_text("")
    with pytest.raises(InputError, match="cannot be read as a catalogue in HATS"):
        run(sky, "new.hats", sky / "old.hats")
    run(sky, "classes.hats")
    with pytest.raises(InputError, match="has the column 'predicted', which the output adds"):
        run(sky, "again.hats", sky / "classes.hats")


@needs_lsdb
@pytest.mark.filterwarnings("ignore")
def test_a_link_stays_and_the_catalogue_that_it_names_is_replaced(sky: Path) -> None:
    (sky / "old.hats" / "dataset").mkdir(parents=True)
    (sky / "old.hats" / "hats.properties").write_text("")
    (sky / "link.hats").symlink_to("old.hats")
    run(sky, "link.hats", overwrite=True)
    assert (sky / "link.hats").readlink() == Path("old.hats")
    assert list((sky / "old.hats" / "dataset").rglob("*.parquet"))
    assert not list(sky.glob(".*.parts"))


@needs_lsdb
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_partition_is_named_and_the_mended_one_is_read_again(sky: Path) -> None:
    damaged = sorted((sky / "sky.hats" / "dataset").rglob("Npix=*.parquet"))[-1]
    content = damaged.read_bytes()
    damaged.write_bytes(b"damaged")
    with pytest.raises(InputError, match=rf"cannot be classified into .*{damaged.name}.*run again"):
        run(sky, "classes.hats")
    (first,) = (path for path in (sky / ".classes.hats.parts").iterdir() if path.is_dir())
    damaged.write_bytes(content)
    run(sky, "classes.hats")
    assert len(list((sky / "classes.hats" / "dataset").rglob("Npix=*.parquet"))) > 2
    assert not first.exists()  # the partitions of the catalogue before it was changed are neither used nor kept
    assert not list(sky.glob(".classes*"))


@needs_lsdb
@pytest.mark.filterwarnings("ignore")
def test_two_runs_do_not_write_one_catalogue(sky: Path) -> None:
    with (
        lock_parts(parts_folder(sky / "classes.hats"), sky / "classes.hats"),
        pytest.raises(InputError, match=r"classes\.hats is being written by another run; wait, or give another name"),
    ):
        run(sky, "classes.hats")
    assert not (sky / "classes.hats").exists()
    run(sky, "other.hats")
    run(sky, "classes.hats")
    assert not list(sky.glob(".*.parts"))


@needs_lsdb
@pytest.mark.filterwarnings("ignore")
def test_a_catalogue_that_another_run_has_written_in_the_meantime_is_kept(
    sky: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import lsdb

    open_catalog = lsdb.open_catalog

    def open_while_another_run_ends(*given: Any, **how: Any) -> Any:
        (sky / "classes.hats" / "dataset").mkdir(parents=True)
        (sky / "classes.hats" / "hats.properties").write_text("theirs")
        return open_catalog(*given, **how)

    monkeypatch.setattr(lsdb, "open_catalog", open_while_another_run_ends)
    with pytest.raises(InputError, match=r"classes\.hats exists already"):
        run(sky, "classes.hats")
    assert (sky / "classes.hats" / "hats.properties").read_text() == "theirs"
