/** Tells V8 to free unpacked pieces of a log at once. By itself it would wait for 40 MB of them. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { readonly type: 'minor' }) => void;

const bytesBetween = 4 << 20;

let collect: Collect | null = null;

/** Returns a function to call with the length of each piece that is done with. */
export function createCollector(): (bytes: number) => void {
  collect ??= findCollect();
  let waiting = 0;
  return (bytes) => {
    waiting += bytes;
    if (waiting < bytesBetween) return;
    waiting = 0;
    collect?.({ type: 'minor' });
  };
}

/** The function exists only in contexts that are made under the flag, so no other code gets it. */
function findCollect(): Collect {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  return typeof found === 'function' ? (found as Collect) : () => undefined;
}
