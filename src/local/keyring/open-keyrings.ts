/** Opens several keyrings as one source of certificates, with the ownertrust of all. */
import { createHash } from 'node:crypto';

import { isClojarsFetchError } from '../../base/error.js';
import type { CertificateBytes, CertificateSource, Ownertrust } from '../../proof/openpgp/certificate/certificate-source.js';
import { type FileState, formatFileState, openFile, readWhole } from './file-state.js';
import { exportFromGnupg } from './gnupg-export.js';
import { parseKeyName } from './key-id.js';
import { defaultKeyStoreFolder } from './key-store-folder.js';
import { parseKeyboxHeader } from './keybox.js';
import { createKeyboxKeyring } from './keybox-keyring.js';
import { fileMaxBytes, type Keyring, limitWarnings, type Warn } from './keyring.js';
import { findDefaultPlace, findPlace, folderPlace, isNamedAsKeys, type KeyringPlace } from './keyring-places.js';
import { parseOwnertrust } from './ownertrust-text.js';
import { createPacketKeyring, type PacketFile } from './packet-keyring.js';
import { parseTrustDatabase } from './trustdb.js';

export interface KeyringOptions {
  /**
   * GnuPG homes, keyboxes, files of keys or folders of them; absolute, or relative to the working folder. Default: our
   * own key store, then GnuPG's home (`GNUPGHOME`, else `~/.gnupg`) if it exists.
   */
  readonly keyrings?: readonly string[] | undefined;
  /** Folder of our own key store, used only without `keyrings`. Default: `keys` in the user's configuration folder. */
  readonly keyStoreFolder?: string | undefined;
  /** Files as `gpg --export-ownertrust` writes them; they take precedence over the files next to the keyrings. */
  readonly ownertrustFiles?: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  /** Default: this machine's. */
  readonly platform?: NodeJS.Platform | undefined;
  /** Receives each damaged or unusable part once. Escaped. */
  readonly warn?: Warn | undefined;
}

/**
 * Looks at the files (a few stats) but reads no keys before the first look-up.
 *
 * The first source that has an ownertrust for a key decides: `ownertrustFiles`, then the keyrings in order; in a GnuPG
 * home `trustdb.gpg`, and `ownertrust.txt` only if that cannot be read.
 *
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `unreadable`, if a named path is missing
 */
export async function openKeyrings(options: KeyringOptions): Promise<CertificateSource> {
  const platform = options.platform ?? process.platform;
  const warn = limitWarnings(options.warn);
  const surroundings = { env: options.env, homeFolder: options.homeFolder, platform };
  const places =
    options.keyrings === undefined
      ? [
          await folderPlace(options.keyStoreFolder ?? defaultKeyStoreFolder(options.env, platform, options.homeFolder)),
          await findDefaultPlace(surroundings),
        ].filter((place) => place !== null)
      : await Promise.all(options.keyrings.map(findPlace));
  const extra = await Promise.all((options.ownertrustFiles ?? []).map(findPlace));
  const rings = places.map((place) => createKeyring(place, { ...surroundings, warn }));
  return new MergedKeyrings(places, extra, rings, warn);
}

/** Several keyrings as one source. */
class MergedKeyrings implements CertificateSource {
  readonly identity: string;
  readonly #places: readonly KeyringPlace[];
  readonly #ownertrustFiles: readonly FileState[];
  readonly #rings: readonly Keyring[];
  readonly #warn: Warn;
  #ownertrust: Promise<ReadonlyMap<string, Ownertrust>> | null = null;

  constructor(places: readonly KeyringPlace[], ownertrustPlaces: readonly KeyringPlace[], rings: readonly Keyring[], warn: Warn) {
    this.identity = identityOf([...places, ...ownertrustPlaces]);
    this.#places = places;
    this.#ownertrustFiles = ownertrustPlaces.flatMap(({ files }) => files);
    this.#rings = rings;
    this.#warn = warn;
  }

  async find(id: string): Promise<readonly CertificateBytes[]> {
    const name = parseKeyName(id);
    return name === null ? [] : findInAll(this.#rings, name);
  }

  async *all(): AsyncGenerator<CertificateBytes> {
    for (const ring of this.#rings) yield* ring.all();
  }

  ownertrust(): Promise<ReadonlyMap<string, Ownertrust>> {
    return (this.#ownertrust ??= readOwnertrust(this.#ownertrustFiles, this.#places, this.#warn));
  }
}

async function findInAll(rings: readonly Keyring[], name: string): Promise<readonly CertificateBytes[]> {
  const found: CertificateBytes[] = [];
  for (const ring of rings) found.push(...(await ring.find(name)));
  return found;
}

function identityOf(places: readonly KeyringPlace[]): string {
  const lines = places.flatMap(({ form, path, files, trustDatabase, ownertrustText }) => [
    `${form} ${JSON.stringify(path)}`,
    ...[...files, trustDatabase, ownertrustText].map((state) => (state === null ? '-' : formatFileState(state))),
  ]);
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

function createKeyring(
  place: KeyringPlace,
  { env, platform, warn }: { readonly env: KeyringOptions['env']; readonly platform: NodeJS.Platform; readonly warn: Warn },
): Keyring {
  const { form, path } = place;
  if (form !== 'database') return new FilesKeyring(place, warn);
  return createPacketKeyring(
    async () => [{ bytes: await exportFromGnupg({ folder: path, env, platform }), source: `${path} (by gpg --export)` }],
    warn,
  );
}

/**
 * The files of one place, opened with the first look-up. Keyboxes stay on the disk; all other files make one keyring, in the
 * order of their names.
 */
class FilesKeyring implements Keyring {
  readonly #place: KeyringPlace;
  readonly #warn: Warn;
  #parts: readonly Keyring[] | null = null;

  constructor(place: KeyringPlace, warn: Warn) {
    this.#place = place;
    this.#warn = warn;
  }

  async find(name: string): Promise<readonly CertificateBytes[]> {
    return findInAll(this.#open(), name);
  }

  async *all(): AsyncGenerator<CertificateBytes> {
    for (const part of this.#open()) yield* part.all();
  }

  #open(): readonly Keyring[] {
    return (this.#parts ??= this.#openFiles());
  }

  #openFiles(): readonly Keyring[] {
    const keyboxes = this.#place.files.filter(isKeybox);
    const others = this.#place.files.filter((state) => !keyboxes.includes(state));
    const parts = keyboxes.map(({ file }) => createKeyboxKeyring(file, this.#warn));
    if (others.length === 0) return parts;
    return [createPacketKeyring(async () => others.map(({ file }) => this.#readFile(file)), this.#warn), ...parts];
  }

  #readFile(file: string): PacketFile {
    return {
      bytes: readWhole(file, fileMaxBytes),
      source: file,
      // A folder may contain anything; only a file named like keys is worth a warning if it has none.
      quiet: this.#place.form === 'folder' && !isNamedAsKeys(file),
    };
  }
}

function isKeybox({ file }: FileState): boolean {
  const opened = openFile(file, Number.MAX_SAFE_INTEGER);
  try {
    return parseKeyboxHeader(opened.read(0, 32)) !== null;
  } finally {
    opened.close();
  }
}

/** Merges all sources; the first that has a key decides. */
async function readOwnertrust(
  extra: readonly FileState[],
  places: readonly KeyringPlace[],
  warn: Warn,
): Promise<ReadonlyMap<string, Ownertrust>> {
  const texts = 16 * 1024 * 1024;
  const readText = ({ file }: FileState): ReadonlyMap<string, Ownertrust> => parseOwnertrust(readWhole(file, texts).toString('utf8'), file);
  const maps = extra.map(readText);
  for (const { trustDatabase, ownertrustText } of places) {
    if (trustDatabase !== null) {
      try {
        const { ownertrust, warnings } = parseTrustDatabase(readWhole(trustDatabase.file, texts), trustDatabase.file);
        for (const warning of warnings) warn(warning);
        maps.push(ownertrust);
        continue;
      } catch (error) {
        if (ownertrustText === null || !isClojarsFetchError(error)) throw error;
        warn(`${error.message}; ${ownertrustText.file} is read instead`);
      }
    }
    if (ownertrustText !== null) maps.push(readText(ownertrustText));
  }
  const merged = new Map<string, Ownertrust>();
  for (const map of maps) {
    for (const [fingerprint, trust] of map) {
      if (!merged.has(fingerprint)) merged.set(fingerprint, trust);
    }
  }
  return merged;
}
