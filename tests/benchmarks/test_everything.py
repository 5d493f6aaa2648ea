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


def test_each_benchmark_has_the_arguments_that_it_needs() -> None:
    with_parser = [
        one for one in BENCHMARKS if "argparse" in (RESULTS.parent / f"{one.words.split()[0]}.py").read_text()
    ]
    assert len(with_parser) > 5
    for one in with_parser:
        part, _ = run(Benchmark("Title", f"{one.words} --no-such-option"), limit=60.0)
        assert "unrecognized arguments: --no-such-option" in part, part


@pytest.mark.parametrize(("words", "limit", "said"), [("nothing", 60.0, "No module"), ("fractals", 0.01, "no end")])
def test_one_that_fails_is_named(words: str, limit: float, said: str) -> None:
    part, succeeded = run(Benchmark("Title", words), limit=limit)
    assert not succeeded
    assert "FAILED" in part
    assert said in part
