/**
 * Damages a tenth of the files of a large mirror, a folder or a bucket, in every way that a disk or an operator does, and has a sync with `rescan` and `verify`
 * mend it. The sync must publish exactly the damaged files, leave the others alone, and end in the files of the source.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { syncMirror } from '../../../src/app/mirror/sync/sync-mirror.js';
import type { SyncMirrorOptions } from '../../../src/app/mirror/sync/sync-options.js';
import { deploySnapshot, readServed, release, sortedTree, type Tree, writeMetadata, writeTree } from '../../mirror/repository-tree.js';
import { type Chance, createChance } from '../../support/chance.js';
import { createTemporaryFolder } from '../../support/folder.js';
import { startS3Server, testKeyEnvironment } from '../../support/s3/s3-server.js';

export interface DamageOptions {
  /** Files of the source, about so many. A bucket holds a tenth of them. */
  readonly files: number;
  readonly seed: number;
}

export interface DamageResult {
  readonly files: number;
  readonly detail: string;
  readonly violations: readonly string[];
}

/** Damage to a file. A file that is `changed` keeps its size, and its time if it lies in a folder: only its bytes show it. */
const kinds = ['lost', 'emptied', 'cut', 'grown', 'changed'] as const;
type Kind = (typeof kinds)[number];

const damagedShare = 0.1;
const versionsOfArtifact = 10;
const bucketShare = 0.1;

interface Target {
  /** The value of `--to`. */
  readonly address: string;
  damage(key: string, damaged: Buffer | null): void;
  /** Changes when the file is written or replaced. */
  identityOf(key: string): unknown;
  served(): Tree;
  close(): Promise<void>;
}

export async function mendDamage({ files, seed }: DamageOptions): Promise<DamageResult> {
  const home = await createTemporaryFolder();
  const chance = createChance(seed);
  try {
    const folder = await mendTarget(folderTarget(join(home.path, 'target')), { files, source: join(home.path, 'source'), chance });
    const few = Math.ceil(files * bucketShare);
    const bucket = await mendTarget(await bucketTarget(), { files: few, source: join(home.path, 'bucket'), chance });
    return {
      files: folder.files,
      detail: `of ${folder.files} files in a folder: ${folder.detail}; of ${bucket.files} in a bucket: ${bucket.detail}`,
      violations: [...folder.violations, ...bucket.violations.map((violation) => `bucket: ${violation}`)],
    };
  } finally {
    await home.remove();
  }
}

interface MendOptions {
  readonly files: number;
  readonly source: string;
  readonly chance: Chance;
}

async function mendTarget(target: Target, { files, source, chance }: MendOptions): Promise<DamageResult> {
  try {
    const tree = largeTree(files);
    mkdirSync(source);
    writeTree(source, tree);
    await sync(source, target);
    const damage = damageSome(target, tree, chance);
    const whole = [...tree.keys()].filter((key) => !damage.has(key));
    const before = whole.map((key) => target.identityOf(key));
    const published: string[] = [];
    const { isComplete, findings } = await sync(source, target, { rescan: true, verify: true, onPublished: (key) => published.push(key) });
    const touched = whole.find((key, index) => target.identityOf(key) !== before[index]);
    const violations = [
      ...(isComplete && findings.length === 0 ? [] : [`the sync left ${findings.length} findings: ${JSON.stringify(findings[0])}`]),
      ...(touched === undefined ? [] : [`replaced a file that was whole: ${touched}`]),
      ...publishedDifferences(published, damage),
      ...treeDifferences(target.served(), tree),
    ];
    return { files: tree.size, detail: countsOf(damage), violations };
  } finally {
    await target.close();
  }
}

function sync(from: string, to: Target, options: Partial<SyncMirrorOptions> = {}): ReturnType<typeof syncMirror> {
  return syncMirror({ from, to: to.address, client: { settings: false, stateFolder: `${from}-state` }, ...options });
}

/** Artifacts with releases, every tenth of them with a snapshot, too. */
function largeTree(files: number): Tree {
  const tree: Tree = new Map();
  for (let artifact = 0; tree.size < files; artifact += 1) {
    const own: Tree = new Map();
    const [group, name] = [`org.group${artifact % 20}`, `lib${artifact}`];
    for (let version = 0; version < versionsOfArtifact; version += 1) release(own, group, name, `1.${version}`);
    if (artifact % 10 === 0) deploySnapshot(own, group, name, '2.0', 1);
    writeMetadata(own, group, name);
    for (const [key, bytes] of own) tree.set(key, bytes);
  }
  return tree;
}

function damageSome(target: Target, tree: Tree, chance: Chance): ReadonlyMap<string, Kind> {
  const damage = new Map<string, Kind>();
  for (const [key, bytes] of tree) {
    if (!chance.happens(damagedShare)) continue;
    const kind = chance.pick(kinds);
    target.damage(key, damagedBytes(bytes, kind, chance));
    damage.set(key, kind);
  }
  return damage;
}

function damagedBytes(bytes: Buffer, kind: Kind, chance: Chance): Buffer | null {
  if (kind === 'lost') return null;
  if (kind === 'emptied') return Buffer.alloc(0);
  if (kind === 'cut') return bytes.subarray(0, chance.below(bytes.length));
  if (kind === 'grown') return Buffer.concat([bytes, bytes]);
  const changed = Buffer.from(bytes);
  const at = chance.below(changed.length);
  changed[at] = (changed[at] ?? 0) ^ (1 << chance.below(8));
  return changed;
}

function folderTarget(folder: string): Target {
  return {
    address: folder,
    damage: (key, damaged) => {
      const file = join(folder, key);
      if (damaged === null) return rmSync(file);
      const { atime, mtime } = statSync(file);
      writeFileSync(file, damaged);
      utimesSync(file, atime, mtime);
    },
    identityOf: (key) => {
      const { ino, ctimeMs } = statSync(join(folder, key));
      return `${ino} ${ctimeMs}`;
    },
    served: () => readServed(folder),
    close: () => Promise.resolve(),
  };
}

async function bucketTarget(): Promise<Target> {
  // The sync takes its keys from the environment of the process.
  Object.assign(process.env, testKeyEnvironment, { AWS_EC2_METADATA_DISABLED: 'true' });
  const server = await startS3Server();
  const objects = server.objects;
  return {
    address: server.url(),
    damage: (key, body) => {
      const object = objects.get(key);
      if (object === undefined) throw new Error(`there is no object ${key}`);
      if (body === null) objects.delete(key);
      else objects.set(key, { ...object, body, etag: createHash('md5').update(body).digest('hex') });
    },
    identityOf: (key) => objects.get(key),
    served: () => new Map([...objects].filter(([key]) => !key.startsWith('.') && key !== 'lastsync').map(([key, { body }]) => [key, body])),
    close: () => server.close(),
  };
}

function publishedDifferences(published: readonly string[], damage: ReadonlyMap<string, Kind>): readonly string[] {
  const once = new Set(published);
  const tooMany = published.find((key) => !damage.has(key));
  const missing = [...damage.keys()].find((key) => !once.has(key));
  return [
    ...(tooMany === undefined ? [] : [`published without need: ${tooMany}`]),
    ...(missing === undefined ? [] : [`not published: ${missing}, which was ${damage.get(missing) ?? ''}`]),
    ...(published.length === once.size ? [] : [`${published.length - once.size} files were published twice`]),
  ];
}

function treeDifferences(served: Tree, tree: Tree): readonly string[] {
  const [own, wanted] = [sortedTree(served), sortedTree(tree)];
  const at = wanted.findIndex(([key, text], index) => own[index]?.[0] !== key || own[index]?.[1] !== text);
  if (own.length === wanted.length && at === -1) return [];
  return [`the mirror has ${own.length} files of ${wanted.length}; the first that differs is ${wanted[at]?.[0] ?? 'a new one'}`];
}

function countsOf(damage: ReadonlyMap<string, Kind>): string {
  const all = [...damage.values()];
  return kinds.map((kind) => `${all.filter((one) => one === kind).length} ${kind}`).join(', ');
}
