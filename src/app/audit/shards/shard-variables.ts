/** Finds the shard of this process in the variables that an engine for parallel jobs sets: `--shard auto`. */
import type { Shard } from '../contract.js';
import { formatShard, mostShards, shardError } from './shard.js';

/** How an engine tells its processes apart. */
export interface ShardVariables {
  readonly engine: string;
  /** The variable with the number of this process. */
  readonly index: string;
  /** The number of the first process, or the variable with it. */
  readonly first: number | string;
  /** The variable with the distance of two numbers. Default: they are 1 apart. */
  readonly step?: string | undefined;
  /** The variable with the number of processes; null if the engine sets none. */
  readonly count: string | null;
  /** Whether a count without an index is a job that does not run in parallel. Default: the engine sets both or none. */
  readonly isCountAlwaysSet?: boolean | undefined;
}

export const engines: readonly ShardVariables[] = [
  { engine: 'Kubernetes Indexed Jobs', index: 'JOB_COMPLETION_INDEX', first: 0, count: null },
  {
    engine: 'Slurm',
    index: 'SLURM_ARRAY_TASK_ID',
    first: 'SLURM_ARRAY_TASK_MIN',
    step: 'SLURM_ARRAY_TASK_STEP',
    count: 'SLURM_ARRAY_TASK_COUNT',
  },
  { engine: 'AWS Batch', index: 'AWS_BATCH_JOB_ARRAY_INDEX', first: 0, count: 'AWS_BATCH_JOB_ARRAY_SIZE' },
  { engine: 'Cloud Run', index: 'CLOUD_RUN_TASK_INDEX', first: 0, count: 'CLOUD_RUN_TASK_COUNT' },
  { engine: 'GitLab', index: 'CI_NODE_INDEX', first: 1, count: 'CI_NODE_TOTAL', isCountAlwaysSet: true },
  { engine: 'CircleCI', index: 'CIRCLE_NODE_INDEX', first: 0, count: 'CIRCLE_NODE_TOTAL' },
  { engine: 'Buildkite', index: 'BUILDKITE_PARALLEL_JOB', first: 0, count: 'BUILDKITE_PARALLEL_JOB_COUNT' },
];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the shard that the environment names.
 * @param shards the number of shards, as the user gives it; null if it is not given
 * @throws {ClojarsFetchError} `ERR_CONFIG`; the message names the variable
 */
export function shardFromEnvironment(env: Environment, shards: number | null): Shard {
  const present = engines.filter(({ index, count }) => isSet(env, index) || (count !== null && isSet(env, count)));
  // A runner of one engine may itself run inside another, whose job it does not share.
  const sharing = present.length > 1 ? present.filter((engine) => !isAlone(env, engine)) : present;
  const [engine, another] = sharing.length > 0 ? sharing : present.slice(0, 1);
  if (engine === undefined) throw noVariables();
  if (another !== undefined)
    throw shardError(
      `--shard auto: ${engine.index} (${engine.engine}) and ${another.index} (${another.engine}) are both set`,
      'Name the shard, such as --shard 3/16.',
    );
  return readEngine(env, engine, shards);
}

function readEngine(env: Environment, engine: ShardVariables, shards: number | null): Shard {
  const count = readCount(env, engine, shards);
  if (engine.isCountAlwaysSet === true && !isSet(env, engine.index) && count === 1) return { index: 0, count: 1 };
  const own = readNumber(env, engine.index);
  const first = typeof engine.first === 'number' ? engine.first : readNumber(env, engine.first);
  const step = engine.step === undefined || !isSet(env, engine.step) ? 1 : Math.max(1, readNumber(env, engine.step));
  const index = (own - first) / step;
  if (Number.isInteger(index) && index >= 0 && index < count) return { index, count };
  throw shardError(
    `--shard auto: ${engine.index} is ${own}, which is not one of ${count} tasks that start at ${first}`,
    engine.count === null
      ? 'Give --shards the number of completions of the job.'
      : 'Number the tasks without gaps, or name the shard, such as --shard 3/16.',
  );
}

function readCount(env: Environment, engine: ShardVariables, shards: number | null): number {
  if (engine.count === null) {
    if (shards !== null) return checkCount(shards, '--shards');
    throw shardError(
      `--shard auto: ${engine.index} is set, but ${engine.engine} do not say how many there are`,
      'Add --shards with the number of completions of the job.',
    );
  }
  const count = checkCount(readNumber(env, engine.count), engine.count);
  if (shards === null || shards === count) return count;
  throw shardError(
    `--shard auto: ${engine.count} is ${count}, but --shards is ${shards}`,
    `To run one shard of ${shards} again by itself, name it, such as --shard ${formatShard({ index: 0, count: shards })}.`,
  );
}

function checkCount(count: number, name: string): number {
  if (Number.isInteger(count) && count >= 1 && count <= mostShards) return count;
  throw shardError(`--shard auto: ${name} is ${count}, not a number from 1 to ${mostShards}`, 'Name the shard, such as --shard 3/16.');
}

function readNumber(env: Environment, name: string): number {
  const text = env[name] ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw shardError(
    text === '' ? `--shard auto: ${name} is not set` : `--shard auto: ${name} is '${text.slice(0, 40)}', not a whole number`,
    'Name the shard, such as --shard 3/16.',
  );
}

function isSet(env: Environment, name: string): boolean {
  return (env[name] ?? '') !== '';
}

/** Whether the engine says that this process is the only one. */
function isAlone(env: Environment, { count }: ShardVariables): boolean {
  return count !== null && env[count] === '1';
}

function noVariables(): Error {
  const names = engines.map(({ engine, index }) => `${index} (${engine})`);
  return shardError(`--shard auto: none of ${names.join(', ')} is set`, 'Name the shard, such as --shard 3/16.');
}
