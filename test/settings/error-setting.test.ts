import { expect, test } from 'vitest';

import { readClientOptions } from '../../src/local/settings/client-options-reader.js';
import { parseConfiguration } from '../../src/local/settings/configuration-file.js';
import { loadConfiguration } from '../../src/local/settings/effective.js';
import { thrownBy } from './support.js';

const load = (options: object, env: Record<string, string> = {}) =>
  loadConfiguration({ options, env, homeFolder: '/home/me', workingFolder: '/work', readFile: () => Promise.resolve(null) });

test.each([
  ['trust.level', () => readClientOptions({ trust: { level: 'orign' } })],
  ['trust.levle', () => readClientOptions({ trust: { levle: 'origin' } })],
  ['trust.weakUntil', () => parseConfiguration('{"trust": {"weakUntil": "soon"}}', '/c.json', '/')],
  ['timeoutMs', () => load({}, { CLOJARS_FETCH_TIMEOUT: 'soon' })],
  ['trust.level', () => load({}, { CLOJARS_FETCH_LEVEL: 'orign' })],
  ['repositories[0].url', () => load({ repositories: [{ id: 'a', url: 'a' }] })],
  ['repositories[0].mirrors[1].url', () => load({ repositories: [{ id: 'a', url: 'https://a/', mirrors: ['https://b/', { url: 'b' }] }] })],
  ['repoFor.org.x', () => load({ repoFor: { 'org.x': 'clojar' } })],
  ['configurationFile', () => load({ configurationFile: 'absent.json' })],
  ['settings', () => load({ settings: 'absent.xml' })],
  ['mirrorList', () => load({ mirrorList: 'absent.json' })],
  ['ca', () => load({ ca: 'absent.pem' })],
  ['proxy', () => load({ proxy: 'x' })],
])('the error carries the setting %s', async (setting, make) => {
  expect(await thrownBy(make)).toMatchObject({ code: 'ERR_CONFIG', setting });
});
