/** Workloads to profile: how a process is called, and by what its time is divided. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { behindDelay } from '../closure.mjs';
import { closureCall } from '../contenders.mjs';
import { closureRoots, createGraph, optionsIn, resolveCall } from '../graphs.mjs';
import { coordinatesOf, prepareData, startNginx, work } from '../lab.mjs';
import { warmCall } from '../warm.mjs';

/**
 * Each prepares its servers and returns `units` (the divisor of a run's time, and its `unit`), `intervalMicros` between samples, `runs`,
 * how many runs go first uncounted, and `call`, which gives the arguments and environment of one process.
 */
export const workloads = {
  async healthy({ dist }) {
    const data = prepareData();
    const coordinates = coordinatesOf(data.files);
    const { url } = await behindDelay(data);
    const call = () => closureCall({ coordinates, primary: url, concurrency: 100, dist });
    return { unit: 'file with its checksum', units: data.files.length / 2, intervalMicros: 500, runs: 5, warmUp: 1, call };
  },
  async closure({ dist }) {
    const data = prepareData();
    const roots = closureRoots(data);
    const { url } = await behindDelay(data);
    const call = () => resolveCall({ roots, options: optionsIn(mkdtempSync(join(work, 'dependencies-')), url), dist });
    return { unit: 'file with its checksum', units: data.files.length / 2, intervalMicros: 500, runs: 5, warmUp: 1, call };
  },
  async graph({ dist }) {
    const { size, ...graph } = createGraph(1000);
    const call = () => resolveCall({ ...graph, dependencyOptions: { download: false }, dist });
    return { unit: 'node', units: size, intervalMicros: 250, runs: 5, warmUp: 1, call };
  },
  async warm({ dist }) {
    const data = prepareData();
    const { port } = await startNginx(data.repository);
    const [coordinate] = coordinatesOf(data.files);
    const call = warmCall({ coordinate, port, dist });
    return { unit: 'call', units: 1, intervalMicros: 100, runs: 20, warmUp: 3, call: () => call };
  },
};
