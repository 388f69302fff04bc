import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';

import { readProject } from '../../src/app/project/read-project.js';
import { parseJvmConfig, parseMavenConfig } from '../../src/maven/build-file/maven/maven-config.js';
import { temporaryFolder } from '../support/temporary-folder.js';

let folder = '';
beforeEach(async () => {
  folder = await temporaryFolder();
});

describe('maven.config', () => {
  test.each([
    ['-Drevision=2', { revision: '2' }, []],
    ['-D a=1 --define b=x=y --define=c=3\r\n-Dflag', { a: '1', b: 'x=y', c: '3', flag: 'true' }, []],
    ['# -Da=1\n-T 4\n-Pci,!slow\n--activate-profiles x -q "-Dq=1"', { q: '1' }, ['ci', '!slow', 'x']],
    ['-Da=1\n-Da=2\n-D', { a: '2' }, []],
    ['', {}, []],
  ])('has the options of %j', (text, properties, profiles) => {
    const config = parseMavenConfig(text);
    expect([Object.fromEntries(config.properties), config.profiles]).toEqual([properties, profiles]);
  });

  test.each([
    ['-s .mvn/settings.xml', ['.mvn/settings.xml']],
    ['-s=a.xml -q', ['a.xml']],
    ['--settings b.xml --settings=c.xml', ['b.xml', 'c.xml']],
    ['-gs global.xml\n--global-settings=other.xml', ['global.xml', 'other.xml']],
    ['-settings d.xml', ['d.xml']],
    ['-s', []],
    ['-X -P s', []],
  ])('names a settings file with %j', (text, settings) => {
    expect(parseMavenConfig(text).settings).toEqual(settings);
  });

  test('does not read a settings file of the project named by -s, and warns of it', async () => {
    await mkdir(join(folder, '.mvn'));
    await writeFile(join(folder, '.mvn', 'maven.config'), '-s .mvn/settings.xml\n-Dmaven.repo.local=repo');
    await writeFile(join(folder, '.mvn', 'settings.xml'), '<broken');
    await writeFile(
      join(folder, 'pom.xml'),
      '<project><modelVersion>4.0.0</modelVersion><groupId>o</groupId><artifactId>a</artifactId><version>1</version></project>',
    );
    const { model } = await readProject(folder);
    expect(model.problems.map(({ message }) => message)).toEqual([
      `${join(folder, '.mvn', 'maven.config')} names the settings file ${join(folder, '.mvn', 'settings.xml')}, which is not used, because it could send environment variables to any host; if you trust it, add --settings ${join(folder, '.mvn', 'settings.xml')}`,
    ]);
    expect(model.localRepository).toBe(join(folder, 'repo'));
  });

  test('has stronger system properties than jvm.config', async () => {
    await mkdir(join(folder, '.mvn'));
    await writeFile(join(folder, '.mvn', 'jvm.config'), '-Xmx1g -Dlib=1 -Dmore=2 -Dmaven.repo.local=/from/jvm -Dempty');
    await writeFile(join(folder, '.mvn', 'maven.config'), '-Dlib=3');
    const dependency = (version: string): string =>
      `<dependency><groupId>g</groupId><artifactId>${version}</artifactId><version>\${${version}}</version></dependency>`;
    await writeFile(
      join(folder, 'pom.xml'),
      `<project><modelVersion>4.0.0</modelVersion><groupId>o</groupId><artifactId>a</artifactId><version>1</version><dependencies>${dependency('lib')}${dependency('more')}</dependencies></project>`,
    );
    const { model } = await readProject(folder);
    expect(model.roots.map(({ version }) => version)).toEqual(['3', '2']);
    expect(model.localRepository).toBe('/from/jvm');
    expect([...parseJvmConfig('-Dempty -Da=b=c')]).toEqual([
      ['empty', ''],
      ['a', 'b=c'],
    ]);
  });

  test('stops the project if a POM names a variable that it may not read, with a hint that names --pom-env', async () => {
    await writeFile(
      join(folder, 'pom.xml'),
      '<project><modelVersion>4.0.0</modelVersion><groupId>o</groupId><artifactId>a</artifactId><version>1</version><dependencies><dependency><groupId>g</groupId><artifactId>l</artifactId><version>${env.LIB_VERSION}</version></dependency></dependencies></project>',
    );
    await expect(readProject(folder)).rejects.toMatchObject({
      code: 'ERR_COORDINATE',
      hint: 'Set LIB_VERSION, and let POMs read it with `--pom-env LIB_VERSION` (`pomEnvironment` in the configuration file and the library).',
    });
  });

  test('sets versions, overrides properties of the POM, and switches profiles', async () => {
    await mkdir(join(folder, '.mvn'));
    await mkdir(join(folder, 'module'));
    await writeFile(join(folder, '.mvn', 'maven.config'), '-Drevision=7\n-Dlib.version=2\n-Pextra\n-Dos.name=Plan9\n');
    const dependency = (name: string, version: string): string =>
      `<dependency><groupId>g</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
    await writeFile(
      join(folder, 'pom.xml'),
      `<project><modelVersion>4.0.0</modelVersion><groupId>o</groupId><artifactId>a</artifactId><version>\${revision}</version><packaging>pom</packaging><modules><module>module</module></modules><properties><revision>1</revision></properties><dependencies>${dependency('lib', '${lib.version}')}</dependencies><profiles><profile><id>extra</id><dependencies>${dependency('more', '${revision}')}</dependencies></profile><profile><id>os</id><activation><property><name>os.name</name><value>Plan9</value></property></activation><dependencies>${dependency('nine', '9')}</dependencies></profile></profiles></project>`,
    );
    await writeFile(
      join(folder, 'module', 'pom.xml'),
      '<project><modelVersion>4.0.0</modelVersion><parent><groupId>o</groupId><artifactId>a</artifactId><version>${revision}</version></parent><artifactId>m</artifactId></project>',
    );
    for (const file of [join(folder, 'pom.xml'), join(folder, 'module')]) {
      const { model } = await readProject(file);
      expect(model.roots.map(({ artifact, version }) => `${artifact}:${version}`)).toEqual(['lib:2', 'more:7', 'nine:9']);
    }
  });

  test.each([
    [
      'https://a.test/${env.CLOJARS_FETCH_T}/',
      /repository r has \$\{env\.CLOJARS_FETCH_T\}, .*set CLOJARS_FETCH_T, .*`--pom-env CLOJARS_FETCH_T`/,
    ],
    ['https://a.test/${no.such.property}/', /repository r has \$\{no\.such\.property\}, which has no value here$/],
    ['https://a.test/${known}/', null],
  ])('names what the URL %s of a repository lacks, and never sends a variable that is not listed', async (url, problem) => {
    await writeFile(
      join(folder, 'pom.xml'),
      `<project><modelVersion>4.0.0</modelVersion><groupId>o</groupId><artifactId>a</artifactId><version>1</version><properties><known>k</known></properties><repositories><repository><id>r</id><url>${url}</url></repository></repositories></project>`,
    );
    const { model } = await readProject(folder);
    const messages = model.problems.map(({ message }) => message);
    if (problem === null) expect(messages).toEqual([]);
    else expect(messages).toEqual([expect.stringMatching(problem)]);
    expect(model.repositories[0]?.url).toBe(url.replace('${known}', 'k'));
  });
});
