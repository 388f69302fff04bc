/** Small files that are wrong: the error names the file and what is wrong with it, and has a hint. */
import { expect } from 'vitest';

import { it } from '../keys/workspace.js';
import { runCliHere } from '../support/cli-here.js';

const named = '<groupId>g</groupId><artifactId>a</artifactId><version>1</version>';

it.for([
  ['<project/>', "pom.xml: 'modelVersion' is missing."],
  ['<html/>', "pom.xml: 'modelVersion' is missing."],
  ['<project><modelVersion>4.0.0</modelVersion></project>', "pom.xml: 'groupId' is missing."],
  [
    `<project><modelVersion>4.0.0</modelVersion>${named}<dependencies><dependency><groupId>x</groupId><artifactId>y</artifactId></dependency></dependencies></project>`,
    "pom.xml: 'dependencies.dependency.version' for x:y:jar is missing.",
  ],
  ['<project>', 'pom.xml: line 1, column 10: unclosed tag: project'],
  ['', 'pom.xml: line 1, column 1: document must contain a root element.'],
] as const)('a pom.xml that is %j', async ([text, expected], { workspace }) => {
  const file = await workspace.write('project/pom.xml', text);
  const { stdout, stderr, code } = await runCliHere(['project', file, '--offline', '--no-config', '--json'], {
    home: workspace.path('home'),
  });
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string; hint: string | null } };
  expect(error.message).toBe(file.replace(/pom\.xml$/, expected));
  expect(error.hint).toMatch(/^Correct the file: /);
  expect([stderr, code]).toEqual(['', error.code === 'ERR_CONFIG' ? 2 : 6]);
});

it.for([
  ['--settings', 'settings.xml', '<settings><mirrors>'],
  ['--config', 'config.json', '{"mirrors":'],
  ['--config', 'bytes.json', Buffer.from([0xff, 0xfe, 0x80])],
  ['--lockfile', 'a.lock', '{}'],
  ['--trusted-checksums', 'checksums.sha512', 'not a checksum'],
] as const)('%s with a file that is no such file (%s) is an error with a hint', async ([option, name, content], { workspace }) => {
  const file = await workspace.write(name, content);
  const words = [option, file, '--offline', '--json', 'a:b:1'];
  const { stdout, code } = await runCliHere(words, { home: workspace.path('home') });
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string; hint: string | null } };
  expect([error.code, code]).toEqual(option === '--lockfile' ? ['ERR_LOCKFILE', 4] : ['ERR_CONFIG', 2]);
  expect(error.message).toContain(name);
  expect(error.hint ?? '', error.message).not.toBe('');
});
