/** Reads which shard a machine does. */
import type { Shard } from '../contract.js';
import { readShard } from '../shards/shard.js';
import { shardFromEnvironment } from '../shards/shard-variables.js';

/**
 * Returns the shard of a text: `i/n`, from 0, or `auto` for the one that the variables of a job engine name.
 * @param shards how many there are, for engines that do not tell; null if unknown
 * @throws {ClojarsFetchError} `ERR_CONFIG`
 */
export function shardOf(text: string, env: Readonly<Record<string, string | undefined>>, shards: number | null): Shard {
  return text === 'auto' ? shardFromEnvironment(env, shards) : readShard(text);
}
