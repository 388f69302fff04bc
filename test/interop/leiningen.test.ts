/** Alongside Leiningen: each uses the files that the other placed, without sending a request or writing them again. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { type Nginx, startNginx } from './nginx.js';
import { findProgram, missingPrograms, type ProgramResult, runProgram, skipUnlessThere } from './programs.js';
import { closure, createClosureRepository, createFolder, fetchByCli, fingerprint, listFiles, readTracking } from './workspace.js';

const missing = missingPrograms(['nginx', 'lein', 'java']);

/** Leiningen refuses plain http, on the loopback interface too, unless configured for it. */
function formatProject(localRepository: string, url: string): string {
  return `(require 'cemerick.pomegranate.aether)
(cemerick.pomegranate.aether/register-wagon-factory! "http" #(org.apache.maven.wagon.providers.http.HttpWagon.))
(defproject interop "1.0.0"
  :local-repo ${JSON.stringify(localRepository)}
  :repositories ^:replace [["clojars" {:url ${JSON.stringify(url)} :snapshots false}]]
  :plugin-repositories ^:replace []
  :eval-in :leiningen
  :profiles {:none {}}
  :dependencies [[org.example/app "1.0.0"]])
`;
}

describe('alongside Leiningen', () => {
  let folder: Awaited<ReturnType<typeof createFolder>> | null = null;
  let nginx: Nginx;
  let root = '';
  let names = 0;
  const inFolder = (what: string): string => join(folder?.path ?? '', `${what}-${(names += 1)}`);

  beforeAll(async () => {
    if (missing.length > 0) return;
    folder = await createFolder();
    root = inFolder('served');
    await mkdir(root);
    await createClosureRepository('first').writeTo(root);
    nginx = await startNginx(inFolder('nginx'), root);
  });
  beforeEach((context) => skipUnlessThere(context, missing));
  afterAll(async () => {
    // Undefined if the set-up failed or was skipped.
    if (folder === null) return;
    await nginx.stop();
    await folder.remove();
  });

  /** LEIN_OFFLINE is set in addition to `-o`: with this project, `-o` alone still asks the repository (2.10.0). */
  async function lein(localRepository: string, argumentsList: readonly string[]): Promise<ProgramResult> {
    const offline: Record<string, string> = argumentsList.includes('-o') ? { LEIN_OFFLINE: '1' } : {};
    const [cwd, home] = [inFolder('project'), inFolder('lein-home')];
    await mkdir(cwd);
    await mkdir(home);
    await writeFile(join(cwd, 'project.clj'), formatProject(localRepository, nginx.url));
    return runProgram(findProgram('lein') ?? 'lein', argumentsList, {
      home,
      cwd,
      env: { LEIN_HOME: join(home, '.lein'), LEIN_JVM_OPTS: `-Duser.home=${home}`, ...offline },
    });
  }
  const jarsOf = (result: ProgramResult): string[] =>
    result.stdout
      .trim()
      .split(':')
      .filter((path) => path.endsWith('.jar'))
      .sort();
  const jarsIn = (localRepository: string): string[] => closure.map(({ jar }) => join(localRepository, jar)).sort();

  test('lein -o uses files that clojars-fetch placed, and sends no request', async () => {
    const [local, home] = [inFolder('local'), inFolder('home')];
    const before = await lein(local, ['-o', 'with-profile', 'none', 'classpath']);
    expect(before.code, 'Leiningen must fail without the files').not.toBe(0);
    expect(await nginx.requests(), 'offline must mean that no request is sent').toEqual([]);
    for (const { coordinate, jar } of closure) {
      expect(await fetchByCli(coordinate, { home, repositoryId: 'clojars', url: nginx.url, localRepository: local })).toMatchObject({
        path: join(local, jar),
        level: 'transport',
      });
    }
    const asked = await nginx.requests();
    const after = await lein(local, ['-o', 'with-profile', 'none', 'classpath']);
    expect(after.code, after.output).toBe(0);
    expect(jarsOf(after)).toEqual(jarsIn(local));
    expect(await nginx.requests()).toEqual(asked);
  });

  test("files that Leiningen placed are used without a request, never overwritten, and tracked like this program's own", async () => {
    const [theirs, ours, home] = [inFolder('local'), inFolder('local'), inFolder('home')];
    const online = await lein(theirs, ['with-profile', 'none', 'deps']);
    expect(online.code, online.output).toBe(0);
    for (const { coordinate } of closure)
      await fetchByCli(coordinate, { home, repositoryId: 'clojars', url: nginx.url, localRepository: ours });
    // Other jars under the same names: a file that was fetched again would show.
    await createClosureRepository('second').writeTo(root);
    const files = await listFiles(theirs);
    const before = await Promise.all(files.map((path) => fingerprint(join(theirs, path))));
    const asked = await nginx.requests();
    const stranger = inFolder('home');
    for (const { coordinate, jar } of closure) {
      const fetched = await fetchByCli(coordinate, { home: stranger, repositoryId: 'clojars', url: nginx.url, localRepository: theirs });
      expect(fetched).toMatchObject({ path: join(theirs, jar), repository: 'clojars', mirror: null, level: 'local' });
    }
    expect(await nginx.requests()).toEqual(asked);
    expect(await listFiles(theirs)).toEqual(files);
    expect(await Promise.all(files.map((path) => fingerprint(join(theirs, path))))).toEqual(before);
    expect(await listFiles(ours)).toEqual(files);
    for (const path of files) {
      if (path.endsWith('_remote.repositories'))
        expect(await readTracking(join(ours, path)), path).toEqual(await readTracking(join(theirs, path)));
      else expect(await readFile(join(ours, path)), path).toEqual(await readFile(join(theirs, path)));
    }
  });
});
