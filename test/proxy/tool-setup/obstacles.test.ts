/** Files into which the lines cannot be merged without a guess, or that keep the tool from asking the proxy. */
import { describe, expect } from 'vitest';

import { showToolSetup, writeToolSetup } from '../../../src/app/tool-setup/set-up-tool.js';
import type { ToolName } from '../../../src/app/tool-setup/tools.js';
import { errorOf, it as test } from '../../support/workbench.js';
import { Home } from './support.js';

const places: Readonly<Partial<Record<ToolName, string>>> = {
  maven: '.m2/settings.xml',
  lein: '.lein/profiles.clj',
  clj: '.clojure/deps.edn',
  boot: '.boot/boot.properties',
  gradle: '.gradle/init.d/clojars-fetch.gradle',
  sbt: '.sbt/repositories',
  coursier: '.config/coursier/mirror.properties',
  ivy: '.ivy2/ivysettings.xml',
};

const mirror = (id: string, mirrorOf: string, more = '<url>https://nexus.example.org/</url>'): string =>
  `<settings>\n<mirrors>\n  <mirror><id>${id}</id><mirrorOf>${mirrorOf}</mirrorOf>${more}</mirror>\n</mirrors>\n</settings>\n`;

describe('nothing is written, and the place is named, for', () => {
  test.for<readonly [title: string, tool: ToolName, text: string, place: string, message: RegExp]>([
    [
      'a mirror of everything',
      'maven',
      mirror('nexus', '*'),
      'line 3, column 3',
      /'nexus' \(\*\) already stands for 'central', at https:\/\/nexus/,
    ],
    ['a mirror of all but one', 'maven', mirror('nexus', '*,!central'), 'line 3, column 3', /already stands for 'clojars'/],
    ['a mirror of external repositories', 'maven', mirror('nexus', 'external:*'), 'line 3, column 3', /already stands for 'central'/],
    [
      'a blocking mirror',
      'maven',
      mirror('no', 'central', '<blocked>true</blocked>'),
      'line 3, column 3',
      /'no' \(central\) blocks 'central'/,
    ],
    ['two sections of mirrors', 'maven', '<settings>\n<mirrors/><mirrors/></settings>', 'line 2, column 11', /second <mirrors>/],
    ['another document', 'maven', '<project/>', 'line 1, column 1', /the root element is <project>/],
    ['broken XML', 'maven', '<settings>\n  <mirrors>\n</settings>', 'line 3, column 11', /unexpected close tag/],
    ['a DOCTYPE', 'maven', '<!DOCTYPE settings [<!ENTITY x "y">]>\n<settings/>', 'line 1, column 37', /has a DOCTYPE/],
    ['an unknown entity', 'maven', '<settings>&nbsp;</settings>', 'line 1, column 16', /undefined entity/],
    [
      'a mirror of Leiningen',
      'lein',
      '{:user\n {:mirrors {"central" "https://nexus/"}}}',
      'line 2, column 13',
      /the mirror "central" already stands for 'central', at https:\/\/nexus/,
    ],
    [
      'a pattern of Leiningen',
      'lein',
      '{:user {:mirrors {#".*" {:url "https://nexus/"}}}}',
      'line 1, column 19',
      /the mirror #"\.\*" already stands for/,
    ],
    [
      'a pattern for the URL',
      'lein',
      '{:user {:mirrors {#"https://repo.clojars.org/?" "https://n/"}}}',
      'line 1, column 19',
      /stands for 'clojars'/,
    ],
    [
      'a pattern that cannot be read',
      'lein',
      '{:user {:mirrors {#"(?<x>a)\\\\k<x>" "https://n/"}}}',
      'line 1, column 19',
      /already stands for/,
    ],
    ['a composite profile', 'lein', '{:user [:a :b]}', 'line 1, column 8', /the profile :user is a vector/],
    ['a profile that is computed', 'lein', '{:user #=(f)}', 'line 1, column 8', /the profile :user is an expression/],
    ['a tagged profile', 'lein', '{:user #x {}}', 'line 1, column 8', /is a tagged form/],
    ['a namespaced map', 'lein', '#:user{:mirrors {}}', 'line 1, column 7', /a map whose keys get a namespace/],
    ['a reader conditional', 'lein', '#?(:clj {:user {}})', 'line 1, column 9', /in a reader conditional/],
    ['a file that is a list', 'lein', '(merge {} {})', 'line 1, column 1', /a list, which only a program knows/],
    ['broken Clojure', 'lein', '{:user {:plugins [}}', 'line 1, column 19', /'\}' stands where '\]' should close/],
    [
      'a repository of deps.edn',
      'clj',
      '{:mvn/repos\n {"clojars" {:url "https://c/"}}}',
      'line 2, column 3',
      /the repository 'clojars' has a URL here, https:\/\/c/,
    ],
    ['a repository that is taken out', 'clj', '{:mvn/repos {"central" nil}}', 'line 1, column 14', /'central' is taken out here/],
    ['repositories that are no map', 'clj', '{:mvn/repos []}', 'line 1, column 13', /the value of :mvn\/repos is a vector/],
    [
      'another mirror of Boot',
      'boot',
      'X=1\n BOOT_CLOJARS_MIRROR: https\\://c/\n',
      'line 2, column 2',
      /BOOT_CLOJARS_MIRROR has another value/,
    ],
    ['an init script of that name', 'gradle', 'println 1\n', 'line 1, column 1', /is not from clojars-fetch/],
    [
      'repositories of a company',
      'sbt',
      '[repositories]\n  nexus: https://nexus/\n',
      'line 1, column 1',
      /no line of \[repositories\] leads to/,
    ],
    [
      'a mirror of coursier',
      'coursier',
      '\nm.from=https://a;https://repo1.maven.org/maven2/\nm.to=https://n\n',
      'line 2, column 1',
      /the mirror 'm' already stands for/,
    ],
    ['a mirror of all', 'coursier', 'm.from=*\nm.to=https://n\n', 'line 1, column 1', /the mirror 'm' already stands for/],
    [
      'resolvers of a company',
      'ivy',
      '<ivysettings>\n<resolvers><ibiblio name="n" m2compatible="true" root="https://n/"/></resolvers></ivysettings>',
      'line 1, column 1',
      /no <ibiblio> resolver leads to/,
    ],
    ['another document of Ivy', 'ivy', '<ivy-module/>', 'line 1, column 1', /the root element is <ivy-module>/],
  ])('$0', async ([, tool, text, place, message], { bench }) => {
    const home = new Home(bench);
    const file = await home.write(places[tool] ?? '', text);
    const error = await errorOf(writeToolSetup(tool, home.options));
    expect(error).toMatchObject({ code: 'ERR_CONFIG', path: file });
    expect(['conflict', 'malformed']).toContain(error.reason);
    expect(error.message.startsWith(`${file}: ${place}: `)).toBe(true);
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(/\.$/);
    expect(await home.read(places[tool] ?? '')).toBe(text);
    const { ready, files } = await showToolSetup(tool, home.options);
    expect(ready).toBe(false);
    expect(files[0]).toMatchObject({ state: 'blocked', changed: false, backup: null });
  });
});

describe('the setup is written, and is not right, with', () => {
  const proxy = (more: string): string => `<settings>\n <proxies><proxy><host>p.example.org</host>${more}</proxy></proxies>\n</settings>\n`;

  test.for<readonly [title: string, tool: ToolName, text: string, message: RegExp]>([
    ['Maven offline', 'maven', '<settings><offline>true</offline></settings>', /Maven is offline/],
    ['an HTTP proxy', 'maven', proxy(''), /requests to 127.0.0.1 go through the HTTP proxy p.example.org/],
    ['an HTTP proxy for other hosts too', 'maven', proxy('<nonProxyHosts>localhost|10.*</nonProxyHosts>'), /go through the HTTP proxy/],
    ['Leiningen offline', 'lein', '{:user {:offline? true}}', /Leiningen is offline/],
    [
      'a pattern of Ivy that leads around',
      'ivy',
      '<ivysettings><resolvers><ibiblio name="a" m2compatible="true"/><url name="b"><artifact pattern="https://repo1.maven.org/maven2/[module].jar"/></url></resolvers></ivysettings>',
      /this pattern leads to the repository itself/,
    ],
  ])('$0', async ([, tool, text, message], { bench }) => {
    const home = new Home(bench);
    await home.write(places[tool] ?? '', text);
    const { ready, files } = await writeToolSetup(tool, home.options);
    expect({ ready, state: files[0]?.state, changed: files[0]?.changed }).toEqual({ ready: false, state: 'set-up', changed: true });
    expect(files[0]?.problems.map((problem) => problem.message).join()).toMatch(message);
  });

  test.for(['127.*|x', '*.0.0.1', '127.0.0.1', '*', 'a|127*1'])(
    'but is right if the HTTP proxy leaves out %s',
    async (pattern, { bench }) => {
      const home = new Home(bench);
      await home.write('.m2/settings.xml', proxy(`<nonProxyHosts>${pattern}</nonProxyHosts>`));
      expect((await writeToolSetup('maven', home.options)).ready).toBe(true);
    },
  );
});

describe('the environment is in the way:', () => {
  test.for<readonly [title: string, tool: ToolName, environment: Readonly<Record<string, string>>, message: RegExp | null]>([
    ['another settings file', 'maven', { MAVEN_ARGS: '-B -s ci.xml' }, /MAVEN_ARGS names another settings file/],
    ['no profiles', 'lein', { LEIN_NO_USER_PROFILES: '' }, /LEIN_NO_USER_PROFILES makes Leiningen ignore/],
    ['Leiningen offline', 'lein', { LEIN_OFFLINE: '1' }, /LEIN_OFFLINE makes Leiningen offline/],
    ['an HTTP proxy', 'lein', { http_proxy: 'http://p:3128' }, /go through the HTTP proxy of the variable http_proxy/],
    ['an HTTP proxy for other hosts too', 'boot', { http_proxy: 'http://p:3128', no_proxy: 'localhost,.example.org' }, /go through/],
    ['not an HTTP proxy that leaves this machine out', 'lein', { http_proxy: 'http://p:3128', no_proxy: 'x, 127.0.0.1' }, null],
    ['not an HTTP proxy with patterns', 'lein', { http_proxy: 'http://p:3128', http_no_proxy: 'x|127.*' }, null],
    ['another mirror', 'boot', { BOOT_CLOJARS_MIRROR: 'https://n/' }, /BOOT_CLOJARS_MIRROR has another value/],
    ['not the same mirror', 'boot', { BOOT_CLOJARS_MIRROR: 'http://127.0.0.1:8141/clojars' }, null],
  ])('$0', async ([, tool, environment, message], { bench }) => {
    const options = { ...new Home(bench).options, environment };
    const { ready, files } = await writeToolSetup(tool, options);
    expect(ready).toBe(message === null);
    if (message !== null)
      expect(files[0]?.problems).toMatchObject([{ line: null, column: null, message: expect.stringMatching(message) as string }]);
  });
});

describe('Leiningen with the profile :user in profiles.d', () => {
  test('gets the lines there, since it refuses a profile in two places', async ({ bench }) => {
    const home = new Home(bench);
    await home.write('.lein/profiles.d/user.clj', '{:jvm-opts []}\n');
    const { files } = await writeToolSetup('lein', home.options);
    expect(files[0]).toMatchObject({ path: home.path('.lein/profiles.d/user.clj'), state: 'set-up' });
    expect(await home.read('.lein/profiles.d/user.clj')).toMatch(/^\{:jvm-opts \[\]\n :mirrors \{"central" /);
    await expect(home.read('.lein/profiles.clj')).rejects.toThrow('ENOENT');
  });
});

describe('an address is refused', () => {
  test.for<readonly [url: string, message: RegExp]>([
    ['http://127.0.0.2:8141/', /plain http to 127.0.0.2/],
    ['http://[::1]:8141/', /plain http to \[::1\]/],
    ['http://proxy.example.org/', /plain http to proxy.example.org/],
    ['ftp://127.0.0.1/', /must be an https: or http: URL/],
    ['127.0.0.1:8141', /must be an https: or http: URL/],
    ['https://a:b@localhost/', /must not contain credentials/],
    ['https://localhost/?x', /must not have a query/],
    ["https://localhost/'+x+'/", /a character that a configuration file would read differently/],
    ['https://localhost/$x/', /a character that a configuration file/],
  ])('%s', async ([url, message], { bench }) => {
    const error = await errorOf(showToolSetup('maven', { ...new Home(bench).options, url }));
    expect(error.code).toBe('ERR_CONFIG');
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('a:b');
  });

  test('and so is an unknown tool, with the nearest one', async ({ bench }) => {
    expect(await errorOf(showToolSetup('mavn', new Home(bench).options))).toMatchObject({ hint: "Did you mean 'maven'?" });
    expect(await errorOf(showToolSetup('mvn', new Home(bench).options))).toMatchObject({ hint: "Did you mean 'maven'?" });
    expect((await errorOf(showToolSetup('cursive', { ...new Home(bench).options, file: 'x' }))).message).toMatch(/takes no file/);
  });
});
