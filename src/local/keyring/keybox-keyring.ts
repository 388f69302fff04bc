/**
 * Opens a keybox as a keyring. Opening reads only the tables, in large pieces from front to back; a key is read when it
 * is requested. GnuPG replaces a changed keybox by renaming, so a file that has been replaced is indexed again.
 */
import type { CertificateBytes } from '../../proof/openpgp/certificate/certificate-source.js';
import { keyIdOf } from '../../proof/openpgp/packet/key-packet.js';
import { maxCertificateBytes } from '../../proof/openpgp/packet/malformed.js';
import { readKeyNames } from './certificate-files.js';
import { type FileState, isSameState, type OpenFile, openFile, unreadable } from './file-state.js';
import { isNamed } from './key-id.js';
import {
  type BlobHead,
  blobHeadBytes,
  findBlobFault,
  packKeyId,
  parseBlobHead,
  parseKeyboxHeader,
  parseKeyIds,
  tableBytes,
} from './keybox.js';
import { keyboxMaxBytes, type Keyring, type Warn } from './keyring.js';

/** Where a key lies in the file. */
interface KeyPlace {
  /** Offset of the blob, for messages. */
  readonly blob: number;
  readonly start: number;
  readonly length: number;
}

interface KeyboxIndex {
  readonly state: FileState;
  /** In the order of the file. */
  readonly places: readonly KeyPlace[];
  /** Indices into `places`, by packed key ID. */
  readonly byKeyId: ReadonlyMap<string, number | readonly number[]>;
}

export function createKeyboxKeyring(file: string, warn: Warn): Keyring {
  return new KeyboxKeyring(file, warn);
}

class KeyboxKeyring implements Keyring {
  readonly #file: string;
  readonly #warn: Warn;
  #index: KeyboxIndex | null = null;

  constructor(file: string, warn: Warn) {
    this.#file = file;
    this.#warn = warn;
  }

  async find(name: string): Promise<readonly CertificateBytes[]> {
    const { file, index } = this.#open();
    try {
      const found: CertificateBytes[] = [];
      const indices = index.byKeyId.get(packKeyId(keyIdOf(name)));
      for (const one of indices === undefined ? [] : typeof indices === 'number' ? [indices] : indices) {
        const place = index.places[one];
        const bytes = place === undefined ? null : cutOut(file, place, this.#warn);
        if (place === undefined || bytes === null) continue;
        if (readKeyNames(bytes)?.some((fingerprint) => isNamed(fingerprint, name)) === true) found.push({ bytes, source: this.#file });
        // Two fingerprints may share a key ID, but a table that names another key is damaged or forged.
        else if (name.length === 16)
          this.#warn(`${this.#file}: the table of the blob at offset ${place.blob} names a key that is not in it; the blob was skipped`);
      }
      return found;
    } finally {
      file.close();
    }
  }

  async *all(): AsyncGenerator<CertificateBytes> {
    const { file, index } = this.#open();
    try {
      for (const place of index.places) {
        const bytes = cutOut(file, place, this.#warn);
        if (bytes === null) continue;
        if (readKeyNames(bytes) !== null) yield { bytes, source: this.#file };
        else this.#warn(`${this.#file}: the key in the blob at offset ${place.blob} cannot be read; it was skipped`);
      }
    } finally {
      file.close();
    }
  }

  /** Opens the file, with an index of exactly this state of it. */
  #open(): { readonly file: OpenFile; readonly index: KeyboxIndex } {
    const file = openFile(this.#file, keyboxMaxBytes);
    try {
      if (this.#index === null || !isSameState(this.#index.state, file.state)) this.#index = indexKeybox(file, this.#warn);
      return { file, index: this.#index };
    } catch (error) {
      file.close();
      throw error;
    }
  }
}

function cutOut(file: OpenFile, { blob, start, length }: KeyPlace, warn: Warn): Uint8Array | null {
  const bytes = file.read(start, length);
  if (bytes.length === length) return bytes;
  warn(`${file.state.file}: the blob at offset ${blob} ends too early; it was skipped`);
  return null;
}

/** Reads the head and table of every blob, up to a blob whose length makes no sense: the start of the next is then unknown. */
function indexKeybox(file: OpenFile, warn: Warn): KeyboxIndex {
  const { size, file: name } = file.state;
  const window = new Window(file);
  if (parseKeyboxHeader(window.read(0, 32)) === null) throw unreadable(name, new Error('it is not a keybox'));
  const places: KeyPlace[] = [];
  const byKeyId = new Map<string, number | number[]>();
  for (let at = 0; at < size;) {
    const head = size - at < 5 ? null : parseBlobHead(window.read(at, blobHeadBytes));
    if (head === null || head.length < 5 || head.length > size - at) {
      warn(`${name}: the blob at offset ${at} has no sensible length; the ${size - at} bytes from there on were skipped`);
      break;
    }
    if (head.type === 'openpgp' && !head.ephemeral) addBlob(at, head);
    at += head.length;
  }
  return { state: file.state, places, byKeyId };

  function addBlob(at: number, head: BlobHead): void {
    const fault =
      findBlobFault(head) ??
      (head.keyLength > maxCertificateBytes ? `has a key of ${head.keyLength} bytes, more than the ${maxCertificateBytes} allowed` : null);
    if (fault !== null) {
      warn(`${name}: the blob at offset ${at} ${fault}; it was skipped`);
      return;
    }
    const place = { blob: at, start: at + head.keyOffset, length: head.keyLength };
    // If the table cannot be read, the key itself still may be.
    const ids =
      parseKeyIds(window.read(at, tableBytes(head))) ??
      readKeyNames(file.read(place.start, place.length))?.map((fingerprint) => packKeyId(keyIdOf(fingerprint)));
    if (ids === undefined) {
      warn(`${name}: neither the table nor the key of the blob at offset ${at} can be read; it was skipped`);
      return;
    }
    const index = places.push(place) - 1;
    for (const id of ids) {
      const before = byKeyId.get(id);
      if (before === undefined) byKeyId.set(id, index);
      else if (typeof before === 'number') {
        if (before !== index) byKeyId.set(id, [before, index]);
      } else if (before.at(-1) !== index) before.push(index);
    }
  }
}

/** Serves pieces of the file in ascending order from reads of 128 KiB: a few thousand blobs need a few dozen reads. */
class Window {
  readonly #file: OpenFile;
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(file: OpenFile) {
    this.#file = file;
  }

  read(offset: number, length: number): Buffer {
    if (offset < this.#start || offset + length > this.#start + this.#bytes.length) {
      this.#bytes = this.#file.read(offset, Math.max(windowBytes, length));
      this.#start = offset;
    }
    return this.#bytes.subarray(offset - this.#start, offset - this.#start + length);
  }
}

const windowBytes = 128 * 1024;
