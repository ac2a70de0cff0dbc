import { escapeUnprintable } from "../lib/unprintable.ts";

/** Rows as aligned columns, a line each. No cell can steer a terminal. */
export function columns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(escapeUnprintable));
  const widths = (cells[0] ?? []).map((_, at) =>
    Math.max(...cells.map((row) => row[at]?.length ?? 0)),
  );
  return cells.map((row) => padded(row, widths)).join("");
}

/** One row where the others are not known: a cell is as wide as this, or wider. */
export function rowOf(row: readonly string[], widths: readonly number[]): string {
  return padded(row.map(escapeUnprintable), widths);
}

function padded(cells: readonly string[], widths: readonly number[]): string {
  const line = cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ");
  return `${line.trimEnd()}\n`;
}
