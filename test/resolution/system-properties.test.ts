import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { readProfileEnvironment } from '../../src/fetch/resolution/profile-environment.js';
import { type MachineFacts, systemProperties } from '../../src/local/settings/machine/system-properties.js';
import type { UserEnvironment } from '../../src/local/settings/machine/user-environment.js';
import { temporaryFolder } from '../support/temporary-folder.js';

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

const user = (env: Readonly<Record<string, string>>): UserEnvironment => ({ env, homeFolder: '/home/ada' });

describe('system properties', () => {
  test('say 17 without Java', () => {
    expect(Object.fromEntries(systemProperties(linux, []))).toEqual({
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
  ])('are read for Java %j', (javaRelease, version, specification) => {
    const properties = systemProperties({ ...linux, javaRelease, env: { JAVA_HOME: '/opt/java' } }, []);
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
  ])('are known for %s on %s', (platform, architecture, release, expected) => {
    const properties = systemProperties({ ...linux, platform, architecture, release }, []);
    expect(['os.name', 'os.arch', 'os.version', 'path.separator'].map((name) => properties.get(name))).toEqual(expected);
  });

  test('come from the environment: JAVA_HOME and the variables that the user lists, and no others', () => {
    const env = { JAVA_HOME: '/opt/java', HOME: '/h', CI: 'true', PASS: 'x', MNEMONIC: 'x', GITHUB_TOKEN: 'x', EMPTY: undefined };
    const known = (pomEnvironment: readonly string[], platform = 'linux', variables: MachineFacts['env'] = env): readonly string[] =>
      [...systemProperties({ ...linux, platform, env: variables }, pomEnvironment).keys()].filter((name) => name.startsWith('env.'));
    expect(known([])).toEqual(['env.JAVA_HOME']);
    expect(known(['CI', 'EMPTY', 'ABSENT'])).toEqual(['env.JAVA_HOME', 'env.CI']);
    expect(known(['ci'])).toEqual(['env.JAVA_HOME']);
    expect(known(['path'], 'win32', { Path: 'C:\\', Java_Home: 'C:\\java', Secret: 'x' })).toEqual(['env.PATH', 'env.JAVA_HOME']);
  });

  test('are those of this machine, with the Java of JAVA_HOME', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'release'), 'JAVA_VERSION="11.0.22"\n');
    const { systemProperties: properties, fileExists } = await readProfileEnvironment(user({ JAVA_HOME: folder }), {
      pomEnvironment: [],
    });
    expect(properties.get('java.version')).toBe('11.0.22');
    expect([fileExists(folder), fileExists(join(folder, 'absent'))]).toEqual([true, false]);
    expect((await readProfileEnvironment(user({}), { systemProperties: { a: 'b' }, pomEnvironment: ['PATH'] })).systemProperties).toEqual(
      new Map([['a', 'b']]),
    );
  });
});
