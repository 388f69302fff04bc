/** Counts things in English. */

/** Returns the number and the name of the things: `1 file`, `2 files`. @param name of one, whose plural ends with `s` */
export function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
