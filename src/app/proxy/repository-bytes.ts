/** Metadata and documents of the repositories, as the proxy serves them. */
import { readRegularFile } from '../../base/disk/regular-file.js';
import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import type { Repository } from '../../network/mirrors/repository.js';
import { metadataMaxBytes } from '../../network/transport/contract/limits.js';
import { type Servable, servableBytes } from './content.js';
import type { DocumentStore, StoredDocument } from './files/document-store.js';
import { JointOutage } from './files/joint-outage.js';
import { type Patience, withPatience } from './files/patience.js';
import type { RepositoryAccess } from './files/repository-access.js';
import type { Throttle } from './files/throttle.js';
import { accessVia } from './files/via.js';
import { contentTypeOf } from './http/content-type.js';
import type { CacheStatus } from './http/file-answer.js';
import { mergePrefixes } from './http/prefixes.js';
import { KeptDates } from './metadata/date-records.js';
import { mergedMetadata } from './metadata/merged-metadata.js';
import type { MetadataStore } from './metadata/metadata-store.js';
import { newest, ServedDates } from './metadata/served-dates.js';
import type { ServedMetadata } from './metadata/served-metadata.js';
import type { BytesSource } from './repositories-content.js';

export interface RepositoryBytesOptions {
  /** By id, in the order of the repositories. */
  readonly accesses: ReadonlyMap<string, RepositoryAccess>;
  readonly metadata: MetadataStore;
  readonly documents: DocumentStore;
  /** Where the dates of what was served are kept: outside of the trees that are served. */
  readonly datesFile: string;
  /** The signal ends all requests. */
  readonly patience: Patience;
  readonly throttle: Pick<Throttle, 'isOn'>;
  readonly now: () => number;
}

const prefixesPath = '.meta/prefixes.txt';
/** Stands for all repositories: the id of one is not empty. */
const all = '';

export class RepositoryBytes implements BytesSource {
  readonly #options: RepositoryBytesOptions;
  readonly #keptDates: KeptDates;
  readonly #dates: ServedDates;

  constructor(options: RepositoryBytesOptions) {
    this.#options = options;
    this.#keptDates = new KeptDates(options.datesFile);
    this.#dates = new ServedDates(this.#keptDates);
  }

  /** Waits until the dates of what was served are on the disk. */
  close(): Promise<void> {
    return this.#keptDates.close();
  }

  async metadata(repository: Repository, path: string, via?: string): Promise<Servable> {
    const { metadata, patience } = this.#options;
    // The context outlives the try: others may wait for the same answer.
    const { outage, ...access } = this.#access(repository, via);
    const context = access.context(patience.signal);
    const served = await withPatience((signal) => metadata.get(context, repository, path, { signal }), { ...patience, outage });
    if (served.status === 'miss') outage.served(repository, served.mirror);
    return this.#dated(repository.id, path, describeMetadata(path, served));
  }

  async mergedMetadata(path: string, via?: string): Promise<Servable> {
    const { accesses, patience } = this.#options;
    const members = [...accesses.values()].map((access) => accessVia(access, via));
    const outage = new JointOutage(patience);
    const merged = await withPatience((signal) => this.#merged(path, members, outage, signal), { ...patience, outage });
    return this.#dated(all, path, describeMetadata(path, merged));
  }

  /**
   * The metadata of all repositories as one file; null if none has it. Asks once, and none whose mirror wants fewer requests. Throws as
   * `MetadataStore.merged`.
   */
  async readMetadata(path: string): Promise<Uint8Array | null> {
    const { accesses, patience, throttle } = this.#options;
    const members = [...accesses.values()].filter(({ repository }) => !throttle.isOn(repository.id));
    if (members.length === 0) return null;
    try {
      return (await this.#merged(path, members, new JointOutage(patience), patience.signal)).bytes;
    } catch (error) {
      if (isClojarsFetchError(error) && error.code === 'ERR_NOT_FOUND') return null;
      throw error;
    }
  }

  /** Every repository has its own outage, which its files know of as well. */
  #merged(path: string, accesses: readonly RepositoryAccess[], joint: JointOutage, signal: AbortSignal): Promise<ServedMetadata> {
    const { metadata, patience } = this.#options;
    const members = accesses.map((access) => ({ access, context: access.context(patience.signal), repository: access.repository }));
    return mergedMetadata(members, path, async ({ access: { outage }, context, repository }, isNeeded) => {
      const served = await joint.ask(outage, (own) => metadata.get(context, repository, path, { signal: own, isNeeded }), signal);
      if (served.status === 'miss') outage.served(repository, served.mirror);
      return served;
    });
  }

  async document(repository: Repository, path: string, via?: string): Promise<Servable> {
    const document = await this.#options.documents.get(this.#access(repository, via), path);
    return this.#dated(repository.id, path, describeDocument(path, document));
  }

  /** Only the prefixes of all repositories can be merged; the other documents are about one repository each. */
  async mergedDocument(path: string, via?: string): Promise<Servable> {
    if (path !== prefixesPath)
      throw absent(path, `Ask one of the repositories for it, such as /${[...this.#options.accesses.keys()][0] ?? ''}/${path}.`);
    const members = await Promise.all([...this.#options.accesses.values()].map((access) => this.#prefixes(accessVia(access, via))));
    const merged = mergePrefixes(members.map((member) => member && readRegularFile(member.document.file, metadataMaxBytes)));
    if (merged === null) throw absent(path, 'Not every repository has one.');
    const ageMs = Math.max(...members.map((member) => member?.ageMs ?? 0));
    const lastModifiedMs = newest(members.map((member) => member?.document.lastModifiedMs ?? null));
    return this.#dated(all, path, servableBytes(merged, { path, lastModifiedMs, cacheStatus: leastFresh(members), ageMs }));
  }

  async #prefixes(access: RepositoryAccess): Promise<StoredDocument | null> {
    try {
      return await this.#options.documents.get(access, prefixesPath);
    } catch (error) {
      if (isClojarsFetchError(error) && error.code === 'ERR_NOT_FOUND') return null;
      throw error;
    }
  }

  #dated(repository: string, path: string, servable: Servable): Servable {
    const { representation } = servable;
    const { digests, lastModifiedMs: toldMs } = representation;
    const file = { sha256: digests.sha256, lastModifiedMs: toldMs };
    const lastModifiedMs = this.#dates.dateOf(`${repository}/${path}`, file, this.#options.now());
    return { ...servable, representation: { ...representation, lastModifiedMs } };
  }

  #access({ id }: Repository, via?: string): RepositoryAccess {
    const access = this.#options.accesses.get(id);
    if (access === undefined) throw new TypeError(`no repository ${id}`);
    return accessVia(access, via);
  }
}

/** One stale or new member makes the whole so. */
function leastFresh(members: readonly (StoredDocument | null)[]): CacheStatus {
  for (const kind of ['stale', 'miss', 'confirmed'] as const) {
    const member = members.find((one) => one?.status === kind);
    if (member != null) return { kind, mirror: member.document.mirror };
  }
  return { kind: 'hit' };
}

function describeMetadata(path: string, { bytes, lastModifiedMs, ageMs, status, mirror }: ServedMetadata): Servable {
  return servableBytes(bytes, { path, lastModifiedMs, ageMs, cacheStatus: status === 'hit' ? { kind: 'hit' } : { kind: status, mirror } });
}

function describeDocument(path: string, { document, ageMs, status }: StoredDocument): Servable {
  const { file, size, modifiedMs, lastModifiedMs, sha256, sha1, md5, mirror } = document;
  return {
    representation: {
      size,
      lastModifiedMs,
      contentType: contentTypeOf(path),
      digests: { sha256, sha1, md5 },
      lifetime: 'revalidate',
      cacheStatus: status === 'hit' ? { kind: 'hit' } : { kind: status, mirror },
      ageSeconds: ageMs / 1000,
    },
    body: { kind: 'file', file, size, modifiedMs },
    level: null,
  };
}

function absent(path: string, hint: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_NOT_FOUND', {
    reason: 'absent',
    message: `${path} does not exist for all repositories together`,
    hint,
  });
}
