/** Proofs that a file is the right one: data inside the program, text only in results, events and the verification cache. */
import { checksumAlgorithms } from './checksum/algorithm.js';
import type { ChecksumAlgorithm } from './checksum/claim.js';
import { type Level, levels } from './level.js';

/** A proof, by the level that it gives the file. */
export type Proof =
  | {
      readonly level: 'pinned';
      readonly algorithm: ChecksumAlgorithm;
      /** Level that the file had when it was locked; null if the pin is not a lockfile's. */
      readonly lockedLevel: Level | null;
    }
  | {
      readonly level: 'signed';
      /** Fingerprint of the signer's primary key, upper-case hex. */
      readonly fingerprint: string;
    }
  | {
      readonly level: 'quorum';
      /** Operators that publish the same checksum, sorted. */
      readonly operators: readonly string[];
    }
  | {
      readonly level: 'origin' | 'transport';
      /** Algorithm of the published checksum. */
      readonly algorithm: ChecksumAlgorithm;
    }
  | { readonly level: 'local' };

/**
 * Formats a proof as results show it: `pinned:sha256`, `pinned:sha256:origin` (from a lockfile, with the level at
 * locking), `signed:FINGERPRINT`, `quorum:OPERATOR,OPERATOR`, `origin:sha1`, `transport:sha1`, `local`. A comma in the
 * name of an operator is written as `%2C`, and a percent sign as `%25`, so that one operator never looks like two.
 */
export function formatProof(proof: Proof): string {
  switch (proof.level) {
    case 'pinned':
      return `pinned:${proof.algorithm}${proof.lockedLevel === null ? '' : `:${proof.lockedLevel}`}`;
    case 'signed':
      return `signed:${proof.fingerprint}`;
    case 'quorum':
      return `quorum:${proof.operators.map(escapeOperator).join(',')}`;
    case 'origin':
    case 'transport':
      return `${proof.level}:${proof.algorithm}`;
    case 'local':
      return 'local';
  }
}

/** Parses a proof as results show it (`pinned:sha256`, `origin:sha1`, …); null for any other text. */
export function parseProof(text: string): Proof | null {
  const [level, value = '', locked, ...rest] = text.split(':');
  switch (level) {
    case 'quorum':
      return parseQuorum(text.slice('quorum:'.length));
    case 'local':
      return text === 'local' ? { level } : null;
    case 'signed':
      return locked === undefined && /^[0-9A-F]+$/.test(value) ? { level, fingerprint: value } : null;
    case 'origin':
    case 'transport': {
      const algorithm = checksumAlgorithms.find((one) => one === value);
      return algorithm === undefined || locked !== undefined ? null : { level, algorithm };
    }
    case 'pinned': {
      const algorithm = checksumAlgorithms.find((one) => one === value);
      const lockedLevel = locked === undefined ? null : levels.find((one) => one === locked);
      return algorithm === undefined || lockedLevel === undefined || rest.length > 0 ? null : { level, algorithm, lockedLevel };
    }
    default:
      return null;
  }
}

/** The name of an operator may hold a colon, and a comma or a percent sign if it is escaped. */
function parseQuorum(list: string): Proof | null {
  const operators = list.split(',').map(unescapeOperator);
  return operators.includes('') ? null : { level: 'quorum', operators };
}

function escapeOperator(name: string): string {
  return name.replace(/[%,]/g, (character) => (character === ',' ? '%2C' : '%25'));
}

function unescapeOperator(text: string): string {
  return text.replace(/%2C|%25/g, (escape) => (escape === '%2C' ? ',' : '%'));
}
