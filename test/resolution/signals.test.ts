/** Closures and their signal: hundreds of files listen to it, which is not a leak, and it ends any computation. */
import { expect } from 'vitest';

import { Pace } from '../../src/base/async/pace.js';
import type { ClientEvent } from '../../src/base/event.js';
import { GraphArtifact, type GraphDependency } from '../../src/maven/pom/descriptor.js';
import { ChildList, GraphNode } from '../../src/maven/resolver/graph/graph.js';
import { mediate } from '../../src/maven/resolver/maven/mediate.js';
import { errorOf, it } from '../support/workbench.js';
import { world } from '../support/world.js';

it('a closure with many concurrent downloads causes no warning of a leak', async ({ bench }) => {
  const many = Array.from({ length: 40 }, (_, index) => `d${index}`);
  const server = await bench.serve(world(`a:1 -> ${many.map((name) => `${name}:1`).join(', ')}`, ...many.map((name) => `${name}:1`)), {
    fault: { delayMs: 30 },
  });
  const warnings: string[] = [];
  const listen = (warning: Error): void => void warnings.push(`${warning.name}: ${warning.message}`);
  process.on('warning', listen);
  try {
    const { dependencies } = await bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveDependencies(['g:a:1']);
    expect(dependencies).toHaveLength(41);
    await new Promise((resolve) => setImmediate(resolve)); // warnings are emitted on the next tick
  } finally {
    process.off('warning', listen);
  }
  expect(warnings).toEqual([]);
});

it('the deadline ends a closure over a POM with 50,000 dependencies', { timeout: 60_000 }, async ({ bench }) => {
  const many = Array.from({ length: 50_000 }, (_, index) => `d${index}:1`);
  const files = world(`a:1 -> ${many.join(', ')}`);
  const server = await bench.serve(files);
  const timeoutMs = 1500;
  let started = 0;
  let startedByDeadline: number | undefined;
  const onEvent = ({ type }: ClientEvent): void => {
    if (type !== 'attempt-started') return;
    started += 1;
    // Set after the client's own timer, so it fires after it.
    if (started === 1) setTimeout(() => (startedByDeadline = started), timeoutMs);
  };
  const client = bench.client({ repositories: [{ id: 'r', url: server.url }], timeoutMs, onEvent });
  const error = await errorOf(client.resolveDependencies(['g:a:1']));
  expect(error).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'timeout' });
  expect(started, 'no attempt starts after the deadline').toBe(startedByDeadline ?? started);
  expect(server.requests.length, 'POMs in progress are limited').toBeLessThan(50_000);
});

it('an abort ends the mediation of a graph with many cycles', async () => {
  const count = 900; // a graph is at most 1,000 deep
  const artifacts = Array.from({ length: count }, (_, index) => new GraphArtifact('g', `a${index}`, 'jar', '', '1'));
  const lists = artifacts.map(() => new ChildList());
  const nodeOf = (artifact: GraphArtifact, index: number): GraphNode => {
    const dependency: GraphDependency = { artifact, scope: 'compile', optional: undefined, exclusions: [] };
    const node = new GraphNode(dependency, '1', null, [], {});
    node.children = lists[index] ?? node.children;
    return node;
  };
  // Each depends on the next twenty, wrapping around: every artifact is in a cycle with all others.
  lists.forEach((list, at) => {
    for (let step = 1; step <= 20; step++) {
      const index = (at + step) % count;
      const artifact = artifacts[index];
      if (artifact !== undefined) list.all.push(nodeOf(artifact, index));
    }
  });
  const [first] = artifacts;
  if (first === undefined) throw new Error('no artifact');
  const pace = new PaceAbortedIn(10);
  await expect(mediate(nodeOf(first, 0), 'nearest', pace)).rejects.toThrow('enough');
  expect(pace.pauses, 'no work after the pause in which it was aborted').toBe(10);
});

/** Aborts the work in one of its pauses, counted from 1. */
class PaceAbortedIn extends Pace {
  pauses = 0;
  readonly #last: number;
  readonly #controller: AbortController;

  constructor(last: number) {
    const controller = new AbortController();
    super(controller.signal);
    this.#last = last;
    this.#controller = controller;
  }

  override step(count?: number): Promise<void> | null {
    const pause = super.step(count);
    if (pause !== null && ++this.pauses === this.#last) this.#controller.abort(new Error('enough'));
    return pause;
  }
}
