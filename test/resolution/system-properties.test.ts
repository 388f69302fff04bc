import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { readProfileEnvironment } from '../../src/fetch/resolution/profile-environment.js';
import { systemProperties } from '../../src/fetch/resolution/system-properties.js';

const linux = {
  env: {},
  homeFolder: '/home/ada',
  userName: 'ada',
  workingFolder: '/work',
  platform: 'linux',
  architecture: 'x64',
  release: '6.1.0',
  javaRelease: null,
};

describe('system properties', () => {
  test('without Java it is 17', () => {
    expect(Object.fromEntries(systemProperties(linux))).toEqual({
      'java.version': '17',
      'java.specification.version': '17',
      'os.name': 'Linux',
      'os.arch': 'amd64',
      'os.version': '6.1.0',
      'user.home': '/home/ada',
      'user.name': 'ada',
      'user.dir': '/work',
      'file.separator': '/',
      'path.separator': ':',
      'line.separator': '\n',
      'file.encoding': 'UTF-8',
    });
  });

  test.each([
    ['JAVA_VERSION="21.0.2"\nIMPLEMENTOR="Eclipse Adoptium"\n', '21.0.2', '21'],
    ['IMPLEMENTOR="x"\r\nJAVA_VERSION="1.8.0_402"\r\n', '1.8.0_402', '1.8'],
    ['nonsense', '17', '17'],
  ])('%j', (javaRelease, version, specification) => {
    const properties = systemProperties({ ...linux, javaRelease, env: { JAVA_HOME: '/opt/java' } });
    expect([properties.get('java.version'), properties.get('java.specification.version'), properties.get('java.home')]).toEqual([
      version,
      specification,
      '/opt/java',
    ]);
  });

  test.each([
    ['darwin', 'arm64', '23.1.0', ['Mac OS X', 'aarch64', '23.1.0', ':']],
    ['darwin', 'x64', '23.1.0', ['Mac OS X', 'x86_64', '23.1.0', ':']],
    ['win32', 'x64', '10.0.22631', ['Windows 11', 'amd64', '10.0', ';']],
    ['win32', 'ia32', '10.0.19045', ['Windows 10', 'x86', '10.0', ';']],
    ['freebsd', 'x64', '14.0', ['FreeBSD', 'amd64', '14.0', ':']],
    ['plan9', 'z80', '4', ['plan9', 'z80', '4', ':']],
  ])('%s on %s', (platform, architecture, release, expected) => {
    const properties = systemProperties({ ...linux, platform, architecture, release });
    expect(['os.name', 'os.arch', 'os.version', 'path.separator'].map((name) => properties.get(name))).toEqual(expected);
  });

  test('variables, but no secrets', () => {
    const env = {
      HOME: '/h',
      CI: 'true',
      M2_HOME: '/m',
      GITHUB_TOKEN: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      DB_PASSWORD: 'x',
      npm_config__authToken: 'x',
      SSH_AUTH_SOCK: 'x',
      SIGNING_KEY: 'x',
      EMPTY: undefined,
    };
    expect([...systemProperties({ ...linux, env }).keys()].filter((name) => name.startsWith('env.'))).toEqual([
      'env.HOME',
      'env.CI',
      'env.M2_HOME',
    ]);
    expect(systemProperties({ ...linux, platform: 'win32', env: { Path: 'C:\\' } }).get('env.PATH')).toBe('C:\\');
  });

  test('of this machine, with the Java that JAVA_HOME names', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'clojars-fetch-java-'));
    try {
      await writeFile(join(folder, 'release'), 'JAVA_VERSION="11.0.22"\n');
      const { systemProperties: properties, fileExists } = await readProfileEnvironment({ JAVA_HOME: folder }, '/home/ada');
      expect(properties.get('java.version')).toBe('11.0.22');
      expect([fileExists(folder), fileExists(join(folder, 'absent'))]).toEqual([true, false]);
      expect((await readProfileEnvironment({}, '/home/ada', { a: 'b' })).systemProperties).toEqual(new Map([['a', 'b']]));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
