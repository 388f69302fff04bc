/** Tests get their folders, servers and clients from the fixture `bench`, which closes them in the right order. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, it } from 'vitest';

import { readText } from './source.js';

/** Files that still make a temporary folder themselves. The list only gets shorter. */
const ownFolders = [
  'test/artifact/hostile-run.ts',
  'test/artifact/hostile.test.ts',
  'test/artifact/jar/pom-properties.test.ts',
  'test/artifact/stage.ts',
  'test/cli-process/surroundings.ts',
  'test/conformance/public.test.ts',
  'test/docs/examples.test.ts',
  'test/examples/examples.test.ts',
  'test/local-repository/local-repository.test.ts',
  'test/local-repository/processes.test.ts',
  'test/local-repository/temporary-folder.ts',
  'test/lockfile/format.test.ts',
  'test/processes/disk.test.ts',
  'test/processes/replace.test.ts',
  'test/processes/support.ts',
  'test/project/maven-config.test.ts',
  'test/project/user-files.test.ts',
  'test/properties/schedule.ts',
  'test/properties/sockets.test.ts',
  'test/resolution/system-properties.test.ts',
  'test/settings/effective.test.ts',
  'test/transport/local.test.ts',
  'test/verify/check-jobs.test.ts',
  'test/verify/command.test.ts',
  'test/verify/page.test.ts',
  'test/verify/thread.test.ts',
  'test/xml/xml.test.ts',
];

const tests = fileURLToPath(new URL('..', import.meta.url));
const files = readdirSync(tests, { recursive: true, encoding: 'utf8' })
  .map((file) => `test/${file.replaceAll('\\', '/')}`)
  .filter((file) => file.endsWith('.ts') && !/^test\/(?:architecture|bench|interop|soak|support)\//.test(file))
  .sort();

it('no test makes a folder itself if the workbench has one', () => {
  expect(files.filter((file) => /\bmkdtemp/.test(readText(file)))).toEqual(ownFolders);
});

it('no test opens a workbench itself, except those that need several in one test', () => {
  expect(files.filter((file) => /new Workbench\(/.test(readText(file)))).toEqual(['test/resolution/arrival.test.ts']);
});
