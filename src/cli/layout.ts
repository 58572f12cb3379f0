import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

/** What is shown of a channel, in columns. */
export interface Row {
  /** The FIFO, or the directory. */
  readonly outlet: string;
  readonly epoch: string;
  readonly objects: string;
  readonly bytes: string;
  readonly activity: string;
}

/** A row as text, in two parts, so that the second can have a colour. */
interface Line {
  readonly columns: string;
  readonly activity: string;
}

/** Rows below each other, and what stands above them. */
export interface Table {
  readonly headings: string;
  readonly lines: readonly Line[];
}

type Column = Exclude<keyof Row, 'activity'>;

const COLUMNS: readonly Column[] = ['outlet', 'epoch', 'objects', 'bytes'];
const HEADINGS: Readonly<Record<Column, string>> = {
  outlet: 'FIFO',
  epoch: 'epoch',
  objects: 'objects',
  bytes: 'bytes',
};
/** What goes first where there is no room for everything. */
const LEAST_IMPORTANT: readonly Column[] = ['objects', 'bytes', 'epoch'];
/** As much of what a channel does has to be seen: the columns go before that. */
const LEAST_ACTIVITY = 20;
const GAP = '  ';

/** Puts rows below each other so that no line is wider than the terminal: ends of lines go, and then columns. */
export function layOut(rows: readonly Row[], width: number): Table {
  let shown = COLUMNS.filter((column) => rows.some((row) => row[column] !== ''));
  for (const column of LEAST_IMPORTANT) {
    if (widthOf(rows, shown) <= width) break;
    shown = shown.filter((other) => other !== column);
  }
  const widths = new Map(shown.map((column) => [column, widest(rows, column)]));
  const columnsOf = (cells: Readonly<Record<Column, string>>) =>
    shown.map((column) => pad(cells[column], widths.get(column)!, column)).join(GAP) + GAP;
  return {
    headings: truncate(columnsOf(HEADINGS).trimEnd(), width),
    lines: rows.map((row) => {
      const columns = truncate(columnsOf(row), width);
      return { columns, activity: truncate(row.activity, width - stringWidth(columns)) };
    }),
  };
}

/** Cuts text off so that it is not wider than so many characters. */
export function truncate(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const [beginning = ''] = wrapAnsi(text, width - 1, { hard: true, wordWrap: false, trim: false }).split(
    '\n',
  );
  if (stringWidth(beginning) < width) return `${beginning}…`;
  return width < 1 ? '' : '…';
}

function widthOf(rows: readonly Row[], columns: readonly Column[]): number {
  const fixed = columns.reduce((sum, column) => sum + widest(rows, column) + GAP.length, 0);
  const activity = Math.max(...rows.map((row) => stringWidth(row.activity)));
  return fixed + Math.min(activity, LEAST_ACTIVITY);
}

function widest(rows: readonly Row[], column: Column): number {
  return Math.max(HEADINGS[column].length, ...rows.map((row) => row[column].length));
}

/** Words stand on the left, numbers on the right. */
function pad(text: string, width: number, column: Column): string {
  return column === 'outlet' || column === 'epoch' ? text.padEnd(width) : text.padStart(width);
}
