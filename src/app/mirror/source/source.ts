/** The contract of a source: what it has, and the bytes of a file. S3, https, rsync and folders all fit behind it. */

/** A file as a listing describes it. */
export interface SourceFile {
  /** Relative, with `/`. Not yet checked. */
  readonly key: string;
  /** Null if the listing does not give the exact size. */
  readonly size: number | null;
  /**
   * Changes when the file does: `e:` and the ETag, `t:` and the time of its last change, or `d:` and a date of which only the minute is
   * known. Empty if the listing gives none. Marks of different kinds cannot be compared.
   */
  readonly mark: string;
  /** When it last changed, in epoch milliseconds, if the mark does not contain it. Default: unknown. */
  readonly modifiedMs?: number | undefined;
  /** Whether the file was not listed, but usually exists: its absence is then no failure. Default false. */
  readonly isGuess?: boolean | undefined;
  /** The reason why it cannot be taken, such as a link. Default: it can. */
  readonly refusal?: string | undefined;
}

/** A version that the target has. */
export interface KnownVersion {
  readonly files: readonly SourceFile[];
  /** Whether it may have got files since its folder was looked into. */
  readonly mayHaveGrown: boolean;
}

export interface ListContext {
  readonly signal: AbortSignal;
  /**
   * Returns the files of a version that the target has, for sources whose index names versions and not files; null if it has none. Folders
   * must be asked for in the order of their bytes.
   */
  readonly knownVersion: (folder: string) => KnownVersion | null;
  /** Whether a folder need not be looked into: nothing in it is wanted, and the target has nothing in it. Default: none. */
  readonly isOutside?: ((folder: string) => boolean) | undefined;
  /** Returns those of all versions of an artifact that may be wanted. Default: all. @param artifact its folder */
  readonly newestOf?: ((artifact: string, versions: readonly string[]) => ReadonlySet<string>) | undefined;
}

/** A place in a listing at which it can go on later. */
export interface ListingPlace {
  /** As the server gave it. */
  readonly token: string;
  /** The last key before it. */
  readonly after: string;
}

/** A page of a listing, and the place at which the listing goes on after it; null at its end. */
export interface ListingPage {
  readonly files: readonly SourceFile[];
  readonly next: ListingPlace | null;
}

/** A file with the bytes of a body, for a reader that moves it away. */
export interface FetchedFile {
  /** Absolute. */
  readonly path: string;
  /** Settles when it is clear whether a power cut can harm it. */
  readonly isDurable: Promise<boolean>;
}

/** A folder with files that were asked for, and perhaps with others, for a reader that moves it away. */
export interface FetchedFolder extends FetchedFile {
  /** Must be called once files of it are moved. @param bytes of these files */
  taken(keys: readonly string[], bytes: number): void;
}

/** The bytes of a file. They must be read to the end or cancelled. */
export interface SourceBody {
  readonly body: AsyncIterable<Uint8Array>;
  /** Only if the reader asked for it, and if the source fetched a file for this sync alone: the reader moves or removes it. */
  readonly file?: FetchedFile | undefined;
  cancel(): void;
}

export interface OpenOptions {
  /** A longer body fails. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Whether the reader can make use of {@link SourceBody.file}. Default false. */
  readonly takesFile?: boolean | undefined;
}

/** The parts of a source that an increment needs. */
export interface IncrementalSource {
  /** After so many days, everything is listed: increments know nothing of deletions, and an index costs less than a listing. */
  readonly fullEveryDays: number;
  /** Lists the folder of one version. @throws {SourceError} */
  listVersion(folder: string, signal: AbortSignal): Promise<readonly SourceFile[]>;
  /** Lists the metadata of an artifact with its checksum files, for a source that lists by prefix. Default: they are asked for by name. */
  listMetadata?(artifact: string, signal: AbortSignal): Promise<readonly SourceFile[]>;
  /**
   * Names all POMs, in the order of bytes, by an index that costs less than a listing. Default: there is none.
   * @throws {ClojarsFetchError} `no-listing`, before the first, if there is no index that matches its checksum
   */
  indexedPoms?(signal: AbortSignal): AsyncIterable<string>;
  /** Reads a document of another server, such as the release feed; null if it is missing. @throws {SourceError} */
  readUrl(url: URL, maxBytes: number, signal: AbortSignal): Promise<Buffer | null>;
}

export interface MirrorSource {
  /** For messages; without credentials. */
  readonly name: string;
  /** For the trace, which everyone may read. */
  readonly publicName: string;
  /** Requests made and bytes received so far. */
  readonly traffic: { readonly requests: number; readonly bytes: number };
  /** The mean time of the requests so far; null if there was none. Missing for a source that is not asked file by file. */
  readonly msPerRequest?: number | null;
  /** The present time in epoch milliseconds by the clock of the source, as far as it is known: the own clock may be wrong by years. */
  now(): number;
  /** Whether it has no clock, or has not told its time so far, so that `now` is the clock of this machine. Default false. */
  readonly isTimeless?: boolean;
  /** Lists all files, in batches, in any order. @throws {ClojarsFetchError} if the list would not be complete */
  list(context: ListContext): AsyncIterable<readonly SourceFile[]>;
  /**
   * Lists page by page, in the order of keys, for a source whose listings can go on at a place of an earlier one.
   * @throws {ListingPlaceError} if the server does not know the place any more
   * @throws {ClojarsFetchError} as {@link MirrorSource.list}
   */
  listPages?(from: ListingPlace | null, signal: AbortSignal): AsyncIterable<ListingPage>;
  /** Null if the source does not have the file. @throws {SourceError} */
  open(key: string, options: OpenOptions): Promise<SourceBody | null>;
  /** Asks when a file last changed, in epoch milliseconds; null if the source does not tell. Default: only the listing tells. */
  dateOf?(key: string, signal: AbortSignal): Promise<number | null>;
  /**
   * Fetches files that will be opened soon, for a source that does better with many at once. Default: each is fetched when it is opened.
   * @param folders of which the keys are all that is wanted: the source may fetch everything that lies in them, if that is less work
   */
  prepare?(keys: readonly string[], signal: AbortSignal, folders: readonly string[]): Promise<void>;
  /** Returns the folder of prepared files that were not opened since; null if there is none. Default: none. @param keys in the folder */
  fetchedFolder?(folder: string, keys: readonly string[]): FetchedFolder | null;
  /** Null for a source that can only be listed as a whole. */
  readonly increments: IncrementalSource | null;
  close(): Promise<void>;
}

/** A listing cannot go on where an earlier one ended. */
export class ListingPlaceError extends Error {
  override readonly name = 'ListingPlaceError';
}

/** The reason why a file could not be read. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  constructor(
    message: string,
    /** Whether asking again may help. */
    readonly isTransient: boolean,
    /** How long the server asks to wait; null if it does not say. */
    readonly retryAfterMs: number | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
