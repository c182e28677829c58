"""The decoder and hostile input: no crash, no hang, bounded memory, whatever comes."""

from __future__ import annotations

import importlib.util
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codes.fuzzing import TARGETS, list_seeds

ROOT = Path(__file__).parents[2]
_LONGEST, _MOST_MEGABYTES, _MOST_SECONDS = 2500, 512, 10
_SAMPLE = 1500
SOAK = {
    "base45": 5_000_000, "code_text": 2_500_000, "code_bytes": 1_000_000, "lists": 500_000, "presentations": 300_000,
    "disclosures": 700_000,
}  # fmt: skip
"""Inputs of each reader, ten million together; the slower it is, the fewer."""
guided = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris has wheels for Linux on x86-64 alone"
)


def fuzz(folder: Path, target: str, *, runs: int, seed: int) -> str:
    """Runs so many inputs, grown from the seeds by what they reach; fails with what the fuzzer says."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, made in enumerate(list_seeds(target)):
        (corpus / str(number)).write_bytes(made)
    most = _MOST_MEGABYTES + resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # Linux hands on what we took
    limits = [f"-max_len={_LONGEST}", f"-rss_limit_mb={most}", f"-timeout={_MOST_SECONDS}"]
    command = [sys.executable, "-m", "tests.codes.guided", target, f"-runs={runs}", f"-seed={seed % 2**31 + 1}"]
    done = subprocess.run(
        [*command, *limits, f"-artifact_prefix={folder}/", corpus],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return done.stderr


@guided
def test_a_sample_grown_by_what_it_reaches(tmp_path: Path) -> None:
    said = fuzz(tmp_path, "any", runs=_SAMPLE, seed=20260701)
    assert f"Done {_SAMPLE} runs" in said


@guided
def test_the_fuzzer_finds_what_breaks(tmp_path: Path) -> None:
    """That a crash is seen at all: one is put in the way of what the seeds reach."""
    broken = "import codes.reading; codes.reading.fold = lambda text: 1 / 0"
    options = ["x", "code_text", "-runs=500", f"-artifact_prefix={tmp_path}/"]
    command = f"{broken}; import runpy, sys; sys.argv = {options!r}; "
    done = subprocess.run(
        [sys.executable, "-c", command + "runpy.run_module('tests.codes.guided', run_name='__main__')"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": str(tmp_path)},
    )
    assert done.returncode != 0
    assert "ZeroDivisionError" in done.stdout + done.stderr


@guided
@pytest.mark.soak
@pytest.mark.timeout(4 * 3600)
@pytest.mark.parametrize("target", SOAK)
def test_ten_million_inputs(target: str, tmp_path: Path, seed: int) -> None:
    assert f"Done {SOAK[target]} runs" in fuzz(tmp_path, target, runs=SOAK[target], seed=seed)


@settings(max_examples=150)
@given(data=st.data(), target=st.sampled_from(sorted(set(TARGETS) - {"any"})))
def test_what_is_nearly_right_is_refused_and_no_more(data: st.DataObject, target: str) -> None:
    """A seed with some of it exchanged, cut out or doubled."""
    seed = data.draw(st.sampled_from(list_seeds(target)))
    begin, end = sorted(data.draw(st.tuples(st.integers(0, len(seed)), st.integers(0, len(seed)))))
    TARGETS[target](seed[:begin] + data.draw(st.binary(max_size=8)) + seed[data.draw(st.sampled_from([begin, end])) :])
