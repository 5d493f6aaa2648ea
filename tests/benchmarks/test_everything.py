import contextlib
import importlib
import sys
from pathlib import Path

import psutil
import pytest

from benchmarks.everything import BEGIN, BENCHMARKS, END, RESULTS, Benchmark, run, with_part


def test_only_what_stands_between_the_marks_is_replaced() -> None:
    text = with_part("# Results\n\nby hand\n", "old\n")
    assert text == f"# Results\n\nby hand\n\n{BEGIN}old\n{END}"
    assert with_part(f"{text}more\n", "new\n") == f"# Results\n\nby hand\n\n{BEGIN}new\n{END}more\n"


def test_each_benchmark_is_a_module_that_says_what_it_does() -> None:
    for one in BENCHMARKS:
        text = (RESULTS.parent / f"{one.words.split()[0]}.py").read_text()
        assert text.startswith('"""'), one.words
        assert one.words.split()[0] in text, one.words


WITH_PARSER = [
    one.words for one in BENCHMARKS if "argparse" in (RESULTS.parent / f"{one.words.split()[0]}.py").read_text()
]


@pytest.mark.parametrize("words", WITH_PARSER)
def test_each_benchmark_has_the_arguments_that_it_needs(
    words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(WITH_PARSER) > 5
    name, *arguments = words.split()
    monkeypatch.setattr(sys, "argv", [name, *arguments, "--no-such-option"])
    main = importlib.import_module(f"benchmarks.{name}").main
    with pytest.raises(SystemExit, match="^2$"):
        main()
    assert "unrecognized arguments: --no-such-option" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "limit", "said"), [("nothing", 60.0, "No module"), ("fractals", 0.01, "no end")])
def test_one_that_fails_is_named(words: str, limit: float, said: str) -> None:
    part, succeeded = run(Benchmark("Title", words), limit=limit)
    assert not succeeded
    assert "FAILED" in part
    assert said in part


def test_one_that_takes_too_long_is_ended_with_what_it_has_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\nsleep 300 & echo $! > {tmp_path}/child\nwait\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    _, succeeded = run(Benchmark("Title", "anything"), limit=2.0)
    assert not succeeded
    child = int((tmp_path / "child").read_text())
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(child).wait(timeout=10)
