/** Counts how many operators made a statement independently of each other. Pure. */

/** One statement: who made it, and the places (hosts, addresses) that it came from. */
export interface Statement {
  readonly operator: string;
  readonly places: readonly string[];
}

/**
 * Returns operators, sorted, no two of which answered from the same place. A server that answers for several operators, by way of mirrors
 * that redirect to it, counts once. Operators that share a place with the fewest others are taken first, so that a mirror that redirects to
 * the hosts of all others silences itself, and then by name: order of arrival decides nothing.
 */
export function independentOperators(statements: readonly Statement[]): readonly string[] {
  const placesOf = new Map<string, Set<string>>();
  for (const { operator, places } of statements) {
    const known = placesOf.get(operator) ?? new Set<string>();
    for (const place of places) known.add(place);
    placesOf.set(operator, known);
  }
  const shares = (a: string, b: string): boolean => {
    const other = placesOf.get(b);
    return other !== undefined && [...(placesOf.get(a) ?? [])].some((place) => other.has(place));
  };
  const operators = [...placesOf.keys()].sort();
  const shared = new Map(operators.map((one) => [one, operators.filter((other) => shares(one, other)).length]));
  const chosen: string[] = [];
  for (const operator of operators.sort((a, b) => (shared.get(a) ?? 0) - (shared.get(b) ?? 0))) {
    if (!chosen.some((other) => shares(operator, other))) chosen.push(operator);
  }
  return chosen.sort();
}
