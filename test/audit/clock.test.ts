/** Clocks may be wrong by years. Ages are counted by that of the origin: its headers Date, and the times of its files. */
import { readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, expect, onTestFinished, test, vi } from 'vitest';

import type { Finding } from '../../src/app/audit/contract.js';
import { runAudit } from '../../src/app/audit/engine/run-audit.js';
import { auditLists } from '../../src/app/audit/lists/audit-lists.js';
import { planAudit } from '../../src/app/audit/plan/plan-audit.js';
import type { AuditSummary } from '../../src/app/audit/result/audit-summary.js';
import { put, type Tree, writeTree } from '../mirror/repository-tree.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { addTrace, clientOf, keyOf, serveTree, type Site } from './stage.js';

afterEach(() => void vi.useRealTimers());

const hourMs = 3_600_000;
const yearMs = 365 * 24 * hourMs;
const young = 'org/young/1.0/young-1.0.jar';
const old = 'org/old/1.0/old-1.0.jar';

/** The files of an origin, and those of a mirror that lacks the young and the old one. */
function plantTrees(): { readonly tree: Tree; readonly stale: Tree } {
  const tree: Tree = new Map();
  for (const key of [young, old, 'org/kept/1.0/kept-1.0.jar']) put(tree, key, key);
  return { tree, stale: new Map([...tree].filter(([key]) => key.startsWith('org/kept'))) };
}

/** Young files are two hours old, and the others two days. @param now by the clock of the origin, epoch milliseconds */
function setTimes(folder: string, tree: Tree, now: number): void {
  for (const key of tree.keys()) {
    const at = (now - (key.startsWith('org/young') ? 2 * hourMs : 48 * hourMs)) / 1000;
    utimesSync(join(folder, key), at, at);
  }
}

test.each([
  ['late', -yearMs],
  ['ahead', yearMs],
])('by the clock of an auditor a year %s, nothing is younger or older than it is', async (_, offMs) => {
  const home = await temporaryFolder();
  const { tree, stale } = plantTrees();
  addTrace(stale);
  const folders = { origin: join(home, 'origin'), mirror: join(home, 'mirror') };
  writeTree(folders.origin, tree);
  writeTree(folders.mirror, stale);
  const now = Date.now();
  setTimes(folders.origin, tree, now);
  const [origin, mirror] = await Promise.all([serveTree(tree), serveTree(stale)]);
  onTestFinished(async () => void (await Promise.all([origin.close(), mirror.close()])));
  vi.useFakeTimers({ toFake: ['Date'], now: now + offMs });
  const client = clientOf(home);

  const plan = join(home, 'plan');
  await planAudit({ output: plan, from: folders.origin, origin: origin.url, places: { stale: mirror.url }, client });
  const asked = await runAudit({ plan, output: join(home, 'asked'), client, rate: 100_000, patience: 0.1 });
  const listed = await auditLists(plan, { lists: { stale: folders.mirror }, output: join(home, 'listed'), client });

  const found = (file: string): readonly string[] => foundIn(join(home, file));
  expect(found('asked')).toEqual([`missing stale ${old}`, `lag stale ${young}`]);
  expect(found('listed')).toEqual([`missing stale ${old}`, `lag stale ${young}`]);
  for (const { header, end } of [asked, listed] satisfies AuditSummary[]) {
    for (const time of [header.from, header.until]) expect(Math.abs(Date.parse(time) - now)).toBeLessThan(hourMs);
    expect(Math.abs((end.places[0]?.behindSeconds ?? 0) - 7200)).toBeLessThan(3600);
  }
});

/** Sends the header Date of a clock that is wrong. */
function setClock(site: Site, offMs: number): void {
  site.trick = (_, response) => {
    response.setHeader('date', new Date(Date.now() + offMs).toUTCString());
    return false;
  };
}

test.each([
  ['a year late', -yearMs],
  ['a year ahead', yearMs],
])('if the clock of the origin or of a mirror is %s, nothing is younger or older than it is', async (_, offMs) => {
  const home = await temporaryFolder();
  const { tree, stale } = plantTrees();
  const folder = join(home, 'origin');
  writeTree(folder, tree);
  const now = Date.now();
  const [origin, right, wrong] = await Promise.all([serveTree(tree), serveTree(new Map(stale)), serveTree(new Map(stale))]);
  onTestFinished(async () => void (await Promise.all([origin, right, wrong].map((site) => site.close()))));
  addTrace(right.tree);
  addTrace(wrong.tree, now + offMs);
  setClock(wrong, offMs);
  const client = clientOf(home);
  const places = { right: right.url, wrong: wrong.url };

  for (const originMs of [0, offMs]) {
    // An origin has one clock: for its answers, and for the times of its files.
    setClock(origin, originMs);
    setTimes(folder, tree, now + originMs);
    const [plan, output] = [join(home, `plan${originMs}`), join(home, `result${originMs}`)];
    await planAudit({ output: plan, from: folder, origin: origin.url, places, client });
    const { end } = await runAudit({ plan, output, client, rate: 100_000, patience: 0.1 });

    expect(foundIn(output), `origin ${originMs}`).toEqual([
      `missing right ${old}`,
      `missing wrong ${old}`,
      `lag right ${young}`,
      `lag wrong ${young}`,
    ]);
    for (const { behindSeconds } of end.places) expect(Math.abs((behindSeconds ?? 0) - 7200)).toBeLessThan(3600);
  }
});

function foundIn(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => (line.startsWith('{"finding"') ? [keyOf(JSON.parse(line) as Finding)] : []));
}
