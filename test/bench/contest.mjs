/** Interleaved runs of processes, and the table of their times. */
import { median, ratios, spread } from './statistics.mjs';

const olderName = (name) => `${name}, older build`;

/**
 * Runs all contenders once in each round, so that a busy moment affects all of them.
 * @param others functions that run and measure a process of another program
 * @param ours functions that do so with the build that they are given; with `against` also with that older build
 * @param once names of contenders that run in the first round only, because they take long
 * @returns by name, the results of each run
 */
export async function contest({ runs, others = {}, ours, builds, once = [] }) {
  const contenders = [
    ...Object.entries(others),
    ...Object.entries(ours).flatMap(([name, run]) => [
      [name, () => run(builds.dist)],
      ...(builds.older === null ? [] : [[olderName(name), () => run(builds.older)]]),
    ]),
  ];
  const results = Object.fromEntries(contenders.map(([name]) => [name, []]));
  for (let round = 0; round < runs; round += 1) {
    for (const [name, run] of contenders) {
      if (round > 0 && once.includes(name)) continue;
      const result = await run();
      if (result !== null) results[name].push(result);
    }
  }
  return results;
}

export const fieldOf = (results, name, field) => results[name].map((result) => result[field]);

/** How many times as much `name` takes as `baseline`, run by run. */
export const ratiosOf = (results, name, baseline, field) => ratios(fieldOf(results, name, field), fieldOf(results, baseline, field));

/**
 * One row for each process: wall time, processor time, the ratios of both to its baseline, memory, and, if an older build ran too, the
 * ratios to that.
 * @param rows `name` in the results; `title`; `to`, the name of its baseline; `target`
 */
export function timesTable({ results, rows, builds, ratioTitle }) {
  const older = builds.older === null ? [] : ['Wall time, ratio to the older build', 'Processor time, ratio to the older build'];
  return {
    head: [
      'Process',
      'Wall time',
      'Processor time',
      `Wall time${ratioTitle}`,
      `Processor time${ratioTitle}`,
      'Peak memory',
      'Target',
      ...older,
    ],
    rows: rows.map(({ name, title, to = null, target = '' }) => {
      if (results[name].length === 0) return [title, 'not here', '', '', '', '', target, ...older.map(() => '')];
      const times = ['wallMs', 'cpuMs'].map((field) => `${spread(fieldOf(results, name, field), 0)} ms`);
      const compared = ['wallMs', 'cpuMs'].map((field) => (to === null ? '1' : spread(ratiosOf(results, name, to, field))));
      const memory =
        name in results && results[name][0].memoryMib === undefined ? '' : `${spread(fieldOf(results, name, 'memoryMib'), 0)} MiB`;
      return [title, ...times, ...compared, memory, target, ...older.map((_, at) => olderRatio(results, name, ['wallMs', 'cpuMs'][at]))];
    }),
  };
}

const olderRatio = (results, name, field) => (olderName(name) in results ? spread(ratiosOf(results, name, olderName(name), field)) : '');

/** At most a twentieth more than the older build took: less cannot be told from noise. */
const slower = 1.05;

/** Nothing that is ours may have become slower; `less` names what has to have become faster by more. */
export function checksAgainstOlder(results, title, less = {}) {
  return Object.keys(results)
    .filter((name) => olderName(name) in results)
    .flatMap((name) =>
      [
        ['wallMs', 'wall time'],
        ['cpuMs', 'processor time'],
      ].map(([field, what]) => ({
        what: `${title}, ${name}: ${what}, ratio to the older build`,
        value: median(ratiosOf(results, name, olderName(name), field)),
        most: (field === 'cpuMs' ? less[name] : undefined) ?? slower,
      })),
    );
}
