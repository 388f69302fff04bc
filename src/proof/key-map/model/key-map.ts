import type { SignedSubject } from '../../signed-subject.js';

/** Key maps: which keys sign which artifacts. Read from other tools' files, or from our own. */

/** A pattern for artifacts. */
export interface SubjectPattern {
  /** As written, NOT escaped. */
  readonly text: string;
  /** The only group that can match, in lower case; null if several can. Makes look-ups in a map of thousands of lines fast. */
  readonly group: string | null;
  matches(subject: SignedSubject): boolean;
}

/** Exceptions that a key map allows besides a good signature by a listed key. All false or empty by default. */
export interface SignatureAllowance {
  /** No signature at all (`noSig`; Gradle's trusted artifacts). */
  readonly missing: boolean;
  /** A signature whose key is unknown (`noKey`; Gradle's trusted artifacts). */
  readonly unknownKey: boolean;
  /**
   * The same, but only for signatures that name these keys: fingerprints, upper case (`!0x…`). Nothing proves that these keys made them.
   */
  readonly unknownKeys: readonly string[];
  /** A signature that does not verify (`badSig`; Gradle's trusted artifacts). */
  readonly bad: boolean;
  /** A good signature by a key that is not listed (Gradle's trusted artifacts). It proves nothing. */
  readonly untrusted: boolean;
}

/** One line of a key map. */
export interface KeyMapEntry extends SignatureAllowance {
  readonly pattern: SubjectPattern;
  /** Upper-case hex, 40 or 64 digits, of primary keys or of the subkeys that sign. */
  readonly fingerprints: readonly string[];
  /** Key IDs that the file names in place of fingerprints, upper-case hex. They trust nothing, and are kept for messages. */
  readonly keyIds?: readonly string[] | undefined;
  /** Whether any key counts (`any`). */
  readonly anyKey: boolean;
  /** Keys whose signatures are ignored: ends of fingerprints in upper-case hex (Gradle's ignored keys). */
  readonly ignoredKeys: readonly string[];
  /** For messages: `keys.list, line 12`. Escaped. */
  readonly place: string;
}

/** Checksums that a key map lists for a file, lower-case hex. For each algorithm one must match; an empty list sets no requirement. */
export interface FilePins {
  readonly sha256: readonly string[];
  readonly sha512: readonly string[];
}

export interface KeyMap {
  /** `keysmap`: pgpverify's format; `verification-metadata`: Gradle's; `json`: our own. */
  readonly format: 'keysmap' | 'verification-metadata' | 'json';
  /** The file that it was read from. */
  readonly source: string;
  readonly entries: readonly KeyMapEntry[];
  /** Returns null if the map has no pins for the file. */
  pinsOf(subject: SignedSubject): FilePins | null;
  /** Changes whenever the content does. */
  readonly digest: string;
}

/** An entry that allows no exceptions. */
export const noAllowance: SignatureAllowance = { missing: false, unknownKey: false, unknownKeys: [], bad: false, untrusted: false };

/** Returns the file's name as in a repository: `lib-1.0-sources.jar`. */
export function fileNameOf(subject: SignedSubject, version = subject.version): string {
  return `${subject.artifact}-${version}${subject.classifier === '' ? '' : `-${subject.classifier}`}.${subject.extension}`;
}
