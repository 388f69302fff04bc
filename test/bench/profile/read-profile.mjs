/** Adds up a .cpuprofile: time by purpose, and by function. */
import { readFileSync } from 'node:fs';
import { purposeAlone, purposeOf } from './categories.mjs';

/**
 * @param sourceOf from {@link createSources}
 * @param within the part of the process's life that counts, in microseconds of the monotonic clock
 * @returns microseconds of wall time: `idle`, and maps by purpose and by function (`name source:line` to `{ micros, purpose }`)
 */
export function readProfile(file, sourceOf, within) {
  const { nodes, samples, timeDeltas, startTime } = JSON.parse(readFileSync(file, 'utf8'));
  const frames = new Map(nodes.map((node) => [node.id, describe(node, sourceOf)]));
  for (const { id, children = [] } of nodes) for (const child of children) frames.get(child).parent = frames.get(id);
  const byPurpose = new Map();
  const byFunction = new Map();
  let idle = 0;
  let now = startTime;
  for (const [at, id] of samples.entries()) {
    // A sample's own delta ends at it: the time up to the next one was spent there.
    now += timeDeltas[at];
    const micros = timeDeltas[at + 1] ?? 0;
    if (now < within.fromMicros || now > within.toMicros || micros <= 0) continue;
    const frame = frames.get(id);
    if (frame.name === '(idle)') {
      idle += micros;
      continue;
    }
    const purpose = (frame.purpose ??= purposeOnStack(frame));
    byPurpose.set(purpose, (byPurpose.get(purpose) ?? 0) + micros);
    const entry = byFunction.get(frame.title) ?? { micros: 0, purpose };
    entry.micros += micros;
    byFunction.set(frame.title, entry);
  }
  return { idle, byPurpose, byFunction };
}

function describe({ callFrame }, sourceOf) {
  const { source, line } = sourceOf(callFrame);
  const { functionName, columnNumber } = callFrame;
  const isWrapper =
    /^__(?:esm|require|commonJS|init|toESM|export)|^(?:init|require)_/.test(functionName) || /\.[cm]?[jt]s$/.test(functionName);
  const isTopLevel = source !== '' && (isWrapper || (functionName === '' && (columnNumber === 0 || source.endsWith('.cjs'))));
  const name = functionName === '' ? '(anonymous)' : functionName;
  return { name, source, isTopLevel, parent: null, purpose: null, title: source === '' ? name : `${name} ${source}:${line + 1}` };
}

function purposeOnStack(frame) {
  for (let caller = frame; caller !== null; caller = caller.parent) {
    const purpose = purposeOf(caller);
    if (purpose !== null) return purpose;
  }
  for (let caller = frame; caller !== null; caller = caller.parent) {
    const purpose = purposeAlone(caller);
    if (purpose !== 'other') return purpose;
  }
  return 'other';
}
