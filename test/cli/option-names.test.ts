import { expect, test } from 'vitest';

import { createClient } from '../../src/app/client/client.js';
import { ClojarsFetchError, isClojarsFetchError } from '../../src/base/error.js';
import { clientOptions } from '../../src/cli/options/client-options.js';
import { nameOptions } from '../../src/cli/options/option-names.js';
import { parseArguments } from '../../src/cli/options/parse.js';

test.each([
  [['--repo', 'a=maven.example.org'], '--repo: not an absolute URL: maven.example.org'],
  [
    ['--repo', 'a=http://maven.example.org/'],
    '--repo: over plain http, anyone on the way can change what is served: http://maven.example.org/',
  ],
  [['--repo', 'a/b=https://maven.example.org/'], 'the ID of --repo is not a repository id: "a/b"'],
  [
    ['--repo', 'a=https://x.example.org/', '--mirror', 'a=ftp://y.example.org/'],
    '--mirror: the scheme ftp: is not supported: ftp://y.example.org/',
  ],
  [
    ['--mirror', 'clojars=http://u:secret@y.example.org/'],
    '--mirror: over plain http, anyone on the way can change what is served: http://y.example.org/',
  ],
  [['--mirror', 'clojar=https://y.example.org/'], '--mirror: unknown repository "clojar" (did you mean clojars?)'],
  [['--repo-for', 'org.x=clojar'], '--repo-for: unknown repository "clojar" (did you mean clojars?)'],
  [['--repo-for', 'a..b=clojars'], '--repo-for must be a group (org.clojure), all beneath one (org.clojure.*), or *, not "a..b"'],
])('a mistake in %j is named as it was typed', async (words, message) => {
  const client = createClient({
    ...clientOptions(parseArguments(['org.example/lib', '1', '--no-config', ...words]), {
      signal: new AbortController().signal,
      onEvent: () => undefined,
    }),
  });
  const error: unknown = await client.listMirrors().then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!isClojarsFetchError(error)) throw new Error('no error of ours', { cause: error });
  const named = nameOptions(error);
  expect(named).toMatchObject({ code: 'ERR_CONFIG', reason: error.reason, hint: error.hint, message });
  expect(JSON.stringify([named, String(named.stack)])).not.toContain('secret');
});

test('other errors stay as they are', () => {
  const error = new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: '/home/me/config.json: repositories[0].url: not an absolute URL',
  });
  expect(nameOptions(error)).toBe(error);
});
