import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ArtifactRuns } from '../../src/app/audit/shards/artifact-runs.js';
import { formatShard, parseShard, readShard } from '../../src/app/audit/shards/shard.js';
import { linesOfShard } from '../../src/app/audit/shards/shard-lines.js';
import { engines, shardFromEnvironment } from '../../src/app/audit/shards/shard-variables.js';

describe('a shard', () => {
  test.each(['4/4', '5/4', '0/0', '01/4', '1/4/2', '-1/4', '1 / 4', '1/1000000', 'auto', ''])('is not %j', (text) => {
    expect(parseShard(text)).toBeNull();
    expect(() => readShard(text)).toThrow('--shard: not a shard');
  });

  test('is read as it is written', () => {
    expect(readShard('0/1')).toEqual({ index: 0, count: 1 });
    expect(readShard('15/16')).toEqual({ index: 15, count: 16 });
    expect(formatShard({ index: 3, count: 16 })).toBe('3/16');
  });
});

describe('--shard auto', () => {
  const found = (env: Record<string, string>, shards: number | null = null) => formatShard(shardFromEnvironment(env, shards));
  const failure = (env: Record<string, string>, shards: number | null = null): string => {
    try {
      return found(env, shards);
    } catch (error) {
      return (error as Error).message;
    }
  };

  test('reads the variables of each engine', () => {
    expect(found({ JOB_COMPLETION_INDEX: '0' }, 8)).toBe('0/8');
    expect(found({ SLURM_ARRAY_TASK_ID: '7', SLURM_ARRAY_TASK_MIN: '0', SLURM_ARRAY_TASK_COUNT: '8' })).toBe('7/8');
    expect(found({ SLURM_ARRAY_TASK_ID: '3', SLURM_ARRAY_TASK_MIN: '1', SLURM_ARRAY_TASK_COUNT: '8' }, 8)).toBe('2/8');
    const stepping = { SLURM_ARRAY_TASK_MIN: '10', SLURM_ARRAY_TASK_STEP: '5', SLURM_ARRAY_TASK_COUNT: '3' };
    expect(found({ ...stepping, SLURM_ARRAY_TASK_ID: '20' })).toBe('2/3');
    expect(found({ AWS_BATCH_JOB_ARRAY_INDEX: '2', AWS_BATCH_JOB_ARRAY_SIZE: '4' })).toBe('2/4');
    expect(found({ CLOUD_RUN_TASK_INDEX: '0', CLOUD_RUN_TASK_COUNT: '1' })).toBe('0/1');
    expect(found({ CI_NODE_INDEX: '1', CI_NODE_TOTAL: '5' })).toBe('0/5');
    expect(found({ CI_NODE_TOTAL: '1' })).toBe('0/1');
    expect(found({ CIRCLE_NODE_INDEX: '4', CIRCLE_NODE_TOTAL: '5' })).toBe('4/5');
    expect(found({ BUILDKITE_PARALLEL_JOB: '0', BUILDKITE_PARALLEL_JOB_COUNT: '2' })).toBe('0/2');
  });

  test('takes the engine that shares the work out, if another runs it whole', () => {
    const slurm = { SLURM_ARRAY_TASK_ID: '1', SLURM_ARRAY_TASK_MIN: '0', SLURM_ARRAY_TASK_COUNT: '8' };
    expect(found({ ...slurm, CI_NODE_TOTAL: '1' })).toBe('1/8');
    expect(found({ CI_NODE_TOTAL: '1', CLOUD_RUN_TASK_INDEX: '0', CLOUD_RUN_TASK_COUNT: '1' })).toBe('0/1');
    expect(failure({ ...slurm, CI_NODE_INDEX: '1', CI_NODE_TOTAL: '2' })).toBe(
      '--shard auto: SLURM_ARRAY_TASK_ID (Slurm) and CI_NODE_INDEX (GitLab) are both set',
    );
  });

  test('names the variable that is missing or wrong', () => {
    for (const { index } of engines) expect(failure({})).toContain(index);
    expect(failure({ JOB_COMPLETION_INDEX: '0' })).toContain('JOB_COMPLETION_INDEX is set, but Kubernetes');
    expect(failure({ JOB_COMPLETION_INDEX: '8' }, 8)).toContain('JOB_COMPLETION_INDEX is 8');
    expect(failure({ JOB_COMPLETION_INDEX: 'one' }, 8)).toContain("JOB_COMPLETION_INDEX is 'one'");
    expect(failure({ JOB_COMPLETION_INDEX: '1' }, 0)).toContain('--shards is 0');
    expect(failure({ SLURM_ARRAY_TASK_ID: '1', SLURM_ARRAY_TASK_COUNT: '2' })).toContain('SLURM_ARRAY_TASK_MIN is not set');
    expect(failure({ CLOUD_RUN_TASK_INDEX: '1' })).toContain('CLOUD_RUN_TASK_COUNT is not set');
    expect(failure({ CI_NODE_TOTAL: '2' })).toContain('CI_NODE_INDEX is not set');
    expect(failure({ CI_NODE_INDEX: '0', CI_NODE_TOTAL: '2' })).toContain('CI_NODE_INDEX is 0');
    expect(failure({ AWS_BATCH_JOB_ARRAY_INDEX: '1e1', AWS_BATCH_JOB_ARRAY_SIZE: '20' })).toContain("AWS_BATCH_JOB_ARRAY_INDEX is '1e1'");
  });

  test('does not take one task that is submitted again for the whole plan', () => {
    const again = { SLURM_ARRAY_TASK_ID: '3', SLURM_ARRAY_TASK_MIN: '3', SLURM_ARRAY_TASK_COUNT: '1' };
    expect(failure(again, 8)).toBe('--shard auto: SLURM_ARRAY_TASK_COUNT is 1, but --shards is 8');
    const gaps = { SLURM_ARRAY_TASK_MIN: '1', SLURM_ARRAY_TASK_COUNT: '3' };
    expect(failure({ ...gaps, SLURM_ARRAY_TASK_ID: '9' })).toContain('SLURM_ARRAY_TASK_ID is 9');
  });
});

describe('the cut of a plan', () => {
  test('makes blocks that differ by at most the largest run', () => {
    const runs = fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 400 })), { maxLength: 60 });
    fc.assert(
      fc.property(runs, fc.integer({ min: 1, max: 20 }), (sizes, blocks) => {
        const shards = Array.from({ length: blocks }, (_, index) => linesOfShard(sizes, { index, count: blocks }));
        const sums = shards.map(({ from, to }) => to - from);
        expect(shards.map(({ from }) => from)).toEqual([0, ...shards.slice(0, -1).map(({ to }) => to)]);
        expect(shards.at(-1)?.to).toBe(sizes.reduce((sum, size) => sum + size, 0));
        expect(Math.max(...sums) - Math.min(...sums)).toBeLessThanOrEqual(Math.max(0, ...sizes));
      }),
      { numRuns: 100 },
    );
  });

  const linesOf = (...paths: readonly string[]): readonly number[] => {
    const runs = new ArtifactRuns();
    for (const path of paths) runs.add(path);
    return runs.lines;
  };

  test('keeps an artifact together, wherever the order of bytes puts its metadata', () => {
    expect(linesOf('a/b/1/b-1.jar', 'a/b/1/b-1.pom', 'a/b/2/b-2.pom', 'a/b/maven-metadata.xml', 'a/c/1/c-1.pom')).toEqual([4, 1]);
    expect(linesOf('g/g/maven-metadata.xml', 'g/g/r09/g-r09.jar', 'g/h/1/h-1.jar')).toEqual([2, 1]);
  });

  test('keeps an artifact together around another that lies in its folder', () => {
    expect(linesOf('a/b/1/b-1.jar', 'a/b/c/1/c-1.jar', 'a/b/maven-metadata.xml', 'a/c/1/c-1.jar')).toEqual([3, 1]);
    expect(linesOf('a/b/c/1/c-1.jar', 'a/b/d/1/d-1.jar', 'a/e/1/e-1.jar')).toEqual([1, 1, 1]);
    expect(linesOf('a/b-c/1/b-c-1.jar', 'a/b/1/b-1.jar')).toEqual([1, 1]);
  });

  test('keeps a file together with others that its checksum files sort after', () => {
    expect(linesOf('g/a.txt', 'g/a.txt-b', 'g/a.txt.c', 'g/a.txt0', 'g/a.txt0/b')).toEqual([3, 1, 1]);
    expect(linesOf('g/a', 'g/a-b/1/a-b-1.jar', 'g/a-b/maven-metadata.xml', 'g/a/c.txt')).toEqual([3, 1]);
  });

  test('does not join a group by its metadata, or a repository by its indexes', () => {
    expect(linesOf('all-poms.txt', 'g/a/1/a-1.jar', 'g/maven-metadata.xml', 'g/z/1/z-1.jar', 'stats.edn')).toEqual([1, 1, 1, 1, 1]);
  });

  test('parts no artifact of random repositories', () => {
    const name = fc.constantFrom('a', 'b', 'b-c', 'm', 'z');
    const path = fc.oneof(
      fc.tuple(fc.array(name, { minLength: 1, maxLength: 3 }), name, fc.constantFrom('1', 'r9')).map(([group, artifact, version]) => ({
        artifact: [...group, artifact].join('/'),
        path: [...group, artifact, version, `${artifact}-${version}.jar`].join('/'),
      })),
      fc.array(name, { minLength: 2, maxLength: 4 }).map((folder) => ({
        artifact: folder.join('/'),
        path: [...folder, 'maven-metadata.xml'].join('/'),
      })),
    );
    fc.assert(
      fc.property(fc.uniqueArray(path, { selector: (one) => one.path, maxLength: 30 }), (files) => {
        files.sort((one, other) => (one.path < other.path ? -1 : 1));
        const runOf = linesOf(...files.map((file) => file.path)).flatMap((lines, run) => Array.from({ length: lines }, () => run));
        expect(runOf).toHaveLength(files.length);
        const runs = new Map<string, number>();
        files.forEach(({ artifact }, index) => {
          if (!runs.has(artifact)) runs.set(artifact, runOf[index] ?? -1);
          expect(runOf[index]).toBe(runs.get(artifact));
        });
      }),
      { numRuns: 100 },
    );
  });
});
