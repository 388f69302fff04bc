/** The clock of the auditor may be wrong by years: the headers Date of the origin decide. */
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
import { addTrace, clientOf, keyOf, serveTree } from './stage.js';

afterEach(() => void vi.useRealTimers());

const hourMs = 3_600_000;
const yearMs = 365 * 24 * hourMs;
const young = 'org/young/1.0/young-1.0.jar';
const old = 'org/old/1.0/old-1.0.jar';

test.each([
  ['late', -yearMs],
  ['ahead', yearMs],
])('by the clock of an auditor a year %s, nothing is younger or older than it is', async (_, offMs) => {
  const home = await temporaryFolder();
  const [tree, stale] = [new Map(), new Map()] as [Tree, Tree];
  put(tree, young, 'young');
  put(tree, old, 'old');
  put(tree, 'org/kept/1.0/kept-1.0.jar', 'kept');
  for (const [key, bytes] of tree) if (key.startsWith('org/kept')) stale.set(key, bytes);
  addTrace(stale);
  const folders = { origin: join(home, 'origin'), mirror: join(home, 'mirror') };
  writeTree(folders.origin, tree);
  writeTree(folders.mirror, stale);
  const now = Date.now();
  for (const key of tree.keys()) {
    const at = (now - (key.startsWith('org/young') ? 2 * hourMs : 48 * hourMs)) / 1000;
    utimesSync(join(folders.origin, key), at, at);
  }
  const [origin, mirror] = await Promise.all([serveTree(tree), serveTree(stale)]);
  onTestFinished(async () => void (await Promise.all([origin.close(), mirror.close()])));
  vi.useFakeTimers({ toFake: ['Date'], now: now + offMs });
  const client = clientOf(home);

  const plan = join(home, 'plan');
  await planAudit({ output: plan, from: folders.origin, origin: origin.url, places: { stale: mirror.url }, client });
  const asked = await runAudit({ plan, output: join(home, 'asked'), client, rate: 100_000, patience: 0.1 });
  const listed = await auditLists(plan, { lists: { stale: folders.mirror }, output: join(home, 'listed'), client });

  const found = (file: string): readonly string[] =>
    readFileSync(join(home, file), 'utf8')
      .split('\n')
      .flatMap((line) => (line.startsWith('{"finding"') ? [keyOf(JSON.parse(line) as Finding)] : []));
  expect(found('asked')).toEqual([`missing stale ${old}`, `lag stale ${young}`]);
  expect(found('listed')).toEqual([`missing stale ${old}`, `lag stale ${young}`]);
  for (const { header, end } of [asked, listed] satisfies AuditSummary[]) {
    for (const time of [header.from, header.until]) expect(Math.abs(Date.parse(time) - now)).toBeLessThan(hourMs);
    expect(Math.abs((end.places[0]?.behindSeconds ?? 0) - 7200)).toBeLessThan(3600);
  }
});
