/** One dependency in a generated POM. */
export interface FixtureDependency {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  readonly scope?: string;
  readonly optional?: boolean;
}

/** One build of a snapshot. */
export interface FixtureSnapshot {
  /** `yyyyMMdd.HHmmss` */
  readonly timestamp: string;
  readonly buildNumber: number;
}

/** One artifact with all its versions, oldest first. */
export interface FixtureArtifact {
  readonly group: string;
  readonly artifact: string;
  /** Oldest first; those that end in `-SNAPSHOT` get timestamped files and a metadata file of their own. */
  readonly versions: readonly string[];
  readonly dependencies?: readonly FixtureDependency[];
  /** Bytes of filler in each jar. Default 512. */
  readonly size?: number;
  /** Builds of every snapshot version, oldest first. Default: one. */
  readonly snapshots?: readonly FixtureSnapshot[];
  /** Further jars: `sources`, say. */
  readonly classifiers?: readonly string[];
  /** `pom` makes no jar. Default `jar`. */
  readonly packaging?: 'jar' | 'pom' | 'maven-plugin';
  /** Raw XML put into the POM: a parent, a relocation, dependency management. */
  readonly pomElements?: string;
}

export interface FixtureOptions {
  readonly artifacts: readonly FixtureArtifact[];
  /** Other seeds give other bytes in the jars. */
  readonly seed?: string | number;
  /** Which checksum files are made. Default `sha1`, `md5`, as Clojars. */
  readonly checksums?: readonly ('md5' | 'sha1' | 'sha256' | 'sha512')[];
  /** `yyyyMMddHHmmss`, for the metadata. */
  readonly lastUpdated?: string;
}

export interface FixtureRepository {
  /** Repository path (`org/example/greeter/1.0.0/greeter-1.0.0.jar`) to content. Live: tests may change it. */
  readonly files: Map<string, Buffer>;
  /** Writes all files beneath `root`. */
  writeTo(root: string): Promise<void>;
}

/** Makes a repository. Deterministic: the same options, the same bytes. */
export function createFixtureRepository(options: FixtureOptions): FixtureRepository;
