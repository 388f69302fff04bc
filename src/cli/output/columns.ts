/** Lays out tables of text. */

/** Pads all columns but the last, by visible length. A very long cell does not widen its column. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widest = 72;
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      if (cell.length <= widest) widths[index] = Math.max(widths[index] ?? 0, cell.length);
    }
  }
  return rows.map((row) => row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join('  '));
}
