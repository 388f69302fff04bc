/** Alongside Maven: each uses the files that the other placed, without sending a request or writing them again. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createMaven, type Maven, type MavenDependency, missingForMaven } from './maven.js';
import { type Nginx, startNginx } from './nginx.js';
import { missingPrograms, skipUnlessThere } from './programs.js';
import { closure, createClosureRepository, createFolder, fetchByCli, fingerprint, listFiles, readTracking, snapshot } from './workspace.js';

const missing = [...missingPrograms(['nginx']), ...missingForMaven()];
const app: MavenDependency = { group: 'org.example', artifact: 'app', version: '1.0.0' };
const nightly: MavenDependency = { group: 'org.example', artifact: 'nightly', version: '0.3-SNAPSHOT' };

describe('alongside Maven', () => {
  let folder: Awaited<ReturnType<typeof createFolder>> | null = null;
  let maven: Maven;
  const running: Nginx[] = [];
  let home = '';
  let names = 0;

  beforeAll(async () => {
    if (missing.length > 0) return;
    folder = await createFolder();
    maven = await createMaven(folder.path);
  });
  beforeEach((context) => skipUnlessThere(context, missing));
  afterAll(async () => {
    await Promise.all(running.map((nginx) => nginx.stop()));
    await folder?.remove();
  });

  const freshName = (what: string): string => `${what}-${(names += 1)}`;
  const inFolder = (what: string): string => join(folder?.path ?? '', freshName(what));

  /** nginx over the closure; `root` is its folder. */
  async function serve(isEmpty = false): Promise<{ nginx: Nginx; root: string }> {
    home = inFolder('home');
    const root = inFolder('served');
    await mkdir(root, { recursive: true });
    if (!isEmpty) await createClosureRepository('first').writeTo(root);
    const nginx = await startNginx(inFolder('nginx'), root);
    running.push(nginx);
    return { nginx, root };
  }
  const fetchOne = (
    coordinate: string,
    url: string,
    localRepository: string,
    more: readonly string[] = [],
  ): ReturnType<typeof fetchByCli> => fetchByCli(coordinate, { home, repositoryId: 'central', url, localRepository, more });
  const jarsIn = (localRepository: string): string[] => closure.map(({ jar }) => join(localRepository, jar)).sort();

  test('mvn -o uses files that clojars-fetch placed, and only those', async () => {
    const { nginx, root } = await serve();
    const local = await maven.createLocalRepository(freshName('local'));
    const before = await maven.buildClassPath(local, [app]);
    expect(before.paths, 'Maven must fail without the files').toBeNull();
    await rm(local, { recursive: true });
    const fresh = await maven.createLocalRepository(freshName('local'));
    for (const { coordinate, jar } of closure) {
      const fetched = await fetchOne(coordinate, nginx.url, fresh);
      expect(fetched).toMatchObject({ path: join(fresh, jar), repository: 'central', mirror: nginx.url, level: 'transport' });
      expect(await readFile(fetched.path)).toEqual(await readFile(join(root, jar)));
    }
    const asked = await nginx.requests();
    const after = await maven.buildClassPath(fresh, [app]);
    expect([...(after.paths ?? [after.output])].sort()).toEqual(jarsIn(fresh));
    expect(await nginx.requests()).toEqual(asked);
  });

  test('mvn -o refuses files from a repository of another id, as it does with its own', async () => {
    const { nginx } = await serve();
    const local = await maven.createLocalRepository(freshName('local'));
    for (const { coordinate } of closure)
      await fetchByCli(coordinate, { home, repositoryId: 'elsewhere', url: nginx.url, localRepository: local });
    const result = await maven.buildClassPath(local, [app]);
    expect(result.paths).toBeNull();
  });

  test('files of a Maven run are used without a request, and stay as they are', async () => {
    const { nginx, root } = await serve();
    const local = await maven.createLocalRepository(freshName('local'));
    const online = await maven.buildClassPath(local, [app], nginx.url);
    expect([...(online.paths ?? [online.output])].sort()).toEqual(jarsIn(local));
    // From now on other jars are served under the same names: a file that was fetched again would show.
    await createClosureRepository('second').writeTo(root);
    const files = (await listFiles(join(local, 'org/example'))).map((path) => join(local, 'org/example', path));
    const before = await Promise.all(files.map(fingerprint));
    const asked = await nginx.requests();
    for (const { coordinate, jar } of closure) {
      const first = await fetchOne(coordinate, nginx.url, local);
      expect(first).toMatchObject({ path: join(local, jar), repository: 'central', mirror: null, level: 'local' });
      expect(await fetchOne(coordinate, nginx.url, local), 'from the verification cache').toEqual(first);
    }
    expect(await nginx.requests()).toEqual(asked);
    expect((await listFiles(join(local, 'org/example'))).map((path) => join(local, 'org/example', path))).toEqual(files);
    expect(await Promise.all(files.map(fingerprint))).toEqual(before);
  });

  test('both leave the same files with the same bytes, and tracking files that differ only in comments and times', async () => {
    const { nginx } = await serve();
    const theirs = await maven.createLocalRepository(freshName('local'));
    const online = await maven.buildClassPath(theirs, [app], nginx.url);
    expect(online.paths, online.output).not.toBeNull();
    const ours = inFolder('local');
    for (const { coordinate } of closure) await fetchOne(coordinate, nginx.url, ours);
    const files = await listFiles(join(theirs, 'org/example'));
    expect(await listFiles(join(ours, 'org/example'))).toEqual(files);
    expect(files.filter((path) => path.endsWith('_remote.repositories'))).toHaveLength(closure.length);
    for (const path of files) {
      const [our, their] = [join(ours, 'org/example', path), join(theirs, 'org/example', path)];
      if (path.endsWith('_remote.repositories')) expect(await readTracking(our), path).toEqual(await readTracking(their));
      else expect(await readFile(our), path).toEqual(await readFile(their));
    }
  });

  test('failures that Maven remembers are cleared, and Maven continues', async () => {
    const { nginx, root } = await serve(true);
    const local = await maven.createLocalRepository(freshName('local'));
    expect((await maven.buildClassPath(local, [app], nginx.url)).paths).toBeNull();
    const remembered = (await listFiles(join(local, 'org/example'))).filter((path) => path.endsWith('.lastUpdated'));
    expect(remembered).toContain('app/1.0.0/app-1.0.0.jar.lastUpdated');
    await createClosureRepository('first').writeTo(root);
    const asked = await nginx.requests();
    expect((await maven.buildClassPath(local, [app], nginx.url)).paths, 'Maven remembers the failure').toBeNull();
    expect((await nginx.requests()).slice(asked.length).filter((line) => line.includes('app-1.0.0.jar'))).toEqual([]);
    for (const { coordinate } of closure) await fetchOne(coordinate, nginx.url, local);
    expect((await listFiles(join(local, 'org/example'))).filter((path) => path.endsWith('.lastUpdated'))).toEqual([]);
    const offline = await maven.buildClassPath(local, [app]);
    expect([...(offline.paths ?? [offline.output])].sort()).toEqual(jarsIn(local));
  });

  test('mvn -o uses a snapshot that clojars-fetch placed', async () => {
    const { nginx, root } = await serve();
    const local = await maven.createLocalRepository(freshName('local'));
    const fetched = await fetchOne(snapshot.coordinate, nginx.url, local);
    expect(fetched.path).toBe(join(local, snapshot.jar));
    const result = await maven.buildClassPath(local, [nightly]);
    expect(result.paths, result.output).toHaveLength(1);
    const [path = ''] = result.paths ?? [];
    expect(await readFile(path)).toEqual(await readFile(join(root, snapshot.jar)));
  });

  test('a snapshot that Maven placed is used: offline without a request, otherwise with one for its metadata only', async () => {
    const { nginx, root } = await serve();
    const local = await maven.createLocalRepository(freshName('local'));
    const online = await maven.buildClassPath(local, [nightly], nginx.url);
    expect(online.paths, online.output).toHaveLength(1);
    await createClosureRepository('second').writeTo(root);
    const before = await fingerprint(join(local, snapshot.jar));
    const asked = await nginx.requests();
    const offline = await fetchOne(snapshot.coordinate, nginx.url, local, ['--offline']);
    expect(offline).toMatchObject({ path: join(local, snapshot.jar), level: 'local', mirror: null });
    expect(await nginx.requests()).toEqual(asked);
    expect(await fetchOne(snapshot.coordinate, nginx.url, local)).toMatchObject({
      path: offline.path,
      sha256: offline.sha256,
      mirror: null,
    });
    expect((await nginx.requests()).slice(asked.length).filter((line) => !line.includes('maven-metadata.xml'))).toEqual([]);
    expect(await fingerprint(join(local, snapshot.jar))).toBe(before);
  });

  test('snapshot folders get the same tracking and metadata as from Maven', async () => {
    const { nginx } = await serve();
    const theirs = await maven.createLocalRepository(freshName('local'));
    const online = await maven.buildClassPath(theirs, [nightly], nginx.url);
    expect(online.paths, online.output).toHaveLength(1);
    const ours = inFolder('local');
    await fetchOne(snapshot.coordinate, nginx.url, ours);
    const files = await listFiles(join(theirs, snapshot.folder));
    expect(await listFiles(join(ours, snapshot.folder))).toEqual(files);
    for (const path of files) {
      const [our, their] = [join(ours, snapshot.folder, path), join(theirs, snapshot.folder, path)];
      if (path === 'resolver-status.properties')
        expect((await readTracking(our)).map(dropTime), path).toEqual((await readTracking(their)).map(dropTime));
      else if (path === '_remote.repositories') expect(await readTracking(our), path).toEqual(await readTracking(their));
      else expect(await readFile(our), path).toEqual(await readFile(their));
    }
  });
});

/** `maven-metadata-central.xml.lastUpdated=1767225600000` without the time. */
function dropTime(line: string): string {
  return line.replace(/=\d+$/, '=');
}
