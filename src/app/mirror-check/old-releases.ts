/** Draws releases at random from the list of all POMs, without keeping the list. */
import type { ArtifactCoordinate } from '../../maven/coordinate/coordinate.js';
import { parseArtifactPath } from '../../maven/coordinate/path.js';
import { checksumMaxBytes } from '../../network/transport/contract/limits.js';
import { digestOf } from '../../proof/checksum/digest.js';
import { parseSidecar } from '../../proof/checksum/sidecar.js';
import { NoLinesError, unpackedLines } from '../client/unpacked-lines.js';
import type { CanonicalAnswers } from './canonical-answers.js';
import { createDraw, Reservoir } from './verdict/sampling.js';

const indexName = 'all-poms.txt.gz';
const maxPackedBytes = 64 * 1024 * 1024;
/** The index and its checksum are replaced every hour, not at once. */
const tries = 2;

export interface DrawnReleases {
  readonly releases: readonly ArtifactCoordinate[];
  /** Why there are none; null if the list was read. */
  readonly problem: string | null;
}

/** Draws up to `count` releases, in a random order. The same seed draws the same ones from the same list. */
export async function oldReleases(canonical: CanonicalAnswers, count: number, seed: number): Promise<DrawnReleases> {
  let problem = `${indexName} does not match its checksum`;
  for (let left = tries; left > 0; left -= 1) {
    const expected = await publishedSum(canonical);
    const packed = await canonical.ask(indexName, maxPackedBytes);
    if (packed.kind !== 'file') return none(packed.kind === 'missing' ? `there is no ${indexName}` : `${indexName}: ${packed.detail}`);
    if (expected === null) return none(`${indexName} has no checksum`);
    // A list that was cut off would not be random.
    if (expected.value !== digestOf(packed.bytes, [expected.algorithm])[expected.algorithm]) continue;
    try {
      return { releases: await draw(packed.bytes, count, seed), problem: null };
    } catch (error) {
      if (!(error instanceof NoLinesError)) throw error;
      problem = `${indexName}: ${error.message}`;
    }
  }
  return none(problem);
}

/** Returns the checksum of the list from its SHA-1 file, or else from its MD5 file; null if it has neither. */
async function publishedSum(canonical: CanonicalAnswers): Promise<{ readonly algorithm: 'sha1' | 'md5'; readonly value: string } | null> {
  for (const algorithm of ['sha1', 'md5'] as const) {
    const answer = await canonical.ask(`${indexName}.${algorithm}`, checksumMaxBytes);
    const sidecar = answer.kind === 'file' ? parseSidecar(answer.bytes, algorithm) : null;
    if (sidecar?.ok === true) return { algorithm, value: sidecar.value };
  }
  return null;
}

function none(problem: string): DrawnReleases {
  return { releases: [], problem };
}

async function draw(packed: Uint8Array, count: number, seed: number): Promise<readonly ArtifactCoordinate[]> {
  const reservoir = new Reservoir<string>(count * 2, createDraw(seed));
  for await (const line of unpackedLines(packed)) if (line.endsWith('.pom') && !line.includes('-SNAPSHOT/')) reservoir.add(line);
  return reservoir
    .items()
    .flatMap((line) => parseArtifactPath(line.replace(/^\.\//, '')) ?? [])
    .filter(({ classifier }) => classifier === '')
    .slice(0, count);
}
