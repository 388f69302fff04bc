/** Verdicts remembered per file, so that a warm start costs one `stat` a file instead of hashing it again. */
import { join } from 'node:path';

import { crc32 } from '../../base/disk/crc32.js';
import { packHex, type Packing, SharedValues, unpackHex } from '../../base/disk/packing.js';
import { createRecordLog, type RecordLog } from '../../base/disk/record-log.js';
import type { LocalFile } from '../../base/disk/stat-file.js';
import { type Level, levels } from '../../proof/level.js';
import { formatProof, parseProof, type Proof } from '../../proof/proof.js';
import { type SignatureStatus, signatureStatuses } from '../../proof/signature-verdict.js';

/** The verdict of verification on a file. */
export interface CachedVerdict {
  /** Lower-case hex. */
  readonly sha256: string;
  /** Lower-case hex, or null if it was not computed. */
  readonly sha1: string | null;
  readonly level: Level;
  /** Strongest first. */
  readonly proofs: readonly Proof[];
  /** Identifies policy, keyrings and trust model: another policy must not use this verdict. */
  readonly policyDigest: string;
  /** Id of the repository, or null if another tool placed the file. */
  readonly repository: string | null;
  /** Base URL (display form) of the mirror that served it, or null. */
  readonly mirror: string | null;
  /** The verdict on its signature; undefined if signatures were not checked. */
  readonly signature?: CachedSignature | undefined;
}

/** A verdict on a signature, as far as results show it. */
export interface CachedSignature {
  readonly status: SignatureStatus;
  readonly fingerprint: string | null;
  /**
   * Fingerprint of the key that made it, which may be a subkey; if the key is unknown, the fingerprint or key ID that the
   * signature names. Upper-case hex; null if it names none.
   */
  readonly signingKey: string | null;
  /** As it is written, NOT escaped; null if the key is unknown or has none. */
  readonly userId: string | null;
  /** ISO 8601; null without a signature. */
  readonly signedAt: string | null;
  /** For a person; escaped. */
  readonly sentence: string;
}

/** One line of the cache. */
interface Entry extends Omit<CachedVerdict, 'proofs'> {
  /** As `formatProof` writes them: parsed only for the files that are looked up. */
  readonly proofs: readonly string[];
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly inode: number;
}

/** The part that many files share. */
type SharedPart = Pick<Entry, 'level' | 'proofs' | 'policyDigest' | 'repository' | 'mirror'>;

/** Numbers and digests of a file, a number for what many files share, and its signature. */
class EntryPacking implements Packing<Line> {
  readonly #shared = new SharedValues<SharedPart>();

  pack(entry: Line): string {
    if (entry === gone) return '';
    const { size, mtimeMs, ctimeMs, inode, sha256, sha1, signature, level, proofs, policyDigest, repository, mirror } = entry;
    const part = { level, proofs, policyDigest, repository, mirror };
    const shared = this.#shared.numberOf(JSON.stringify(part), part);
    const rest = packHex(sha256) + packHex(sha1) + (signature === undefined ? '' : JSON.stringify(signature));
    return [size, mtimeMs, ctimeMs, inode, shared, sha1 === null ? 0 : 20, rest].join(' ');
  }

  unpack(text: string): Line {
    if (text === '') return gone;
    const numbers = text.split(' ', 6);
    const [size = 0, mtimeMs = 0, ctimeMs = 0, inode = 0, shared = 0, sha1Bytes = 0] = numbers.map(Number);
    const rest = text.slice(numbers.join(' ').length + 1);
    const sha256 = unpackHex(rest.slice(0, 32)) ?? '';
    const sha1 = unpackHex(rest.slice(32, 32 + sha1Bytes));
    const signature = rest.length === 32 + sha1Bytes ? null : parseSignature(JSON.parse(rest.slice(32 + sha1Bytes)));
    const entry = { size, mtimeMs, ctimeMs, inode, sha256, sha1, ...this.#shared.valueOf(shared) };
    return signature === null ? entry : { ...entry, signature };
  }
}

const gone = 'gone';
type Line = Entry | typeof gone;

export interface VerificationCache {
  /** Returns the verdict if the file has the same size, times and inode, and the policy is the same. An unreadable cache counts as empty. */
  lookup(file: LocalFile, policyDigest: string): CachedVerdict | null;
  /** Remembers a verdict. `file` must be described as it was when its bytes were digested. Throws `ERR_LOCAL_REPOSITORY`. */
  record(file: LocalFile, verdict: CachedVerdict, signal?: AbortSignal): Promise<void>;
}

/** The cache of a process that runs for long, and removes files itself. */
export interface LongLivedVerificationCache extends VerificationCache {
  /** Forgets the verdicts of this process on a file that was removed. Never fails: a verdict that stays only takes room. */
  forget(file: string): void;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 4096;
/** A policy that names many signers is long. */
const isDigest = (value: unknown): value is string => typeof value === 'string' && value.length <= 65_536;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isHex = (value: unknown, length: number): value is string =>
  typeof value === 'string' && value.length === length && /^[0-9a-f]+$/.test(value);

/** Finds a level by its name; null for anything else. */
export function parseLevel(value: unknown): Level | null {
  return levels.find((level) => level === value) ?? null;
}

/** A line may also say that a file is gone. */
function parseLine(value: unknown): Line | null {
  return value === gone ? gone : parseEntry(value);
}

function parseEntry(value: unknown): Entry | null {
  if (typeof value !== 'object' || value === null) return null;
  const fields: Partial<Record<keyof Entry, unknown>> = value;
  const level = parseLevel(fields.level);
  const { size, mtimeMs, ctimeMs, inode, sha256, sha1, policyDigest, repository, mirror, proofs } = fields;
  if (level === null || !isNumber(size) || !isNumber(mtimeMs) || !isNumber(ctimeMs) || !isNumber(inode)) return null;
  if (!isHex(sha256, 64) || !(sha1 === null || isHex(sha1, 40)) || !isDigest(policyDigest)) return null;
  if (!(repository === null || isText(repository)) || !(mirror === null || isText(mirror))) return null;
  if (!Array.isArray(proofs) || !proofs.every(isText)) return null;
  const entry = { size, mtimeMs, ctimeMs, inode, sha256, sha1, level, proofs, policyDigest, repository, mirror };
  if (fields.signature === undefined) return entry;
  const signature = parseSignature(fields.signature);
  return signature === null ? null : { ...entry, signature };
}

function parseSignature(value: unknown): CachedSignature | null {
  if (typeof value !== 'object' || value === null) return null;
  const { status, fingerprint, signingKey, userId, signedAt, sentence }: Partial<Record<keyof CachedSignature, unknown>> = value;
  const known = signatureStatuses.find((one) => one === status);
  if (known === undefined || !(fingerprint === null || isText(fingerprint)) || !isText(sentence)) return null;
  if (!(signingKey === null || isText(signingKey))) return null;
  if (!(userId === null || isText(userId)) || !(signedAt === null || isText(signedAt))) return null;
  return { status: known, fingerprint, signingKey, userId, signedAt, sentence };
}

/**
 * Makes a short name for a root. Two roots with the same name would merely share a file, as entries are kept by absolute
 * path. So it need not be a hash of node:crypto, which takes long to load.
 */
function nameOf(root: string): string {
  return [root, `${root}/`].map((text) => crc32(text).toString(16).padStart(8, '0')).join('');
}

/** Opens the cache of one local repository. `folder`: the user's cache folder; `root`: the local repository. */
export function createVerificationCache(folder: string, root: string): VerificationCache {
  return new FileVerificationCache(fileOf(folder, root));
}

/** Does as {@link createVerificationCache}, and keeps what it knows in little memory. */
export function createLongLivedVerificationCache(folder: string, root: string): LongLivedVerificationCache {
  return new FileVerificationCache(fileOf(folder, root), new EntryPacking());
}

/** One file per local repository, so that none grows with the others. */
function fileOf(folder: string, root: string): string {
  return join(folder, `verified-${nameOf(root)}.jsonl`);
}

class FileVerificationCache implements LongLivedVerificationCache {
  readonly #log: RecordLog<Line>;
  /** Short names of policies. A file may be looked up under several in turn: each keeps its own verdict. */
  readonly #shortNames = new Map<string, string>();

  constructor(file: string, packing?: Packing<Line>) {
    this.#log = createRecordLog<Line>({
      file,
      parse: parseLine,
      isRemoval: (line) => line === gone,
      packing,
      maxEntries: 100_000,
      maxBytes: 128 * 1024 * 1024,
      whenTooLarge: 'discard',
    });
  }

  lookup(file: LocalFile, policyDigest: string): CachedVerdict | null {
    try {
      const known = this.#find(file, policyDigest);
      if (known !== null) return known;
      // Another process may have recorded it since. It costs one look at the log, while hashing the file again costs a thousand.
      this.#log.refresh();
      return this.#find(file, policyDigest);
    } catch {
      return null;
    }
  }

  #find(file: LocalFile, policyDigest: string): CachedVerdict | null {
    const entry = this.#log.peek(this.#keyOf(file.file, policyDigest));
    if (entry === null || entry === gone || entry.policyDigest !== policyDigest) return null;
    const same = entry.size === file.size && entry.mtimeMs === file.mtimeMs && entry.ctimeMs === file.ctimeMs && entry.inode === file.inode;
    const proofs = entry.proofs.map(parseProof).filter((proof) => proof !== null);
    return same && proofs.length === entry.proofs.length ? { ...entry, proofs } : null;
  }

  async record(file: LocalFile, verdict: CachedVerdict, signal?: AbortSignal): Promise<void> {
    const { size, mtimeMs, ctimeMs, inode } = file;
    const { sha256, sha1, level, proofs, policyDigest, repository, mirror, signature } = verdict;
    const entry: Entry = {
      size,
      mtimeMs,
      ctimeMs,
      inode,
      sha256,
      sha1,
      level,
      proofs: proofs.map(formatProof),
      policyDigest,
      repository,
      mirror,
      signature,
    };
    return this.#log.set(this.#keyOf(file.file, policyDigest), entry, signal);
  }

  forget(file: string): void {
    try {
      for (const short of this.#shortNames.values()) {
        const key = `${short} ${file}`;
        if (this.#log.peek(key) !== null) this.#log.set(key, gone).catch(() => undefined);
      }
    } catch {
      // An unreadable cache remembers nothing.
    }
  }

  #keyOf(file: string, policyDigest: string): string {
    let short = this.#shortNames.get(policyDigest);
    if (short === undefined) this.#shortNames.set(policyDigest, (short = crc32(policyDigest).toString(16)));
    return `${short} ${file}`;
  }
}
