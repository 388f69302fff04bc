/** Mirrors whose every change is noticed: a folder and a bucket. */
import { type FSWatcher, mkdirSync, readFileSync, watch } from 'node:fs';
import { join } from 'node:path';

import { readServed, type Tree } from '../../mirror/repository-tree.js';
import { type S3Server, startS3Server, testKeyEnvironment } from '../../support/s3/s3-server.js';

/** Called after a change, with the key of the file if it is known. */
export type OnChange = (key: string | null) => void;

export interface WatchedMirror {
  readonly kind: 'folder' | 'bucket';
  /** The value of `--to`. */
  readonly address: string;
  readonly environment: Readonly<Record<string, string>>;
  onChange: OnChange;
  /** Returns the files that readers find, without the mirror's own accounts. */
  served(): Tree;
  close(): Promise<void>;
}

/** A folder. It changes with each line of the journal, which is written before and after each file. */
export class WatchedFolder implements WatchedMirror {
  readonly kind = 'folder';
  readonly address: string;
  readonly environment = {};
  onChange: OnChange = () => undefined;
  readonly #watcher: FSWatcher;

  constructor(folder: string) {
    this.address = folder;
    const state = join(folder, '.clojars-mirror');
    mkdirSync(state, { recursive: true });
    this.#watcher = watch(state, (_, name) => {
      if (name === 'journal') this.onChange(null);
    });
  }

  served(): Tree {
    return readServed(this.address);
  }

  close(): Promise<void> {
    this.#watcher.close();
    return Promise.resolve();
  }
}

const prefix = 'p/';

export class WatchedBucket implements WatchedMirror {
  readonly kind = 'bucket';
  readonly address: string;
  readonly environment = { ...testKeyEnvironment, AWS_EC2_METADATA_DISABLED: 'true' };
  onChange: OnChange = () => undefined;
  readonly #server: S3Server;

  private constructor(server: S3Server) {
    this.#server = server;
    this.address = server.url(prefix.slice(0, -1));
  }

  static async start(): Promise<WatchedBucket> {
    const server: S3Server = await startS3Server({
      onChange: (key) => {
        const path = key.slice(prefix.length);
        if (isServed(path)) bucket.onChange(path);
      },
    });
    const bucket = new WatchedBucket(server);
    return bucket;
  }

  served(): Tree {
    // The server remembers every request.
    this.#server.requests.length = 0;
    const tree: Tree = new Map();
    for (const [key, { body }] of this.#server.objects) {
      const path = key.slice(prefix.length);
      if (isServed(path)) tree.set(path, body);
    }
    return tree;
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

const isServed = (path: string): boolean => !path.startsWith('.') && path !== 'lastsync';

/** Lets a process stand still, so that what it wrote can be read as it is at one moment. */
export function atStandstill(pid: number, work: () => void): void {
  process.kill(pid, 'SIGSTOP');
  let state = stateOf(pid);
  while (state !== 'T' && state !== 'Z' && state !== '') state = stateOf(pid);
  work();
  process.kill(pid, 'SIGCONT');
}

function stateOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0] ?? '';
  } catch {
    return '';
  }
}
