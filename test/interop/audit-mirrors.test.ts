/** Audits of four mirrors behind nginx, with planted differences of each class, against canonical repositories in buckets. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import type { EndLine, Finding } from '../../src/app/audit/contract.js';
import { type Tree, writeTree } from '../mirror/repository-tree.js';
import { cliPath } from '../support/processes.js';
import { startS3Server, testKeyEnvironment } from '../support/s3/s3-server.js';
import { it, type Workbench } from '../support/workbench.js';
import { changedPath, changeRelease, healedPath, makeMirrors, mirrorNames, traceFile } from './audited-mirrors.js';
import { startNginx } from './nginx.js';
import { missingPrograms, runProgram, skipUnlessThere } from './programs.js';
import { createBucket, needSwift, startSwift, storeAt } from './swift.js';

const day = 86_400_000;
const long = Date.now() - 30 * day;
const hourAgo = Date.now() - 3_600_000;

/** A bucket with the canonical repository, and the keys to it. */
interface Canonical {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  /** Stores files that came at a time. */
  store(tree: Tree, timeMs: number): Promise<void>;
}

/** The mirrors behind nginx, and a command line to audit them. */
class Audit {
  readonly world = makeMirrors();
  readonly #bench: Workbench;
  readonly #canonical: Canonical;
  #places: Readonly<Record<string, string>> = {};

  constructor(bench: Workbench, canonical: Canonical) {
    this.#bench = bench;
    this.#canonical = canonical;
  }

  async start(): Promise<void> {
    const { origin, young, mirrors, brokenPath } = this.world;
    await this.#canonical.store(new Map([...origin].filter(([key]) => !young.has(key))), long);
    await this.#canonical.store(new Map([...origin].filter(([key]) => young.has(key))), hourAgo);
    const started = await Promise.all(
      mirrorNames.map(async (name) => {
        const root = this.file(name);
        writeTree(root, new Map([...mirrors[name], ...traceFile()]));
        const options = { isListed: true, ...(name === 'broken' ? { brokenPath: `/${brokenPath}` } : {}) };
        const server = await startNginx(this.file(`nginx-${name}`), root, options);
        this.#bench.atEnd(() => server.stop());
        return [name, server.url] as const;
      }),
    );
    this.#places = Object.fromEntries(started);
  }

  file(name: string): string {
    return join(this.#bench.folder, name);
  }

  /** The words that name the origin and mirrors. */
  of(...names: readonly string[]): readonly string[] {
    return ['--origin', this.#canonical.url, ...names.flatMap((name) => ['--place', `${name}=${this.#places[name]}`])];
  }

  /** Runs `clojars-fetch audit`, which must end with this code. */
  async run(code: number, ...words: readonly string[]): Promise<void> {
    const env = { AWS_EC2_METADATA_DISABLED: 'true', ...this.#canonical.env };
    const home = this.#bench.folder;
    const result = await runProgram(process.execPath, [cliPath, 'audit', ...words, '--no-config'], { home, cwd: home, env });
    expect(result, result.output).toMatchObject({ code });
  }

  /** Publishes another file as a release, at the origin and at all mirrors. */
  async changeRelease(): Promise<void> {
    const changed = changeRelease(this.world.origin);
    await this.#canonical.store(changed, long + day);
    for (const name of mirrorNames) writeTree(this.file(name), changed);
  }

  heal(): void {
    writeTree(this.file('liar'), new Map([...this.world.origin].filter(([key]) => key === healedPath)));
  }

  linesOf(output: string): readonly string[] {
    return readFileSync(this.file(output), 'utf8').trimEnd().split('\n');
  }

  found(output: string): readonly string[] {
    const lines = this.linesOf(output).map((line) => JSON.parse(line) as Partial<Finding>);
    return lines.flatMap(({ finding, place, path }) => (finding === undefined ? [] : [`${finding} ${place} ${path}`]));
  }

  /** The lines without what depends on the time of the run. */
  timeless(output: string): readonly unknown[] {
    const lines = this.linesOf(output);
    const end = JSON.parse(lines.at(-1) ?? '') as EndLine;
    return [...lines.slice(1, -1), { ...end, sha256: '' }];
  }
}

const asked = ['--full', '--rate', '100000'];

interface WholeAudit {
  readonly planted: ReadonlySet<string>;
  /** Exit codes of the shards. */
  readonly codes: readonly number[];
  /** Further options of the runs. */
  readonly more?: readonly string[];
}

/** Audits in one run and in shards: all that was planted is found, and nothing else. */
async function auditAll(audit: Audit, { planted, codes, more = [] }: WholeAudit): Promise<void> {
  await audit.run(0, 'plan', ...audit.of(...mirrorNames), '--seed', '1', '--output', 'plan');
  const run = ['run', '--plan', 'plan', ...asked, ...more];
  await audit.run(4, ...run, '--vantage', 'home', '--output', 'whole.jsonl');
  expect([...audit.found('whole.jsonl')].sort()).toEqual([...planted].sort());
  const parts = codes.map((_, index) => `part-${index}.jsonl`);
  await Promise.all(
    codes.map((code, index) =>
      audit.run(code, ...run, '--vantage', 'home', '--shard', `${index}/${codes.length}`, '--output', parts[index] ?? ''),
    ),
  );
  await audit.run(4, 'merge', ...parts, '--output', 'merged.jsonl');
  expect(audit.timeless('merged.jsonl')).toEqual(audit.timeless('whole.jsonl'));
}

describe('an audit of four mirrors behind nginx', () => {
  it('finds each class against a bucket of our strict server, and has the right exit codes', async ({ bench, skip }) => {
    skipUnlessThere({ skip }, missingPrograms(['nginx']));
    const server = await startS3Server();
    bench.atEnd(() => server.close());
    const canonical: Canonical = {
      url: server.url(),
      env: testKeyEnvironment,
      store: async (tree, timeMs) => {
        const other = await startS3Server({ files: tree, now: () => timeMs });
        for (const [key, object] of other.objects) server.objects.set(key, object);
        await other.close();
      },
    };
    const audit = new Audit(bench, canonical);
    await audit.start();

    await audit.run(0, ...audit.of('gappy', 'late'), ...asked, '--output', 'before.jsonl');
    await audit.run(4, ...audit.of('gappy'), ...asked, '--fail-on', 'gap,lag', '--output', 'gaps.jsonl');
    await audit.changeRelease();
    const earlier = ['--earlier', 'before.jsonl'];
    const planted = new Set([...audit.world.planted, `changed-since origin ${changedPath}`]);
    await auditAll(audit, { planted, codes: [4, 4], more: earlier });

    audit.heal();
    await audit.run(4, 'run', '--plan', 'plan', ...asked, ...earlier, '--vantage', 'office', '--output', 'office.jsonl');
    await audit.run(4, 'compare', 'whole.jsonl', 'office.jsonl', '--output', 'compared.jsonl');
    expect(audit.found('compared.jsonl').filter((key) => key.startsWith('vantage-differs'))).toEqual([
      `vantage-differs liar ${healedPath}`,
    ]);
    expect(server.requests.every(({ signedBy }) => signedBy === testKeyEnvironment.AWS_ACCESS_KEY_ID)).toBe(true);
  });

  it('finds each class against a bucket of Swift', async ({ bench, skip }) => {
    await needSwift({ skip }, ['nginx']);
    const place = await startSwift(bench);
    const { endpoint, id, secret } = place;
    await createBucket(bench, place);
    const canonical: Canonical = {
      url: `s3://bucket/?region=eu-central-1&endpoint=${encodeURIComponent(endpoint)}`,
      env: { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret },
      store: (tree, timeMs) => storeAt(place, tree, timeMs),
    };
    const audit = new Audit(bench, canonical);
    await audit.start();
    // The artifacts of the second shard are only late.
    await auditAll(audit, { planted: audit.world.planted, codes: [4, 0] });
  });
});
