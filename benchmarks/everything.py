"""Every benchmark that needs no data and fits ten minutes together, written to benchmarks/RESULTS.md: `make bench`.

Each runs in a process of its own, one after the other; what it prints replaces the part of RESULTS.md between the two
marks. What stands outside them was measured by hand, at other sizes. A benchmark that fails is named, and the others
still run.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from galaxy.atomic import write_text

RESULTS = Path(__file__).with_name("RESULTS.md")
BEGIN, END = "<!-- written by make bench -->\n", "<!-- end of what make bench writes -->\n"


@dataclass(frozen=True)
class Benchmark:
    """One command, `python -m benchmarks.<words>`, under a heading; `table` when it prints Markdown."""

    heading: str
    words: str
    table: bool = False


BENCHMARKS = (
    Benchmark("A whole stage beside a bare loop and Lightning", "whole_stage --rounds 2", table=True),
    Benchmark("The same beside a process that keeps one core busy", "whole_stage --rounds 1 --competitor", table=True),
    Benchmark("Two trainings at once", "jobs --rounds 1", table=True),
    Benchmark("An update beside the plain way and the bare step", "train --size 64 --repeat 2", table=True),
    Benchmark("What depends on the number of galaxies", "growth --counts 17736 64000", table=True),
    Benchmark("Search for near-identical pictures", "near_identical --counts 17736 64000"),
    Benchmark("Operators of an update of the DINO fine-tune", "launches"),
    Benchmark("PCA and k-means", "clustering"),
    Benchmark("Embedding beside the bare forward pass", "embed --images 256 --size 64"),
    Benchmark("Saving the state of a training", "saves"),
    Benchmark("Image store", "store", table=True),
    Benchmark("Rendered galaxies", "render --count 200"),
    Benchmark("Fractals", "fractals"),
)


def run(benchmark: Benchmark, *, limit: float) -> tuple[str, bool]:
    """Run one benchmark, and return its part of the file and whether it has succeeded.

    Args:
        benchmark: The benchmark.
        limit: Largest number of seconds that it may take.
    """
    started = time.monotonic()
    command = [sys.executable, "-m", *f"benchmarks.{benchmark.words}".split()]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as process:
        try:
            printed, errors = process.communicate(timeout=limit)
            text, failed = printed.strip(), process.returncode != 0
            if failed:
                text = f"{text}\n{(errors.strip().splitlines() or ['no message'])[-1]}"
        except subprocess.TimeoutExpired:
            text, failed = f"no end within {limit:.0f} s", True
        finally:
            # What it has started ends too, such as a process that keeps a core busy.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    if not benchmark.table or failed:
        text = f"```\n{text.strip()}\n```"
    took = f"`python -m benchmarks.{benchmark.words}`, {time.monotonic() - started:.0f} s"
    return f"### {benchmark.heading}\n\n{took}{', FAILED' if failed else ''}\n\n{text}\n", not failed


def with_part(text: str, part: str) -> str:
    """Return the text of RESULTS.md with what stands between the marks replaced, or appended where there are none."""
    if BEGIN not in text:
        return f"{text.rstrip()}\n\n{BEGIN}{part}{END}"
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}{part}{rest[rest.index(END) :]}"


def main() -> None:
    """Run all benchmarks and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="names of modules")
    parser.add_argument("--limit", type=float, default=240.0, help="most seconds of one")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the benchmark that runs is then ended, too
    chosen = [one for one in BENCHMARKS if not given.only or one.words.split()[0] in given.only]
    load = os.getloadavg()[0]
    parts, failed = [], []
    for benchmark in chosen:
        print(benchmark.words, file=sys.stderr, flush=True)
        part, succeeded = run(benchmark, limit=given.limit)
        parts.append(part)
        failed += [] if succeeded else [benchmark.words]
    cores = len(os.sched_getaffinity(0))
    head = f"## All together\n\n{cores} cores, load {load:.1f} before and {os.getloadavg()[0]:.1f} after."
    if not find_spec("lightning"):
        head += " Lightning is not installed: `uv pip install --group bench`."
    write_text(RESULTS, with_part(RESULTS.read_text(encoding="utf-8"), f"{head}\n\n" + "\n".join(parts)))
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
