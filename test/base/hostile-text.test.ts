/** Patterns with several wildcards: each of these took quadratic time or worse, and would not finish on this text. */
import { describe, expect, it } from 'vitest';

import { isEncrypted } from '../../src/local/settings/settings-xml/reader.js';
import { readForms } from '../../src/maven/build-file/clojure/clojure-reader.js';
import { interpolatePath } from '../../src/maven/pom/interpolate-path.js';
import { parseTrustedChecksums } from '../../src/proof/checksum/trusted-file.js';
import { compileRegularExpression } from '../../src/proof/key-map/model/regular-expression.js';

const million = 1_000_000;

describe('a million hostile characters are read quickly', () => {
  it('in a password that opens a brace and never closes it', () => {
    expect(isEncrypted(`{${' '.repeat(million)}`)).toBe(false);
    expect(isEncrypted(`{${'a'.repeat(million)}`)).toBe(false);
    expect(isEncrypted('{'.repeat(million))).toBe(false);
  });

  it('in a line of trusted checksums with blanks inside the path', () => {
    const checksums = parseTrustedChecksums(`${'a'.repeat(40)}  x${' '.repeat(million)}y  \n`, 'pins');
    expect(checksums.entries.map(({ path }) => path.length)).toEqual([million + 2]);
  });

  it('in a path of expressions that never end', () => {
    const path = '${'.repeat(million / 2);
    expect(interpolatePath(path.slice(0, 9999), () => 'x')).toBe(path.slice(0, 9999));
    expect(interpolatePath(path, () => 'x')).toBe(path);
  });

  it('in a value that a path names many times', () => {
    const asked: string[] = [];
    const valueOf = (name: string): string => {
      asked.push(name);
      return 'x'.repeat(million);
    };
    expect(interpolatePath('${a}'.repeat(2000), valueOf).length).toBeLessThan(million + 8000);
    expect(asked).toEqual(['a']);
  });

  it('in a URL compared with a mirror pattern of three wildcards', () => {
    expect(compileRegularExpression('.*a.*a.*b', { ignoreCase: false })('a'.repeat(million))).toBe(false);
  });

  it('in a build file of commas, comments or one string', () => {
    for (const text of [','.repeat(million), ';\n'.repeat(million / 2)]) expect(readForms(text, 'project.clj')).toEqual([]);
    expect(readForms(`"${'\\n'.repeat(million / 2)}"`, 'project.clj')).toHaveLength(1);
    expect(() => readForms(`"${'\\n'.repeat(million / 2)}`, 'project.clj')).toThrowError(/line 1/);
  });
});
