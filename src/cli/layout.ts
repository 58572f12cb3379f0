/** What is shown of a channel, in columns. */
export interface Row {
  readonly name: string;
  readonly epoch: string;
  readonly objects: string;
  readonly bytes: string;
  readonly rate: string;
  readonly activity: string;
}

/** A row as text, in two parts, so that the second can have a colour. */
export interface Line {
  readonly columns: string;
  readonly activity: string;
}

type Column = Exclude<keyof Row, 'activity'>;

const COLUMNS: readonly Column[] = ['name', 'epoch', 'objects', 'bytes', 'rate'];
/** What goes first where there is no room for everything. */
const LEAST_IMPORTANT: readonly Column[] = ['objects', 'rate', 'bytes', 'epoch'];
const GAP = '  ';

/** Puts rows below each other so that no line is wider than the terminal: columns go, and then ends of lines. */
export function layOut(rows: readonly Row[], width: number): Line[] {
  let shown = COLUMNS;
  for (const column of LEAST_IMPORTANT) {
    if (widthOf(rows, shown) <= width) break;
    shown = shown.filter((other) => other !== column);
  }
  const widths = new Map(shown.map((column) => [column, widest(rows, column)]));
  return rows.map((row) => {
    const cells = shown.map((column) => pad(row[column], widths.get(column)!, column));
    const columns = truncate(cells.join(GAP) + GAP, width);
    return { columns, activity: truncate(row.activity, width - columns.length) };
  });
}

/** Cuts text off so that it has no more than so many characters. */
export function truncate(text: string, width: number): string {
  if (text.length <= width) return text;
  return width < 1 ? '' : `${text.slice(0, width - 1)}…`;
}

function widthOf(rows: readonly Row[], columns: readonly Column[]): number {
  const fixed = columns.reduce((sum, column) => sum + widest(rows, column) + GAP.length, 0);
  return fixed + Math.max(...rows.map((row) => row.activity.length));
}

function widest(rows: readonly Row[], column: Column): number {
  return Math.max(...rows.map((row) => row[column].length));
}

/** Words stand on the left, numbers on the right. */
function pad(text: string, width: number, column: Column): string {
  return column === 'name' || column === 'epoch' ? text.padEnd(width) : text.padStart(width);
}
