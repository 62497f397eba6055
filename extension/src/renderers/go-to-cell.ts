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
    if (cell.editor) setCursor(cell.editor, place);
    return true;
  };
}

/** The cell may have been edited since it ran: what lies outside of it becomes its end. */
function setCursor(editor: NonNullable<Cell["editor"]>, place: SourceLocation): void {
  const line = Math.min(place.line, editor.lineCount) - 1;
  const column = Math.min(place.column - 1, editor.getLine(line)?.length ?? 0);
  editor.setCursorPosition({ line, column });
}

/** Numbers start again with the kernel: of two cells with the same number, the one that shows the report is meant. */
function indexOfCell({ widgets }: Notebook, from: HTMLElement, { cell: number }: SourceLocation): number {
  const isIt = ({ model }: Cell) => "executionCount" in model && model.executionCount === number;
  const own = widgets.findIndex((cell) => isIt(cell) && cell.node.contains(from));
  return own >= 0 ? own : widgets.findIndex(isIt);
}
