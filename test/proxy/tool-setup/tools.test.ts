/** The lines that each tool gets, in files as people have them. */
import { describe, expect } from 'vitest';

import { showToolSetup, undoToolSetup, writeToolSetup } from '../../../src/app/tool-setup/set-up-tool.js';
import type { ToolName } from '../../../src/app/tool-setup/tools.js';
import { it as test } from '../../support/workbench.js';
import { Home } from './support.js';

/** Files of all tools as they may be before: their own formatting, comments, line ends. */
const files: readonly (readonly [title: string, tool: ToolName, file: string, before: string, after: string])[] = [
  [
    'settings.xml with other sections',
    'maven',
    '.m2/settings.xml',
    `<?xml version="1.0"?>\n<!-- mine -->\n<settings>\n    <servers/>\n    <!-- last -->\n</settings>\n`,
    `<?xml version="1.0"?>\n<!-- mine -->\n<settings>\n    <servers/>\n    <!-- last -->\n    <mirrors>\n        <mirror>\n            <id>central</id>\n            <name>clojars-fetch proxy</name>\n            <mirrorOf>central</mirrorOf>\n            <url>http://127.0.0.1:8141/central/</url>\n        </mirror>\n        <mirror>\n            <id>clojars</id>\n            <name>clojars-fetch proxy</name>\n            <mirrorOf>clojars,clojars.org</mirrorOf>\n            <url>http://127.0.0.1:8141/clojars/</url>\n        </mirror>\n    </mirrors>\n</settings>\n`,
  ],
  [
    'profiles.clj with a profile',
    'lein',
    '.lein/profiles.clj',
    `;; mine\n{:user {:plugins [[lein-ancient "1.0.0"]] ; keep\n        :jvm-opts ["-Xmx1g"]}\n :ci {}}\n`,
    `;; mine\n{:user {:plugins [[lein-ancient "1.0.0"]] ; keep\n        :jvm-opts ["-Xmx1g"]\n        :mirrors {"central" {:name "central" :url "http://127.0.0.1:8141/central/" :clojars-fetch/proxy true}\n                  "clojars" {:name "clojars" :url "http://127.0.0.1:8141/clojars/" :clojars-fetch/proxy true}}}\n :ci {}}\n`,
  ],
  [
    'profiles.clj with other mirrors and a comment at the end',
    'lein',
    '.lein/profiles.clj',
    `{:user {:mirrors {#"private.*" {:url "https://nexus"} ; ours\n                  }}}\n`,
    `{:user {:mirrors {#"private.*" {:url "https://nexus"} ; ours\n                  "central" {:name "central" :url "http://127.0.0.1:8141/central/" :clojars-fetch/proxy true}\n                  "clojars" {:name "clojars" :url "http://127.0.0.1:8141/clojars/" :clojars-fetch/proxy true}\n                  }}}\n`,
  ],
  [
    'deps.edn with aliases and CRLF',
    'clj',
    '.clojure/deps.edn',
    `{:aliases {:dev {:extra-deps {}}} ; x\r\n :mvn/local-repo "/m2"\r\n}\r\n`,
    `{:aliases {:dev {:extra-deps {}}} ; x\r\n :mvn/local-repo "/m2"\r\n :mvn/repos {"central" {:url "http://127.0.0.1:8141/central/" :clojars-fetch/proxy true}\r\n             "clojars" {:url "http://127.0.0.1:8141/clojars/" :clojars-fetch/proxy true}}\r\n}\r\n`,
  ],
  [
    'boot.properties without a line end',
    'boot',
    '.boot/boot.properties',
    `#Thu Dec 24\nBOOT_VERSION=2.8.3`,
    `#Thu Dec 24\nBOOT_VERSION=2.8.3\nBOOT_MAVEN_CENTRAL_MIRROR=http://127.0.0.1:8141/central/\nBOOT_CLOJARS_MIRROR=http://127.0.0.1:8141/clojars/\n`,
  ],
  [
    'repositories of sbt',
    'sbt',
    '.sbt/repositories',
    `[repositories]\n  local\n  maven-central\n  mine: https://nexus.example.org/\n`,
    `[repositories]\n  local\n  maven-central: http://127.0.0.1:8141/central/, allowInsecureProtocol\n  mine: https://nexus.example.org/\n`,
  ],
  [
    'mirror.properties of coursier',
    'coursier',
    '.config/coursier/mirror.properties',
    `mine.from=https://example.org\nmine.to=https://nexus.example.org\n`,
    `mine.from=https://example.org\nmine.to=https://nexus.example.org\nclojars-fetch-central.from=https://repo.maven.apache.org/maven2;https://repo1.maven.org/maven2;http://repo1.maven.org/maven2;http://repo.maven.apache.org/maven2\nclojars-fetch-central.to=http://127.0.0.1:8141/central\nclojars-fetch-central.type=maven\nclojars-fetch-clojars.from=https://repo.clojars.org;https://clojars.org/repo;http://clojars.org/repo;http://repo.clojars.org\nclojars-fetch-clojars.to=http://127.0.0.1:8141/clojars\nclojars-fetch-clojars.type=maven\n`,
  ],
  [
    'ivysettings.xml with resolvers of its own',
    'ivy',
    '.ivy2/ivysettings.xml',
    `<ivysettings>\n  <settings defaultResolver="main"/>\n  <resolvers>\n    <chain name="main">\n      <ibiblio name="public" m2compatible="true"/>\n      <ibiblio name='clojars' m2compatible='true' root='https://repo.clojars.org/'/>\n      <ibiblio name="nexus" m2compatible="true" root="https://nexus.example.org/"/>\n    </chain>\n  </resolvers>\n</ivysettings>\n`,
    `<ivysettings>\n  <settings defaultResolver="main"/>\n  <resolvers>\n    <chain name="main">\n      <ibiblio root="http://127.0.0.1:8141/central/" name="public" m2compatible="true"/>\n      <ibiblio name='clojars' m2compatible='true' root='http://127.0.0.1:8141/clojars/'/>\n      <ibiblio name="nexus" m2compatible="true" root="https://nexus.example.org/"/>\n    </chain>\n  </resolvers>\n</ivysettings>\n`,
  ],
];

describe('a file that exists', () => {
  test.for(files)('%s: gets the lines once, and its bytes back', async ([, tool, file, before, after], { bench }) => {
    const home = new Home(bench);
    await home.write(file, before);
    const first = await writeToolSetup(tool, home.options);
    expect(await home.read(file)).toBe(after);
    expect(first.files[0]).toMatchObject({ changed: true, state: 'set-up', backup: `${home.path(file)}.clojars-fetch-backup` });
    expect(await home.read(`${file}.clojars-fetch-backup`)).toBe(before);
    const second = await writeToolSetup(tool, home.options);
    expect(second.files.every(({ changed }) => !changed)).toBe(true);
    expect(second.ready).toBe(true);
    await undoToolSetup(tool, home.options);
    expect(await home.read(file)).toBe(before);
    await expect(home.read(`${file}.clojars-fetch-backup`)).rejects.toThrow('ENOENT');
    expect((await showToolSetup(tool, home.options)).files[0]?.state).toBe('not-set-up');
  });
});

describe('a file that is missing', () => {
  test.for(['lein', 'boot', 'clj', 'maven', 'gradle', 'sbt', 'coursier', 'ivy', 'cursive'] as const)(
    '%s: is created, is found to be right, and is removed by the undo',
    async (tool, { bench }) => {
      const home = new Home(bench);
      const { files: written } = await writeToolSetup(tool, home.options);
      expect(written.length).toBeGreaterThan(0);
      expect((await showToolSetup(tool, home.options)).ready).toBe(true);
      expect((await writeToolSetup(tool, home.options)).files.map(({ changed }) => changed)).toEqual(written.map(() => false));
      await undoToolSetup(tool, home.options);
      await expect(home.bytes('.')).rejects.toThrow('ENOENT');
      expect((await undoToolSetup(tool, home.options)).files.every(({ changed }) => !changed)).toBe(true);
    },
  );

  test.for(['lein', 'boot', 'clj', 'maven', 'gradle', 'sbt', 'coursier', 'ivy'] as const)(
    '%s: moves to another address, and https needs no leave to use http',
    async (tool, { bench }) => {
      const home = new Home(bench);
      await writeToolSetup(tool, home.options);
      const moved = { ...home.options, url: 'https://localhost:9000' };
      expect((await showToolSetup(tool, moved)).ready).toBe(false);
      const { ready, files: written } = await writeToolSetup(tool, moved);
      expect(ready).toBe(true);
      const text = await home.read(written[0]?.path.slice(home.folder.length + 1) ?? '');
      expect(text).toContain('https://localhost:9000/central');
      expect(text).not.toMatch(/8141|llowInsecureProtocol/);
      await undoToolSetup(tool, moved);
      await expect(home.read(written[0]?.path.slice(home.folder.length + 1) ?? '')).rejects.toThrow('ENOENT');
    },
  );
});
