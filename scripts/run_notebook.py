"""Executes a notebook and saves the result: run_notebook.py SOURCE TARGET.

Exits with 0 when every cell did what it should; a cell that is tagged `raises-exception` may fail. Otherwise
prints the cell and the error and exits with 1, and what was executed so far is saved all the same.
"""

import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from jupyter_client.kernelspec import NoSuchKernel

SECONDS_PER_CELL = 600


def main(source: Path, target: Path) -> int:
    notebook = nbformat.read(source, as_version=4)
    cells = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    current = -1

    def announce(cell, cell_index):
        nonlocal current
        current = cell_index
        first_line = cell.source.strip().partition("\n")[0]
        print(f"  cell {cells.index(cell_index) + 1} of {len(cells)}: {first_line[:80]}", flush=True)

    client = NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        resources={"metadata": {"path": str(source.parent)}},
        on_cell_execute=announce,
        # What a cell prints is one output however slowly it came, and no clock is in the result: runs can be compared.
        coalesce_streams=True,
        record_timing=False,
    )
    print(f"Running {source}", flush=True)
    start = time.monotonic()
    problem = None
    try:
        client.execute()
    except CellExecutionError:
        problem = traceback_of(notebook.cells[current])
    except (CellTimeoutError, DeadKernelError) as error:
        problem = str(error)
    except NoSuchKernel as error:
        problem = f"{error}: the notebook asks for a kernel that is not installed here"

    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, target)
    if problem is None:
        print(f"Done in {time.monotonic() - start:.1f} s. The result is {target}")
        return 0
    if current in cells:
        print(f"\nCell {cells.index(current) + 1} of {len(cells)} failed:\n\n{notebook.cells[current].source}\n")
    print(f"{problem}\n\nThe result so far is {target}")
    return 1


def traceback_of(cell) -> str:
    """What the kernel said of the cell's error, as plain text."""
    lines = [line for output in cell.outputs if output.output_type == "error" for line in output.traceback]
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(lines))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
