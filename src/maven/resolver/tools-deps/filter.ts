/** Chooses among the dependencies of a library: all but the excluded names, or only the names that are opened now. Null: all. */
export type Filter = { readonly without: ReadonlySet<string> } | { readonly only: ReadonlySet<string> } | null;

export function accepts(filter: Filter, name: string): boolean {
  if (filter === null) return true;
  return 'only' in filter ? filter.only.has(name) : !filter.without.has(name);
}

export function allBut(excluded: ReadonlySet<string> | null): Filter {
  return excluded === null ? null : { without: excluded };
}
