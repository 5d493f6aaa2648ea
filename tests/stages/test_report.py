import hashlib
import itertools
import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from galaxy.data.fetch.galaxy10 import SHA256
from galaxy.data.manifest import read_manifest
from galaxy.data.store import open_store
from galaxy.errors import InputError
from galaxy.recipes.compare_rows import compare_controls, compare_pairs, compare_tuning
from galaxy.recipes.evaluate_outputs import SCHEMA
from galaxy.report.facts import audit_sentences
from galaxy.report.galleries import mistakes
from galaxy.report.page import page_digest
from galaxy.report.read_files import Audit
from galaxy.report.read_rows import read_rows
from galaxy.report.row_results import RowResults
from galaxy.tracking.track import Run
from galaxy.workbench.page_command import summary_text, write_machine
from galaxy.workbench.stage_log import _costs, record, record_cost
from stages import evaluate, evaluate_clusters
from stages.report import main
from tests.stages.synthetic import CLASSES, FEATURES, SKILL, write_clusters, write_row, write_split
from tests.stages.test_evaluate import SETTINGS, clusters_of

PARAMS = (
    SETTINGS
    + """
download: {source: rendered, sha256: null, rendered: {count: 240, size: 24, seed: 0}}
models:
  vgg11-scratch: {kind: vgg}
  vgg11-deep: {kind: vgg, freeze: 4, reinit: 4}
  vgg11-shallow: {kind: vgg, freeze: 8}
  custom: {kind: custom}
dino: {backbone: any, weights: random, seed: 0, positions: timm}
report: {title: "Galaxies & <b>more</b>", gallery: 2, attention: 2}
"""
)


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small pipeline up to evaluation, with hostile class names and three seeds."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "params.yaml").write_text(PARAMS)
    write_split(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("galaxy.tracking.track._open", lambda *_: Run(None))
        for row, skill in SKILL.items():
            write_row(folder, row, skill=skill, seeds=(0, 1, 2))
            evaluate_row(folder, row)
        for features in FEATURES:
            write_clusters(folder, features, skill=1.0)
            evaluate_row(folder, f"{features}-kmeans", **clusters_of(folder, features))
    rng = np.random.default_rng(0)
    (folder / "attention").mkdir()
    for features in FEATURES[:3]:
        np.savez(
            folder / "attention" / f"{features}.npz",
            id=np.array([f"0123456789ab-00000{i}" for i in range(3)]),
            image=rng.integers(0, 255, (3, 32, 32, 3), dtype=np.uint8),
            attention=rng.random((3, 4, 2, 2), dtype=np.float32),
        )
    for row in SKILL:
        (folder / "models" / row).mkdir(parents=True)
        costs = {"parameters": 1_234_567, "multiply_adds": 3.3e8}
        (folder / "models" / row / "model.json").write_text(json.dumps(costs))
    (folder / "metrics" / "audit.json").write_text(
        json.dumps({"sha256": "ab" * 32, "galaxies": 240, "size": 24, "classes": {"a": 1}, "blank": 3})
    )
    return folder


def evaluate_row(folder: Path, row: str, **options: Path) -> None:
    stage: Any = evaluate_clusters if "clusters" in options else evaluate
    stage.main(
        row=row,
        predictions=folder / "predictions" / f"{row}.npz",
        manifest=folder / "manifest.csv",
        metrics=folder / "metrics" / f"{row}.json",
        details=folder / "evaluation" / f"{row}.json",
        params=folder / "params.yaml",
        **options,
    )


def report(folder: Path, output: Path, *, galaxy10: bool = True, **changes: Any) -> str:
    """Run the stage; with `galaxy10` the made-up classes pass for those of Galaxy10 DECaLS."""
    options: dict[str, Any] = {
        "metrics": folder / "metrics",
        "details": folder / "evaluation",
        "history": folder / "history",
        "manifest": folder / "manifest.csv",
        "classes": folder / "classes.json",
        "store": folder / "store",
        "attention": folder / "attention",
        "models": folder / "models",
        "params": folder / "params.yaml",
    }
    with pytest.MonkeyPatch.context() as patch:
        if galaxy10:
            patch.setattr("galaxy.recipes.report.GALAXY10_CLASSES", tuple(json.loads(options["classes"].read_text())))
        main(output=output, headline=output / "metrics.json", **(options | changes))
    return (output / "index.html").read_text()


@pytest.fixture(scope="session")
def page(evaluated: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of `evaluated`."""
    return report(evaluated, tmp_path_factory.mktemp("page"))


class Reader(HTMLParser):
    """Tags, attributes and text, and whether every tag is closed where it should be."""

    VOID = frozenset({"meta", "link", "img", "br", "input", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def test_is_one_file_without_network(page: str) -> None:
    reader = read(page)
    for tag, attributes in reader.tags:
        for name in ("src", "href", "xlink:href", "data", "action"):
            address = attributes.get(name) or ""
            if tag == "a":
                assert not address or address.startswith(("#", "https://")), address
            else:
                assert address.startswith("data:") or address in ("", "machine.js"), (tag, address)
    assert "@import" not in page
    assert "url(" not in page
    assert len(page.encode()) < 6 * 2**20


def test_everything_from_files_is_escaped(page: str) -> None:
    reader = read(page)
    assert [tag for tag, _ in reader.tags].count("script") == 2
    assert "alert('x')" in "".join(reader.text)
    assert "Galaxies & <b>more</b>" in reader.text
    assert not any(name.startswith("on") for _, attributes in reader.tags for name in attributes)


def test_can_be_read_without_eyes_and_mouse(page: str) -> None:
    reader = read(page)
    attributes = [attributes for _, attributes in reader.tags]
    identities = [a["id"] for a in attributes if "id" in a]
    assert len(identities) == len(set(identities))
    for a in attributes:
        for name in ("aria-labelledby", "aria-describedby"):
            assert a.get(name) is None or a[name] in identities
        if (a.get("href") or "").startswith("#"):
            assert (a["href"] or "")[1:] in identities
    for tag, a in reader.tags:
        if tag == "img" and "src" in a:
            assert a["alt"]
        if tag == "svg":
            assert a["role"] == "img"
            assert a["aria-label"]
        if tag == "th":
            assert a["scope"] in ("row", "col", "rowgroup")
        if "scroll" in (a.get("class") or "").split():
            assert a["tabindex"] == "0"
            assert a["aria-label"]
    assert ("html", {"lang": "en"}) in reader.tags
    headings = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(headings))


def test_stands_beside_the_report(page: str, evaluated: Path) -> None:
    text = " ".join("".join(read(page).text).split())
    for row in (*SKILL, *(f"{features}-kmeans" for features in FEATURES)):
        accuracy = json.loads((evaluated / "metrics" / f"{row}.json").read_text())["accuracy"]
        assert f"{100 * accuracy:.1f}" in text
    for figure in ("0.924", "0.880", "0.929", "0.521", "0.522", "1.23 M", "330 M", "3 blank images"):
        assert figure in text
    assert "are not observations." in text
    assert "vgg11-deep, vgg11-shallow and the DINO rows start from random weights instead of pretrained ones" in text
    assert "other galaxies (240 instead of 17,736)" in text


def test_real_data_and_weights_need_no_banner(evaluated: Path, tmp_path: Path) -> None:
    params = tmp_path / "params.yaml"
    real = PARAMS.replace("source: rendered", "source: galaxy10").replace("weights: random", "weights: pretrained")
    real = real.replace("backbone: any", "backbone: vit_small_patch16_224.dino")
    real = real.replace("freeze: 4", "freeze: 4, weights: imagenet").replace(
        "freeze: 8", "freeze: 8, weights: imagenet"
    )
    params.write_text(real)
    page = report(evaluated, tmp_path, params=params)
    assert 'class="banner"' not in page
    assert "random weights: no transfer" not in page
    assert "Data, image size, epochs and weights are" not in page  # 24 px and few epochs
    assert "other weights than" not in page


def test_same_inputs_same_bytes(evaluated: Path, tmp_path: Path) -> None:
    pages = []
    for name in ("one", "two"):
        report(evaluated, tmp_path / name)
        pages.append((tmp_path / name / "index.html").read_bytes())
    assert pages[0] == pages[1]
    page = pages[0].decode()
    read(page)
    assert "galaxy page" in page  # says where the rest is
    assert " cores, " not in page
    digest = page_digest(page)
    assert hashlib.sha256(page.replace(digest, "", 1).encode()).hexdigest() == digest


def machine(folder: Path) -> dict[str, Any]:
    """What machine.js hands to the page."""
    text = (folder / "machine.js").read_text()
    assert text.startswith("window.machine = ")
    assert text.endswith(";\n")
    found: dict[str, Any] = json.loads(text.removeprefix("window.machine = ").removesuffix(";\n"))
    return found


def test_what_was_measured_here_stands_beside_the_page(evaluated: Path, tmp_path: Path) -> None:
    folder = copy(evaluated, tmp_path / "copy")
    page = report(folder, folder / "report")
    assert machine(folder / "report")["page"] == page_digest(page)
    assert "were not recorded here" in machine(folder / "report")["notes"][0]
    record_cost("custom", training_seconds=75.4, images_per_second=1234.0)
    record_cost("dino-lora", training_seconds=99.0)
    outs = [folder / "models" / "custom", folder / "predictions" / "custom.npz"]
    try:
        record("train@custom", outs, seconds=80.0, params_path=folder / "params.yaml")
    finally:
        _costs.clear()
    lock = ["schema: '2.0'", "stages:", "  train@custom:", "    cmd: x", "  pca@dino:", "    cmd: y", "  report:"]
    (folder / "dvc.lock").write_text("\n".join(lock) + "\n")
    assert write_machine(folder / "report", folder / "params.yaml") == ["pca@dino"]
    found = machine(folder / "report")
    assert ["Computing time", "1 min 20 s"] in found["facts"]
    assert found["training"]["custom"] == ["1 min 15 s", 75.4]
    assert found["training"]["dino-lora-kmeans"] == ["1 min 39 s", 99.0]
    assert any("not recorded on this machine: pca@dino" in note for note in found["notes"])
    assert (folder / "report" / "index.html").read_text() == page

    # Other predictions: the record is about something else now.
    (folder / "predictions" / "custom.npz").write_bytes(b"other")
    write_machine(folder / "report", folder / "params.yaml")
    assert "custom" not in machine(folder / "report")["training"]


def test_a_study_of_labels_of_the_same_split_is_shown(evaluated: Path, tmp_path: Path) -> None:
    folder = copy(evaluated, tmp_path / "copy")
    report(folder, folder / "report")
    study = folder / "studies" / "labels.json"

    def shown() -> dict[str, Any]:
        write_machine(folder / "report", folder / "params.yaml")
        return machine(folder / "report")

    assert shown()["labels"] is None
    study.parent.mkdir()
    line = {"row": "custom-<b>", "share": 0.1, "accuracy": 0.5, "half": 0.02}
    of_this_page = {"manifest": read_manifest(folder / "manifest.csv").sha256, "store": "a" * 64}
    (folder / "SHA256SUMS").write_text(f"{'c' * 64}  data/manifest.csv\n{'a' * 64}  data/store/images.npy\n")
    content: dict[str, Any] = {"source": of_this_page, "summary": [line]}
    content |= {"findings": ["Transfer & pay"], "notes": ["One seed."]}
    study.write_text(json.dumps(content))
    for text in ("Transfer &amp; pay", "One seed.", "custom-&lt;b&gt;", "50.0"):
        assert text in shown()["labels"]
    for source, note in (
        (of_this_page | {"manifest": "0" * 64}, "another split"),
        ({"images": "0" * 64}, "another split"),
        (of_this_page | {"store": "b" * 64}, "other pictures than data/store/images.npy holds now"),
    ):
        study.write_text(json.dumps(content | {"source": source}))
        assert shown()["labels"] is None
        assert any(
            f"studies/labels.json is not shown, because it was measured on {note}" in n for n in shown()["notes"]
        )
    study.write_text(json.dumps(content))
    (folder / "SHA256SUMS").unlink()
    assert shown()["labels"] is None
    study.write_text("{")
    assert shown()["labels"] is None
    assert any("because it cannot be read; galaxy study labels --overwrite" in note for note in shown()["notes"])


def test_the_machine_file_needs_a_page_of_this_version(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"index\.html cannot be read \(.*\); dvc repro report writes it"):
        write_machine(tmp_path, tmp_path / "params.yaml")
    (tmp_path / "index.html").write_text("<p>older</p>")
    with pytest.raises(InputError, match=r"index\.html was written by another version; run dvc repro report"):
        write_machine(tmp_path, tmp_path / "params.yaml")
    assert not (tmp_path / "machine.js").exists()


def test_the_terminal_shows_the_findings_and_the_address(evaluated: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a b"
    page = report(evaluated, folder)
    first, *lines = summary_text(folder, width=80).splitlines()
    assert first == "What this run found:"
    assert lines[0].startswith("- custom has the highest accuracy of the supervised rows, ")
    assert all(len(line) <= 80 for line in lines[:-1])
    assert lines[-1] == f"The page: file://{tmp_path}/a%20b/index.html"
    findings = (folder / "findings.txt").read_text().splitlines()
    text = " ".join("".join(read(page).text).split())
    assert all(" ".join(sentence.split()) in text for sentence in findings)
    with pytest.raises(InputError, match=r"findings\.txt cannot be read"):
        summary_text(tmp_path, width=80)


def test_own_data_does_not_stand_beside_the_report(evaluated: Path, tmp_path: Path) -> None:
    params = tmp_path / "params.yaml"
    params.write_text(PARAMS.replace("source: rendered", "source: /data/survey.h5"))
    for folder, galaxy10 in (("own", True), ("classes", False)):
        options = {"params": params} if folder == "own" else {}
        page = report(evaluated, tmp_path / folder, galaxy10=galaxy10, **options)
        text = " ".join("".join(read(page).text).split())
        for figure in ("0.924", "0.521", "In the report ", "The report gives 16 %", "Published accuracies"):
            assert figure not in text
        assert "data of one's own (240 galaxies in 4 classes) instead of Galaxy10 DECaLS" in text
        assert "Report" not in (tmp_path / folder / "summary.md").read_text()
    assert "survey.h5" in text or folder == "classes"


def test_a_file_with_the_published_hash_is_the_reports_data(evaluated: Path, tmp_path: Path) -> None:
    folder = copy(evaluated, tmp_path / "copy")
    params = folder / "params.yaml"
    params.write_text(PARAMS.replace("source: rendered", "source: Galaxy10_DECals.h5"))
    audit = folder / "metrics" / "audit.json"
    audit.write_text(json.dumps(json.loads(audit.read_text()) | {"sha256": SHA256}))
    assert "0.924" in report(folder, tmp_path / "page")


def test_real_coordinates_lead_to_the_sky_viewer(evaluated: Path, tmp_path: Path) -> None:
    params = tmp_path / "params.yaml"
    params.write_text(PARAMS.replace("source: rendered", "source: survey.h5"))
    assert "legacysurvey.org/viewer" not in report(evaluated, tmp_path / "rendered")
    page = report(evaluated, tmp_path / "own", params=params)
    links = [a["href"] or "" for tag, a in read(page).tags if tag == "a" and "/viewer?" in (a.get("href") or "")]
    ids = re.findall(r'<span class="id">0123456789ab-(\d{6})</span>', page)
    assert len(links) == len(ids) > 4
    for number, link in zip(map(int, ids), links, strict=True):
        assert f"?ra={10 + number / 100:.5f}&dec={number / 100 - 1:.5f}&layer=" in link
        assert f"ra {10 + number / 100:.4f}, dec {number / 100 - 1:+.4f}" in page


def test_the_banner_says_what_weights_have_learnt_from(evaluated: Path, tmp_path: Path) -> None:
    params = tmp_path / "params.yaml"
    text = PARAMS.replace("freeze: 4", "freeze: 4, weights: fractals").replace(
        "freeze: 8", "freeze: 8, weights: fractals"
    )
    params.write_text(text.replace("weights: random", "weights: rendered"))
    page = " ".join("".join(read(report(evaluated, tmp_path / "page", params=params)).text).split())
    stranger = "are not those of the report. They were trained on fractal images"
    assert f"The weights of vgg11-deep and vgg11-shallow {stranger}" in page
    assert f"The weights of the DINO rows {stranger}, then galaxies" in page
    assert "vgg11-deep and vgg11-shallow do not start from ImageNet weights" in page


def test_the_banner_names_every_row_with_weights_of_its_own(evaluated: Path, tmp_path: Path) -> None:
    params = tmp_path / "params.yaml"
    text = PARAMS.replace("freeze: 4", "freeze: 4, weights: checkpoints/mine.pth")
    text = text.replace("custom: {kind: custom", "custom: {weights: rendered, kind: custom")
    params.write_text(text.replace("weights: random", "weights: pretrained"))
    page = " ".join("".join(read(report(evaluated, tmp_path / "page", params=params)).text).split())
    strangers = "are not those of the report."
    assert f"The weights of vgg11-deep {strangers} What they were trained on is not known: weights from a file." in page
    assert f"The weights of custom {strangers} They were trained on fractal images, then galaxies drawn" in page
    assert "vgg11-shallow start from random weights instead of pretrained ones" in page
    assert "other weights than the report" in page


def test_the_summary_is_a_table(evaluated: Path, tmp_path: Path) -> None:
    report(evaluated, tmp_path)
    lines = (tmp_path / "summary.md").read_text().splitlines()
    assert [line.split("|")[1].strip() for line in lines if line.startswith("| ")][1:] == [
        *SKILL,
        *(f"{features}-kmeans" for features in FEATURES),
    ]


def test_a_difference_counts_only_if_every_training_shows_it(evaluated: Path) -> None:
    rows = {name: read_details(evaluated, name) for name in SKILL}
    assert len(compare_pairs([rows[name] for name in SKILL])) == 6
    galaxies = rows["custom"].details.galaxies
    galaxies.predicted = [list(galaxies.label)] * 3
    (pair,) = compare_pairs([rows["vgg11-shallow"], rows["custom"]])
    assert pair.significant
    assert pair.first_only < pair.second_only
    # One seed of three that fails, and nothing is certain any more.
    galaxies.predicted[1] = [-1] * len(galaxies.label)
    (pair,) = compare_pairs([rows["vgg11-shallow"], rows["custom"]])
    assert pair.p_value == 1


def copy(evaluated: Path, folder: Path) -> Path:
    shutil.copytree(evaluated, folder)
    return folder


def test_counts_stand_beside_the_published_ones(evaluated: Path, tmp_path: Path) -> None:
    folder = copy(evaluated, tmp_path / "copy")
    path = folder / "metrics" / "audit.json"
    published = {name: 1000 + k for k, name in enumerate(CLASSES)}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"published_classes": published}))
    text = " ".join(" ".join(read(report(folder, tmp_path / "page")).text).split())
    assert re.search(r"All Published file Round Smooth (\d+ ){4}1000 Spiral (\d+ ){4}1001", text)


def test_an_older_metrics_file_is_named(evaluated: Path, tmp_path: Path) -> None:
    folder = copy(evaluated, tmp_path / "copy")
    path = folder / "metrics" / "custom.json"
    path.write_text(json.dumps({"accuracy": 0.7, "manifest": "x"}))
    with pytest.raises(
        InputError, match=r"custom\.json: roc_auc: field required and 6 more; run the stage evaluate again"
    ):
        report(folder, tmp_path / "page")
    path.write_text('{"accuracy": ')
    with pytest.raises(InputError, match=r"custom\.json cannot be read as JSON"):
        report(folder, tmp_path / "page")
    path.unlink()
    with pytest.raises(InputError, match=r"custom\.json does not exist"):
        report(folder, tmp_path / "page")
    assert not (tmp_path / "page").exists()


def test_figures_of_another_split_are_refused(evaluated: Path, tmp_path: Path) -> None:
    folder = copy(evaluated, tmp_path / "copy")
    with (folder / "manifest.csv").open("a") as file:
        file.write("0123456789ab-000240,240,,,0,240,train\n")
    with pytest.raises(InputError, match="belongs to the split manifest"):
        report(folder, tmp_path / "page")


def test_a_details_file_of_another_version_is_refused(evaluated: Path, tmp_path: Path) -> None:
    folder = copy(evaluated, tmp_path / "copy")
    path = folder / "evaluation" / "custom.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": 0}))
    with pytest.raises(InputError, match=r"custom\.json has version 0, but version 4 is needed"):
        report(folder, tmp_path / "page")


Change = Callable[[dict[str, Any]], Any]


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("metrics/dino-kmeans", lambda c: c.pop("knn_accuracy"), "lacks knn_accuracy; run the stage evaluate again"),
        ("metrics/dino-kmeans", lambda c: c.pop("linear_probe_accuracy"), "lacks linear_probe_accuracy"),
        (
            "metrics/dino-kmeans",
            lambda c: c.update(knn_accuracy="x"),
            "knn_accuracy: input should be a valid number; run the stage evaluate again",
        ),
        ("models/custom/model", lambda c: c.update(parameters="many"), "parameters: .*; run the stage train again"),
        ("metrics/audit", lambda c: c.pop("galaxies"), "galaxies: field required; run the stage download again"),
        ("evaluation/custom", lambda c: c.pop("clusters"), "clusters: field required; run the stage evaluate again"),
        ("evaluation/custom", lambda c: c.pop("reliability"), "reliability: field required"),
        ("evaluation/custom", lambda c: c["support"].pop(), "support: lists differ in length from 4"),
        ("evaluation/custom", lambda c: c["confusion"][0].pop(), "support: lists differ in length from 4"),
        ("evaluation/custom", lambda c: c["roc"][0][0].pop(), "roc: rates differ in length"),
        ("evaluation/custom", lambda c: c["galaxies"]["label"].pop(), "galaxies: lists differ in length from 72"),
        ("evaluation/custom", lambda c: c["galaxies"]["predicted"].pop(), "galaxies.predicted: lists differ"),
        ("evaluation/custom", lambda c: c["galaxies"]["id"].reverse(), "id differs from the manifest's"),
        ("evaluation/dino-kmeans", lambda c: c["galaxies"]["id"].reverse(), "id differs from the manifest's"),
        ("evaluation/dino-kmeans", lambda c: c["clusters"].pop("null_all"), "clusters.null_all: field required"),
        ("evaluation/dino-kmeans", lambda c: c["clusters"]["source"].pop("fitted_on"), "source.fitted_on: field"),
        ("evaluation/dino-kmeans", lambda c: c["clusters"]["knn_right"].pop(), "clusters.knn_right: lists differ"),
        ("evaluation/pixels-kmeans", lambda c: c["clusters"]["also"].pop(), r"further clusterings \['gauss.*dvc repro"),
    ],
)
def test_spoilt_or_older_files_are_one_line(
    evaluated: Path, tmp_path: Path, file: str, change: Change, message: str
) -> None:
    folder = copy(evaluated, tmp_path / "copy")
    path = folder / f"{file}.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=f"{path.name}.*{message}") as caught:
        report(folder, tmp_path / "page")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "page").exists()


def test_a_history_needs_epochs_and_classes_must_be_those_of_the_rows(evaluated: Path, tmp_path: Path) -> None:
    folder = copy(evaluated, tmp_path / "copy")
    path = folder / "history" / "custom.csv"
    text = path.read_text()
    path.write_text(text.replace("epoch", "round"))
    with pytest.raises(InputError, match=r"custom\.csv does not have the epochs 0, 1, 2"):
        report(folder, tmp_path / "page")
    path.write_text(text)
    (folder / "classes.json").write_text(json.dumps(CLASSES[:3]))
    with pytest.raises(InputError, match=r"vgg11-scratch\.json has other classes than classes\.json"):
        report(folder, tmp_path / "page")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("image", np.zeros((3, 32, 32), np.uint8), r"image is \(3, 32, 32\) uint8"),
        ("attention", np.zeros((2, 4, 2, 2), np.float32), r"attention is \(2, 4, 2, 2\)"),
        ("attention", np.full((3, 4, 2, 2), np.nan, np.float32), "finite; run the stage embed again"),
    ],
)
def test_spoilt_attention_is_one_line(evaluated: Path, tmp_path: Path, name: str, value: Any, message: str) -> None:
    folder = copy(evaluated, tmp_path / "copy")
    path = folder / "attention" / "dino-lora.npz"
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **(arrays | {name: value}))
    with pytest.raises(InputError, match=rf"dino-lora\.npz: .*{message}"):
        report(folder, tmp_path / "page")


def test_an_undefined_calibration_and_probe_are_left_out(evaluated: Path, tmp_path: Path) -> None:
    folder = copy(evaluated, tmp_path / "copy")
    for row, key in (("custom", "ece"), ("dino-kmeans", "linear_probe_accuracy")):
        path = folder / "metrics" / f"{row}.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {key: None}))
    read(report(folder, tmp_path / "page"))


def test_clusters_are_tested_on_the_same_galaxies(evaluated: Path) -> None:
    rows = {name: read_details(evaluated, f"{name}-kmeans") for name in FEATURES}
    for row, right in zip(FEATURES, ([1] * 48, [1] * 48, [0] * 8 + [1] * 40, [1] * 48), strict=True):
        clusters = rows[row].details.clusters
        assert clusters is not None
        clusters.knn_right = right
    controls = compare_controls(list(rows.values()))
    assert [(pair.second, pair.first_only, pair.p_value) for pair in controls] == [
        ("random-init-kmeans", 8, 2 * 2 * 0.5**8),  # Holm: two tests
        ("pixels-kmeans", 0, 1.0),
    ]
    tuning = compare_tuning(list(rows.values()))
    assert tuning is not None
    assert (tuning.first, tuning.second) == ("dino-kmeans", "dino-lora-kmeans")
    assert compare_controls([rows["pixels"]]) == []
    assert compare_tuning([rows["pixels"]]) is None


def test_fewer_inputs_make_a_shorter_page(evaluated: Path, tmp_path: Path) -> None:
    folder = copy(evaluated, tmp_path / "copy")
    shutil.rmtree(folder / "attention")
    shutil.rmtree(folder / "history")
    for path in folder.glob("evaluation/*-kmeans.json"):
        path.unlink()
    page = report(folder, tmp_path / "page", models=None)
    read(page)
    for anchor in ("attention", "curves", "unsupervised"):
        assert f'href="#{anchor}"' not in page


@pytest.mark.parametrize("count", [1, 25])
def test_any_number_of_classes(count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("galaxy.tracking.track._open", lambda *_: Run(None))
    (tmp_path / "params.yaml").write_text(PARAMS)
    write_split(tmp_path, classes=[f"class {k}" for k in range(count)], count=500 if count > 1 else 40)
    for row, skill in SKILL.items():
        write_row(tmp_path, row, skill=skill)
        evaluate_row(tmp_path, row)
    options: dict[str, Any] = {"models": None, "attention": tmp_path / "attention"}
    if count == 1:  # a data set of one class is refused long before; the figures alone must not break
        monkeypatch.setattr("galaxy.recipes.report.read_class_names", lambda _: ["class 0"])
    page = report(tmp_path, tmp_path / "page", **options)
    read(page)
    assert ("taken for class" in page) == (count > 20)


def test_a_class_without_test_galaxies_is_named(evaluated: Path, tmp_path: Path) -> None:
    folder = copy(evaluated, tmp_path / "copy")
    for path in (folder / "metrics").glob("*.json"):
        content = json.loads(path.read_text())
        path.write_text(json.dumps(content | {"classes_without_test_images": "Spiral", "roc_auc": None}))
    page = report(folder, tmp_path / "page")
    assert "No test galaxy is of class Spiral. Figures of these classes are undefined" in page
    assert "> No test galaxy is of class Spiral. Figures" in (tmp_path / "page" / "summary.md").read_text()


def test_the_audit_tells_what_was_found_and_what_was_not() -> None:
    audit = Audit(galaxies=10, size=64, classes={"a": 10}, same_position=2, blank=0, saturated=0)
    lines = audit_sentences(audit)
    assert "2 pairs at the same position." in lines
    assert "Looked for and not found: blank images, saturated images." in lines
    assert audit_sentences(None) == []


def test_sections_stand_in_the_order_of_the_report(page: str) -> None:
    anchors = [a.get("id") for tag, a in read(page).tags if tag == "section"]
    assert anchors == [
        "findings",
        "table",
        "data",
        "run",
        "labels",
        "curves",
        "confusion",
        "roc",
        "reliability",
        "unsupervised",
        "attention",
        "galleries",
        "published",
        "cite",
    ]


def test_galleries_show_the_most_confident_mistakes_of_each_class(evaluated: Path) -> None:
    rows = [read_details(evaluated, name) for name in SKILL]
    store = open_store(evaluated / "store")
    groups = mistakes(rows, CLASSES, lambda name: store.images[store.rows_of([name])[0]], lambda _: None, each=2)
    assert [group["name"] for group in groups] == list(CLASSES)
    for k, group in enumerate(groups):
        surest: dict[str, float] = {}
        for row in rows:
            galaxies = row.details.galaxies
            for name, split, label, probability in zip(
                galaxies.id, galaxies.split, galaxies.label, galaxies.probability, strict=True
            ):
                if split == "test" and label == k and int(np.argmax(probability)) != k:
                    surest[name] = max(surest.get(name, 0), max(probability))
        expected = sorted(surest.values(), reverse=True)[:2]
        assert [item["confidence"] for item in group["items"]] == pytest.approx(expected)
        assert all(item["label"] == CLASSES[k] for item in group["items"])
        assert all(f"taken for {CLASSES[k]}" != item["verdict"] for item in group["items"])


def read_details(folder: Path, name: str) -> RowResults:
    manifest = read_manifest(folder / "manifest.csv")
    held_out = manifest.where("validation", "test")
    return read_rows(
        [name],
        metrics=folder / "metrics",
        details=folder / "evaluation",
        history=folder / "history",
        folder=None,
        manifest=manifest.sha256,
        held_out={key: getattr(held_out, key).tolist() for key in ("id", "split", "label")},
        classes=CLASSES,
        schema=SCHEMA,
    )[0]


def test_names_of_rows_and_classes_may_be_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("galaxy.tracking.track._open", lambda *_: Run(None))
    row = "<img src=x onerror=alert(1)>\"'&--"
    params = PARAMS.replace("  custom: {kind: custom}", f"  {json.dumps(row)}: {{kind: custom}}")
    (tmp_path / "params.yaml").write_text(params)
    write_split(tmp_path, classes=["'; alert(1); '", "-->", "{{ 7 * 7 }}", "a | b"])
    for name, skill in {**{k: v for k, v in SKILL.items() if k != "custom"}, row: 2.0}.items():
        write_row(tmp_path, name, skill=skill)
        evaluate_row(tmp_path, name)
    options: dict[str, Any] = {"models": None, "attention": tmp_path / "attention"}
    report(tmp_path, tmp_path / "page", **options)
    record_cost(row, training_seconds=12.0)
    try:
        outs = [tmp_path / "predictions" / f"{row}.npz"]
        record(f"train@{row}", outs, seconds=1.0, params_path=tmp_path / "params.yaml")
    finally:
        _costs.clear()
    write_machine(tmp_path / "page", tmp_path / "params.yaml")
    assert machine(tmp_path / "page")["training"][row][0] == "12 s"
    reader = read((tmp_path / "page" / "index.html").read_text())
    assert [tag for tag, _ in reader.tags].count("script") == 2
    assert not any(name.startswith("on") for _, attributes in reader.tags for name in attributes)
    assert all((a.get("src") or "data:").startswith("data:") or a["src"] == "machine.js" for _, a in reader.tags)
    text = " ".join(" ".join(reader.text).split())
    assert row in text
    assert "{{ 7 * 7 }}" in text
