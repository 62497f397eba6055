import type { INotebookTracker, Notebook } from "@jupyterlab/notebook";
import type { SourceLocation } from "@theanotes/runtime/json";
import type { GoTo } from "./debug.ts";

type Cell = Notebook["widgets"][number];

/** Goes to lines of cells in the notebook that holds an element; cells are known by their execution number. */
export function cellFinder(tracker: INotebookTracker): GoTo {
  return async (from, place) => {
    const notebook = tracker.find((panel) => panel.node.contains(from))?.content;
    const index = notebook === undefined ? -1 : indexOfCell(notebook, from, place);
    if (notebook === undefined || index < 0) return false;
    notebook.activeCellIndex = index;
    await notebook.scrollToItem(index, "smart");
    const cell = notebook.widgets[index];
    await cell.ready;
    notebook.mode = "edit";
    cell.editor?.setCursorPosition({ line: place.line - 1, column: place.column - 1 });
    return true;
  };
}

/** Numbers start again with the kernel: of two cells with the same number, the one that shows the report is meant. */
function indexOfCell({ widgets }: Notebook, from: HTMLElement, { cell: number }: SourceLocation): number {
  const isIt = ({ model }: Cell) => "executionCount" in model && model.executionCount === number;
  const own = widgets.findIndex((cell) => isIt(cell) && cell.node.contains(from));
  return own >= 0 ? own : widgets.findIndex(isIt);
}
