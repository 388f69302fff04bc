/**
 * Syncs that are killed without notice (`kill -9`) again and again while they copy everything, follow the release feed and delete, into a
 * folder and into a bucket. A reader looks at the mirror meanwhile, and the sync that is not killed any more must end in the files of the
 * source, and in those of a mirror that was never disturbed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { classifyKey } from '../../../src/maven/repository-index/classify-key.js';
import { faultsIn } from '../../mirror/reader.js';
import { sortedTree, type Tree } from '../../mirror/repository-tree.js';
import { type Chance, createChance } from '../../support/chance.js';
import { createTemporaryFolder } from '../../support/folder.js';
import { cliPath, isolatedEnvironment } from '../../support/processes.js';
import { ChangingSite } from './changing-site.js';
import { atStandstill, WatchedBucket, WatchedFolder, type WatchedMirror } from './watched-mirror.js';

export interface MirrorKillOptions {
  readonly kills: number;
  readonly seed: number;
  readonly endMs: number;
  /** Whether a second mirror is kept that is never disturbed. Without it, the mirror is only compared with its source. */
  readonly hasTwin: boolean;
  readonly onProgress: (line: string) => void;
}

export interface MirrorKillResult {
  readonly done: number;
  readonly detail: string;
  readonly violations: readonly string[];
}

type RoundKind = 'full' | 'increment' | 'deletion';

/** A kill comes after at most so many changes: a sync makes several times as many. */
const mostChanges = 16;
/** Share of the moments at which a folder is looked at; a bucket is looked at after each change. */
const looks = 0.1;

/** A mirror that syncs are killed of, and its share of the kills. */
interface LaneKind {
  readonly target: WatchedMirror['kind'];
  /** Whether it is one of a part of the source, compared with another origin. */
  readonly isPart: boolean;
  readonly share: number;
}

const laneKinds: readonly LaneKind[] = [
  { target: 'folder', isPart: false, share: 0.4 },
  { target: 'bucket', isPart: false, share: 0.4 },
  { target: 'folder', isPart: true, share: 0.2 },
];

/** Syncs into a folder, into a bucket, and of a part of the source with two origins are killed at the same time. */
export async function killSyncs({ kills, seed, endMs, hasTwin, onProgress }: MirrorKillOptions): Promise<MirrorKillResult> {
  const home = await createTemporaryFolder();
  let told = 0;
  const onKill = (): void => {
    told += 1;
    if (told % 100 === 0) onProgress(`  ${told} syncs killed`);
  };
  try {
    const lanes = await Promise.all(
      laneKinds.map(async (kind, index) => {
        const lane = await Lane.start(kind, { home: join(home.path, String(index)), chance: createChance(seed + index), hasTwin });
        try {
          return await lane.run({ kills: Math.round(kills * kind.share), endMs, onKill });
        } finally {
          await lane.close();
        }
      }),
    );
    const sum = (count: (one: LaneCounts) => number): number => lanes.reduce((total, { counts }) => total + count(counts), 0);
    const kinds = (['full', 'increment', 'deletion'] as const).map((kind) => `${sum((counts) => counts[kind])} of ${kind} syncs`);
    return {
      done: sum((counts) => counts.full + counts.increment + counts.deletion),
      detail: `${kinds.join(', ')}; a reader looked ${sum((counts) => counts.looks)} times`,
      violations: lanes.flatMap(({ violations }) => violations),
    };
  } finally {
    await home.remove();
  }
}

type LaneCounts = Record<RoundKind | 'looks', number>;

interface LaneOptions {
  readonly home: string;
  readonly chance: Chance;
  readonly hasTwin: boolean;
}

/** A mirror that is disturbed, and perhaps one that is not, of one site. */
class Lane {
  readonly #source: ChangingSite;
  readonly #mirror: WatchedMirror;
  readonly #twin: WatchedMirror | null;
  readonly #isPart: boolean;
  readonly #home: string;
  readonly #chance: Chance;
  readonly #counts: LaneCounts = { full: 0, increment: 0, deletion: 0, looks: 0 };
  readonly #violations: string[] = [];
  /** The source before its last change, and now. */
  #rights: readonly Tree[] = [];
  #killsLeft = 0;
  #onKill: () => void = () => undefined;

  private constructor(
    source: ChangingSite,
    mirror: WatchedMirror,
    twin: WatchedMirror | null,
    { home, chance, isPart }: LaneOptions & LaneKind,
  ) {
    this.#isPart = isPart;
    this.#source = source;
    this.#mirror = mirror;
    this.#twin = twin;
    this.#home = home;
    this.#chance = chance;
  }

  static async start(kind: LaneKind, options: LaneOptions): Promise<Lane> {
    const open = (name: string): Promise<WatchedMirror> | WatchedMirror =>
      kind.target === 'folder' ? new WatchedFolder(join(options.home, name)) : WatchedBucket.start();
    return new Lane(await ChangingSite.start(), await open('mirror'), options.hasTwin ? await open('twin') : null, { ...kind, ...options });
  }

  async run({ kills, endMs, onKill }: { readonly kills: number; readonly endMs: number; readonly onKill: () => void }): Promise<{
    readonly counts: LaneCounts;
    readonly violations: readonly string[];
  }> {
    this.#killsLeft = kills;
    this.#onKill = onKill;
    const isGoingOn = (): boolean => this.#killsLeft > 0 && this.#violations.length === 0 && performance.now() < endMs;
    while (isGoingOn()) {
      await this.#round('full', () => this.#source.grow());
      this.#compare('its source', this.#expected);
      if (isGoingOn()) await this.#round('increment', () => this.#source.release(), ['--increment']);
      this.#compare('its source', this.#expected);
      if (!isGoingOn()) break;
      await this.#round('full', () => this.#source.shrink());
      this.#source.passDay();
      await this.#round('deletion', () => undefined, ['--delete', '--max-delete', '100']);
      this.#compare('its source', this.#expected);
    }
    return { counts: this.#counts, violations: this.#violations };
  }

  get #expected(): Tree {
    return this.#isPart ? this.#source.part : this.#source.tree;
  }

  async close(): Promise<void> {
    await this.#mirror.close();
    await this.#twin?.close();
    await this.#source.close();
  }

  /** Changes the source, and kills syncs until one of them ends. */
  async #round(kind: RoundKind, change: () => void, words: readonly string[] = []): Promise<void> {
    const before = this.#source.tree;
    change();
    if (this.#source.tree !== before) this.#rights = [before, this.#source.tree];
    for (let isKilled = true; isKilled && this.#violations.length === 0;) {
      isKilled = await this.#sync(this.#mirror, words, this.#killsLeft > 0);
      if (isKilled) {
        this.#counts[kind] += 1;
        this.#killsLeft -= 1;
        this.#onKill();
      }
      this.#look(null);
    }
    if (this.#twin === null) return;
    await this.#sync(this.#twin, words, false);
    this.#compare('the undisturbed one', this.#twin.served());
  }

  /** Runs the command. Returns whether it was killed. */
  async #sync(mirror: WatchedMirror, words: readonly string[], mayKill: boolean): Promise<boolean> {
    const { url, otherOrigin } = this.#source.site;
    const part = ['--group', 'org.example', '--metadata', 'rewrite', '--two-origins', '--other-origin', otherOrigin];
    const common = ['mirror', 'sync', '--from', url, '--to', mirror.address, '--crawl', '--feed', `${url}api/release-feed`];
    const child = spawn(process.execPath, [cliPath, ...common, ...(this.#isPart ? part : []), ...words, '--no-config', '--quiet'], {
      env: { ...isolatedEnvironment(join(this.#home, mirror === this.#mirror ? 'one' : 'other')), ...mirror.environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const kill = (): void => void child.kill('SIGKILL');
    // Some while they still read what there is.
    const timer = mayKill && this.#chance.happens(0.1) ? setTimeout(kill, 100 + this.#chance.below(300)) : null;
    const last = 1 + this.#chance.below(mostChanges);
    let changes = 0;
    mirror.onChange = (key) => {
      changes += 1;
      if (mayKill && changes === last) setTimeout(kill, this.#chance.below(4));
      if (mirror === this.#mirror) this.#lookWhileRunning(child.pid, key);
    };
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (timer !== null) clearTimeout(timer);
    mirror.onChange = () => undefined;
    if (code !== 0 && signal !== 'SIGKILL') this.#violations.push(`the sync ended with ${String(code ?? signal)}: ${said.slice(0, 1000)}`);
    return code === null;
  }

  #lookWhileRunning(pid: number | undefined, key: string | null): void {
    if (this.#mirror.kind === 'bucket') return this.#look(key);
    if (pid !== undefined && this.#chance.happens(looks)) atStandstill(pid, () => this.#look(key));
  }

  /** Reads as a client that sees one moment. @param key of the file that changed: only its artifact is looked at */
  #look(key: string | null): void {
    this.#counts.looks += 1;
    const served = this.#mirror.served();
    const folder = key === null ? '' : `${classifyKey(key).artifactFolder}/`;
    const part: Tree = folder === '' ? served : new Map([...served].filter(([one]) => one.startsWith(folder)));
    for (const fault of faultsIn(part, this.#rights)) this.#violations.push(`${this.#mirror.kind}: ${fault}`);
  }

  #compare(what: string, tree: Tree): void {
    const [own, other] = [sortedTree(this.#mirror.served()), sortedTree(tree)];
    const differing = own.find(([key, text], index) => key !== other[index]?.[0] || text !== other[index]?.[1]);
    if (own.length === other.length && differing === undefined) return;
    this.#violations.push(
      `${this.#mirror.kind}: ${own.length} files, and ${what} has ${other.length}; the first that differs is ${differing?.[0] ?? 'missing'}`,
    );
  }
}
