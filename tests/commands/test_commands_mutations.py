"""Files of every format, changed at random, through the command line: a code and one line of ours.

``python tests/commands/test_commands_mutations.py [NUMBER]`` gives NUMBER (100) files of each kind
to ``featmatch detect``, and ends with 1 where one of them crashed it, ended it with a code above 3,
had more said on stderr than one line of featmatch's own, or left anything behind. Each has a
process of its own, which is forked from one that has loaded the command: starting Python takes
longer than reading such a file.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LONGEST = 20  # seconds, for a picture of 160 x 120
CODES = range(4)


def main() -> int:
    """Give all files to the command; return the exit code."""
    sys.path[:0] = map(os.fspath, (REPOSITORY, REPOSITORY / "tests" / "images"))
    from mutated_images import KINDS, generator, mutated

    import featmatch.commands.detect
    import featmatch.commands.program  # noqa: F401
    from featmatch import METHODS

    repr(METHODS["orb"])  # loads it
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    total = 0
    for kind, content in KINDS.items():
        codes, found = Counter[int](), list[str]()
        rng = generator(kind)
        for index in range(number):
            code, faults = outcome_of(mutated(content, rng))
            codes[code] += 1
            found += [f"{kind}, file {index}: {fault}" for fault in faults]
        total += len(found)
        told = ", ".join(f"{count} with code {code}" for code, count in sorted(codes.items()))
        print(f"{kind}: {told}; {len(found)} faults", *found[:5], sep="\n  ", flush=True)
    return 1 if total else 0


def outcome_of(content: bytes) -> tuple[int, list[str]]:
    """Detect keypoints in a file; return the exit code, and all that is wrong with the outcome."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for one in ("in", "out"):
            (folder / one).mkdir()
        (folder / "in" / "image").write_bytes(content)
        start = time.perf_counter()
        code = run_in_fork(folder)
        faults = list(faults_of(folder, code))
        seconds = time.perf_counter() - start
    return code, faults + ([f"took {seconds:.0f} s"] if seconds > LONGEST else [])


def run_in_fork(folder: Path) -> int:
    """Run the command in a process forked from this one; return its exit code."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    for descriptor, file in enumerate(("stdout", "stderr"), start=1):
        os.dup2(os.open(folder / file, os.O_CREAT | os.O_WRONLY), descriptor)
    os.chdir(folder / "out")
    os.environ["TMPDIR"] = os.fspath(folder / "out")
    sys.argv[1:] = ["detect", "../in/image", "-o", "found.npz"]
    try:
        from featmatch.commands import main

        main()
    except SystemExit as end:
        sys.stdout.flush()
        os._exit(int(end.code or 0))
    finally:
        os._exit(70)  # of a fault in software


def faults_of(folder: Path, code: int) -> Iterator[str]:
    """Say what is wrong with an outcome."""
    said = (folder / "stderr").read_text(errors="replace")
    written = sorted(path.name for path in (folder / "out").iterdir())
    if code not in CODES:
        yield f"ended with {code}"
    if code and not (said.startswith("featmatch: ../in/image: ") and said.count("\n") == 1):
        yield f"said {said!r}"
    if not code and said:
        yield f"said {said!r} of what it has read"
    if written != ([] if code else ["found.npz"]):
        yield f"left {written}"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows forks no processes")
def test_mutated_files_end_with_a_code_and_one_line():
    process = subprocess.run(
        [sys.executable, __file__, "2"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.fspath(REPOSITORY)},
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert "lzw: " in process.stdout


if __name__ == "__main__":
    sys.exit(main())
