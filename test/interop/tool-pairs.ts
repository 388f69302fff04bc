/** Which build tools run by which protocol: a few pairs for each state of the mirrors, and all of them in the soak. */
import { type BuildToolName, toolNames } from './build-tools.js';
import type { Protocol } from './proxy-tools.js';

export type ToolPair = readonly [tool: BuildToolName, protocol: Protocol];
/** A state of the mirrors before the pair. */
export type ToolCase<State> = readonly [state: State, ...pair: ToolPair];

/** Set by the soak. */
const isSoak = process.env['CLOJARS_FETCH_ALL_TOOLS'] === '1';
const protocols: readonly Protocol[] = ['http', 'https'];
const allPairs: readonly ToolPair[] = toolNames.flatMap((name) => protocols.map((protocol) => [name, protocol] as const));

/** Every tool by http. */
export const byHttp: readonly ToolPair[] = toolNames.map((name) => [name, 'http'] as const);

/** Returns these pairs; in the soak, all there are. */
export function pairs(chosen: readonly ToolPair[]): readonly ToolPair[] {
  return isSoak ? allPairs : chosen;
}

/** Returns these cases; in the soak, each of their states with every pair. */
export function cases<State>(chosen: readonly ToolCase<State>[]): readonly ToolCase<State>[] {
  if (!isSoak) return chosen;
  const states = new Map(chosen.map(([state]) => [JSON.stringify(state), state]));
  return [...states.values()].flatMap((state) => allPairs.map((pair) => [state, ...pair] as const));
}
