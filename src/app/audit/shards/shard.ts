/** A share of a plan, as `--shard 3/16` names it. */
import { ClojarsFetchError } from '../../../base/error.js';
import type { Shard } from '../contract.js';

/** Job arrays of the known engines are not larger. */
export const mostShards = 100_000;

/** Reads `i/n`, i from 0; null if it is something else. */
export function parseShard(text: string): Shard | null {
  const found = /^(0|[1-9]\d{0,5})\/([1-9]\d{0,5})$/.exec(text);
  if (found === null) return null;
  const shard = { index: Number(found[1]), count: Number(found[2]) };
  return shard.index < shard.count && shard.count <= mostShards ? shard : null;
}

export function formatShard({ index, count }: Shard): string {
  return `${index}/${count}`;
}

/** Reads the value of `--shard`, apart from `auto`. @throws {ClojarsFetchError} `ERR_CONFIG` */
export function readShard(text: string): Shard {
  const shard = parseShard(text);
  if (shard !== null) return shard;
  throw shardError(`--shard: not a shard: '${text.slice(0, 40)}'`, 'Shards count from 0: the first of sixteen is 0/16, the last is 15/16.');
}

export function shardError(message: string, hint: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', { reason: 'bad-value', message, hint, setting: 'shard' });
}
