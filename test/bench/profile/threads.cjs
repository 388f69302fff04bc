/**
 * Loaded into the measured process before its own code: at the end it writes the processor time of each kind of thread (nanoseconds, from
 * the kernel's accounts) to the file that CLOJARS_FETCH_BENCH_THREADS names. V8 starts its helpers before this file runs, and libuv its
 * pool at the first use: so later threads are those of the pool.
 */
'use strict';
const { readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

if (isMainThread && process.env.CLOJARS_FETCH_BENCH_THREADS) {
  const file = process.env.CLOJARS_FETCH_BENCH_THREADS;
  const main = String(process.pid);
  const read = () =>
    new Map(
      readdirSync('/proc/self/task').map((id) => [id, Number(readFileSync(`/proc/self/task/${id}/schedstat`, 'utf8').split(' ')[0])]),
    );
  const micros = () => Number(process.hrtime.bigint() / 1000n);
  const first = read();
  const fromMicros = micros();
  process.on('exit', () => {
    const toMicros = micros();
    const last = read();
    const sum = (wanted) => [...last].reduce((total, [id, nanos]) => (wanted(id) ? total + nanos : total), 0);
    const { user, system } = process.cpuUsage();
    const report = {
      fromMicros,
      toMicros,
      startMs: first.get(main) / 1e6,
      mainMs: (last.get(main) - first.get(main)) / 1e6,
      helpersMs: sum((id) => id !== main && first.has(id)) / 1e6,
      poolMs: sum((id) => !first.has(id)) / 1e6,
      totalMs: (user + system) / 1000,
    };
    writeFileSync(file, JSON.stringify(report));
  });
}
