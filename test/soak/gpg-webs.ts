/** Random webs of trust, each judged by gpg and by this package, on every key, user ID and signature. */
import { compareMadeWeb, compareWeb } from '../interop/gpg-web/compare.js';
import { regexpWeb } from '../interop/gpg-web/regexp-web.js';
import { randomWeb } from '../interop/gpg-web/web.js';
import { findProgram } from '../interop/programs.js';

export interface WebsResult {
  readonly done: number;
  readonly detail: string;
  readonly violations: readonly string[];
}

const most = 5;

/** The first of every fifty has hundreds of keys. */
const compareOne = (number: number, seed: number): ReturnType<typeof compareWeb> => {
  if (number % 50 === 49) return compareMadeWeb(seed, number === 49 ? { keys: 200, acts: 700 } : { keys: 40, acts: 200 });
  return compareWeb(number % 10 === 9 ? regexpWeb(seed) : randomWeb(seed));
};

/**
 * Every fiftieth is made entirely by gpg, from its own keybox and trust database; every other tenth is about the expressions of trust
 * signatures. Does nothing if gpg is not installed.
 */
export async function compareWebs(
  webs: number,
  seed: number,
  { endMs, onProgress }: { readonly endMs: number; readonly onProgress: (done: number) => void },
): Promise<WebsResult> {
  if (findProgram('gpg') === null) return { done: webs, detail: 'left out: gpg is not installed', violations: [] };
  const violations: string[] = [];
  let compared = 0;
  let done = 0;
  for (; done < webs && performance.now() < endMs && violations.length < most; done += 1) {
    const result = await compareOne(done, seed + done);
    compared += result.compared;
    violations.push(...result.disagreements);
    if (done % 50 === 49) onProgress(done + 1);
  }
  return { done, detail: `${compared} answers of gpg and ours`, violations };
}
