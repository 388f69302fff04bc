/**
 * Every fault on the first of three mirrors, on all but the last, and on all of them: the verdict, the attempts, the requests that each
 * server saw, and what is left on the disk. The POM is already present, so one cell concerns one file: the jar, along with its checksum
 * file.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { beforeAll, describe, expect, vi } from 'vitest';

import { type Attempt, type ErrorCode, isClojarsFetchError } from '../../src/base/error.js';
import type { ClientEvent } from '../../src/base/event.js';
import { exitCodeFor } from '../../src/cli/output/exit-code.js';
import type { TestCertificates } from '../support/certificate.js';
import { type FaultRow, faultRows } from './faults.js';
import { type Cell, coordinate, createNamedCertificates, files, it, jarPath, type MirrorBench, pomPath } from './stage.js';

vi.setConfig({ maxConcurrency: 16 });

let certificates: TestCertificates;
beforeAll(async () => {
  certificates = await createNamedCertificates();
});

const jar = files.get(jarPath) ?? Buffer.alloc(0);
const folder = jarPath.slice(0, jarPath.lastIndexOf('/'));
const placed = [`${folder}/_remote.repositories`, jarPath, `${jarPath}.sha1`, pomPath].sort();
const checksumPath = /\.jar\.(sha1|sha256|sha512|md5)$/;
const exitCodes: Partial<Record<ErrorCode, number>> = { ERR_UNREACHABLE: 5, ERR_CHECKSUM: 4, ERR_NOT_FOUND: 3, ERR_LIMIT: 6 };
const roundsMax = 3;

const cells = faultRows.flatMap((row) =>
  [1, 2, 3].map((faulty) => ({ row, faulty, where: ['', 'the first', 'all but the last', 'all'][faulty] ?? '' })),
);

describe.concurrent('a fault', () => {
  it.for(cells)('$row.name on $where', async ({ row, faulty }, { bench }) => {
    const cell = await bench.openCell(row, faulty, certificates);
    if (row.outcome === 'ok') await expectSuccess(bench, cell, row, 0);
    else if (faulty < 3) await expectSuccess(bench, cell, row, faulty);
    else await expectFailure(bench, cell, row);
  });
});

/** Expects the file to come from mirror `from`, after failures of those before it as the row says. */
async function expectSuccess(bench: MirrorBench, { client, servers }: Cell, row: FaultRow, from: number): Promise<void> {
  const artifact = await client.resolveArtifact(coordinate);
  const attempts = ended(bench.events);
  const urls = servers.map(({ url }) => url);

  // On a busy machine the hedge of a slow mirror's successor may overtake it. A mirror that has answered a question is slow after a second.
  const mayBeHedged = row.slow === true || (row.asksOthers === true && attempts.some(({ ms }) => ms >= 1_000));
  if (!mayBeHedged) expect(artifact.mirror).toBe(urls[from]);
  else expect(urls.slice(from)).toContain(artifact.mirror);
  expect(artifact.sha256).toBe(createHash('sha256').update(jar).digest('hex'));
  expect((await readFile(artifact.path)).equals(jar)).toBe(true);
  expect(await bench.local()).toEqual(placed);

  for (const [index, server] of servers.entries()) {
    const mine = attempts.filter(({ mirror }) => mirror === server.url);
    const what = `mirror ${index}`;
    if (index < from) {
      expect(
        mine.map(({ outcome }) => outcome),
        what,
      ).toEqual([row.slow ? expect.toBeOneOf([row.outcome, 'aborted']) : outcomeOf(row)]);
      // One request, unless the fault is below HTTP; a hedge may be aborted before its request is written.
      expectBetween(server.count(jarPath), row.slow || row.requestsPerAttempt === 0 ? 0 : 1, row.requestsPerAttempt ?? 1, `${what}, jar`);
      expectBetween(server.count(checksumPath), 0, row.checksumRequestsMax ?? 1, `${what}, checksums`);
    } else if (index === from && !mayBeHedged) {
      // 206 if it continued the body that an earlier mirror had begun.
      const status: unknown = expect.toBeOneOf([200, 206]);
      expect(mine, what).toEqual([expect.objectContaining({ outcome: 'ok', status })]);
      expect(server.count(jarPath), what).toBe(1);
      expect(server.count(checksumPath), what).toBe(1);
    } else if (mayBeHedged) {
      expectBetween(server.count(jarPath), 0, 1, `${what}, jar`);
      expectBetween(server.count(checksumPath), 0, 1, `${what}, checksums`);
    } else {
      expect(
        mine.map(({ outcome, ms, detail }) => ({ outcome, ms, detail })),
        what,
      ).toEqual([]);
      expect(server.count(jarPath), what).toBe(0);
      expectBetween(server.count(checksumPath), 0, row.asksOthers ? 1 : 0, `${what}, checksums`);
    }
  }
}

/** Every mirror failed: code, reason, exit code, all attempts, and nothing on the disk. */
async function expectFailure(bench: MirrorBench, { client, servers }: Cell, row: FaultRow): Promise<void> {
  const error: unknown = await client.resolveArtifact(coordinate).then(
    () => 'it succeeded',
    (reason: unknown) => reason,
  );
  if (!isClojarsFetchError(error)) throw new Error('no error of ours', { cause: error });
  const code = row.code ?? 'ERR_UNREACHABLE';
  expect({ code: error.code, reason: error.reason, exit: exitCodeFor(error) }).toEqual({
    code,
    reason: row.reason ?? outcomeOf(row),
    exit: exitCodes[code],
  });
  expect(error.message).toContain('org.example:greeter');
  expect(error.hint ?? '').not.toBe('');
  expect(await bench.local()).toEqual([pomPath]);

  const rounds = row.retried ? roundsMax : 1;
  const expected = { outcome: outcomeOf(row), ...(row.status === undefined ? {} : { status: row.status }) };
  for (const [index, server] of servers.entries()) {
    const what = `mirror ${index}`;
    expect(
      error.attempts.filter(({ mirror }) => mirror === server.url),
      what,
    ).toEqual(Array.from({ length: rounds }, (): unknown => expect.objectContaining(expected)));
    const requests = rounds * (row.requestsPerAttempt ?? 1);
    expectBetween(server.count(jarPath), row.slow ? 0 : requests, requests, `${what}, jar`);
    expectBetween(server.count(checksumPath), 0, rounds * (row.checksumRequestsMax ?? 1), `${what}, checksums`);
  }
  expect(error.attempts).toHaveLength(3 * rounds);
  expect(ended(bench.events).map(({ mirror, outcome, status, ms }) => ({ mirror, outcome, status, ms }))).toEqual(
    error.attempts.map(({ mirror, outcome, status, ms }) => ({ mirror, outcome, status, ms })),
  );
}

function ended(events: readonly ClientEvent[]): readonly Attempt[] {
  return events.filter((event) => event.type === 'attempt-ended');
}

function expectBetween(value: number, least: number, most: number, what: string): void {
  expect(value, what).toBeGreaterThanOrEqual(least);
  expect(value, what).toBeLessThanOrEqual(most);
}

/** A reset may overtake the bytes before it, or look like the end of them. */
function outcomeOf({ outcome, orOutcome }: FaultRow): unknown {
  return orOutcome === undefined ? outcome : expect.toBeOneOf([outcome, orOutcome]);
}
