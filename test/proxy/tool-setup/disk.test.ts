/** Bytes, links, modes and interruptions. */
import { chmod, link, lstat, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { showToolSetup, undoToolSetup, writeToolSetup } from '../../../src/app/tool-setup/set-up-tool.js';
import { errorOf, it as test } from '../../support/workbench.js';
import { Home } from './support.js';

const settings = '.m2/settings.xml';

describe('the bytes stay', () => {
  const xml = '<settings>\n  <!-- \u00e4\u20ac -->\n</settings>\n';
  const latin = (name: string): Buffer =>
    Buffer.from(`<?xml version="1.0" encoding="${name}"?>\n<settings><!-- \u00e4\u0080 --></settings>\n`, 'latin1');

  test.for<readonly [title: string, before: Buffer]>([
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${xml}`)],
    ['UTF-16, little-endian', Buffer.from(`\ufeff${xml}`, 'utf16le')],
    ['ISO-8859-1', latin('ISO-8859-1')],
    ['windows-1252', latin('windows-1252')],
    ['CRLF', Buffer.from(xml.replaceAll('\n', '\r\n'))],
    ['a single line', Buffer.from('<settings><servers/></settings>')],
    ['an empty root', Buffer.from('<settings/>')],
    ['an empty section', Buffer.from('<settings>\r\n\t<mirrors />\r\n</settings>')],
    ['tabs', Buffer.from('<settings>\n\t<servers>\n\t</servers>\n</settings>\n')],
  ])('$0', async ([, before], { bench }) => {
    const home = new Home(bench);
    await home.write(settings, before);
    expect((await writeToolSetup('maven', home.options)).ready).toBe(true);
    const after = await home.bytes(settings);
    expect(after.equals(before)).toBe(false);
    if (before.includes('\r\n')) expect(after.toString('latin1').replaceAll('\r\n', '')).not.toContain('\n');
    await undoToolSetup('maven', home.options);
    expect((await home.bytes(settings)).equals(before)).toBe(true);
  });

  test('and an encoding that cannot be kept is refused', async ({ bench }) => {
    const home = new Home(bench);
    for (const before of [Buffer.from([0x3c, 0x61, 0xff, 0x2f, 0x3e]), Buffer.from('\ufeff<settings/>', 'utf16le').swap16()]) {
      await home.write(settings, before);
      expect((await errorOf(writeToolSetup('maven', home.options))).message).toMatch(/not valid in its encoding/);
      expect((await home.bytes(settings)).equals(before)).toBe(true);
    }
  });
});

describe('a file', () => {
  test.skipIf(process.platform === 'win32')('keeps its mode, and the backup has it too', async ({ bench }) => {
    const home = new Home(bench);
    for (const mode of [0o600, 0o664]) {
      const file = await home.write(settings, '<settings/>');
      await chmod(file, mode);
      await writeToolSetup('maven', home.options);
      expect((await stat(file)).mode & 0o777).toBe(mode);
      expect((await stat(`${file}.clojars-fetch-backup`)).mode & 0o777).toBe(mode);
      await undoToolSetup('maven', home.options);
      expect((await stat(file)).mode & 0o777).toBe(mode);
    }
  });

  test.skipIf(process.platform === 'win32')('behind a link is changed, and the link stays', async ({ bench }) => {
    const home = new Home(bench);
    const target = await home.write('dotfiles/maven.xml', '<settings/>');
    await mkdir(home.path('.m2'));
    await symlink('../dotfiles/maven.xml', home.path(settings));
    await writeToolSetup('maven', home.options);
    expect(await readlink(home.path(settings))).toBe('../dotfiles/maven.xml');
    expect(await readFile(target, 'utf8')).toContain('<mirrors>');
    await undoToolSetup('maven', home.options);
    expect(await readFile(target, 'utf8')).toBe('<settings/>');
    expect((await lstat(home.path(settings))).isSymbolicLink()).toBe(true);
  });

  test.skipIf(process.platform === 'win32')('that is not a plain file is refused, and stays', async ({ bench }) => {
    const home = new Home(bench);
    await mkdir(home.path('.m2'), { recursive: true });
    await symlink('nowhere.xml', home.path(settings));
    expect((await errorOf(writeToolSetup('maven', home.options))).message).toMatch(/settings.xml: it is a link that leads nowhere/);
    const hard = await home.write('.lein/profiles.clj', '{}');
    await link(hard, home.path('.lein/other.clj'));
    expect((await errorOf(writeToolSetup('lein', home.options))).message).toMatch(/it has 2 hard links/);
    await mkdir(home.path('.clojure/deps.edn'), { recursive: true });
    expect((await errorOf(writeToolSetup('clj', home.options))).message).toMatch(/it is not a regular file/);
    expect(await readdir(home.path('.lein'))).toEqual(['other.clj', 'profiles.clj']);
  });

  test.skipIf(process.getuid?.() === 0)('in a folder that cannot be written stays as it is', async ({ bench }) => {
    const home = new Home(bench);
    await home.write(settings, '<settings/>');
    await chmod(home.path('.m2'), 0o555);
    expect(await errorOf(writeToolSetup('maven', home.options))).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'unwritable' });
    await chmod(home.path('.m2'), 0o755);
    expect(await readdir(home.path('.m2'))).toEqual(['settings.xml']);
  });

  test('named after the tool is used in place of its own', async ({ bench }) => {
    const home = new Home(bench);
    const options = { ...home.options, file: home.path('ci/settings.xml') };
    expect((await writeToolSetup('maven', options)).files).toMatchObject([{ path: options.file, changed: true }]);
    expect(await readdir(home.folder)).toEqual(['ci']);
    await undoToolSetup('maven', options);
    await expect(readdir(home.folder)).rejects.toThrow('ENOENT');
  });
});

describe('an undo', () => {
  test('after other changes leaves those, and nothing else', async ({ bench }) => {
    const home = new Home(bench);
    await home.write(settings, '<settings>\n  <servers/>\n</settings>\n');
    await writeToolSetup('maven', home.options);
    const edit = (text: string): string =>
      text.replace('<servers/>', '<offline>false</offline>').replace('</settings>', '  <x/>\n</settings>\n');
    await home.write(settings, edit(await home.read(settings)));
    expect((await undoToolSetup('maven', home.options)).files[0]?.changed).toBe(true);
    expect(await home.read(settings)).toBe('<settings>\n  <offline>false</offline>\n  <x/>\n</settings>\n\n');
  });

  test('finds the lines after another program converted the line ends', async ({ bench }) => {
    const home = new Home(bench);
    await home.write(settings, '<settings>\n</settings>\n');
    await writeToolSetup('maven', home.options);
    await home.write(settings, (await home.read(settings)).replaceAll('\n', '\r\n'));
    await undoToolSetup('maven', home.options);
    expect(await home.read(settings)).toBe('<settings>\r\n</settings>\r\n');
  });

  test('keeps a created file that has more in it since', async ({ bench }) => {
    const home = new Home(bench);
    await writeToolSetup('clj', home.options);
    await home.write('.clojure/deps.edn', (await home.read('.clojure/deps.edn')).replace(/\}\n$/, '\n :aliases {}}\n'));
    await undoToolSetup('clj', home.options);
    expect(await home.read('.clojure/deps.edn')).toBe('{\n :aliases {}}\n');
  });

  test.for<readonly [title: string, change: (text: string) => string, message: RegExp]>([
    ['were changed', (text) => text.replace('<name>', '<name>my '), /was changed or removed \(it begins with '<mirrors>'\)/],
    ['are there twice', (text) => text.replace(/( *<mirrors>[^]*<\/mirrors>\n)/, '$1$1'), /is in 2 places, and was in 1/],
  ])('changes nothing if the lines $0', async ([, change, message], { bench }) => {
    const home = new Home(bench);
    await home.write(settings, '<settings>\n</settings>\n');
    await writeToolSetup('maven', home.options);
    const changed = change(await home.read(settings));
    await home.write(settings, changed);
    const error = await errorOf(undoToolSetup('maven', home.options));
    expect(error).toMatchObject({ code: 'ERR_CONFIG', reason: 'conflict' });
    expect(error.message).toMatch(message);
    expect(error.hint).toContain(`${home.path(settings)}.clojars-fetch-backup`);
    expect(await home.read(settings)).toBe(changed);
  });

  test('without a record says so, if the file names the proxy', async ({ bench }) => {
    const home = new Home(bench);
    expect((await undoToolSetup('maven', home.options)).files[0]?.changed).toBe(false);
    await writeToolSetup('maven', home.options);
    const elsewhere = { ...home.options, recordFolder: join(bench.folder, 'other') };
    expect((await errorOf(undoToolSetup('maven', elsewhere))).message).toMatch(/there is no record/);
  });

  test('of one file leaves what the user had in the other', async ({ bench }) => {
    const home = new Home(bench);
    const wagon = '(cemerick.pomegranate.aether/register-wagon-factory! "http" f)\n';
    await home.write('.lein/init.clj', wagon);
    expect((await writeToolSetup('lein', home.options)).files.map(({ changed }) => changed)).toEqual([true, false]);
    await undoToolSetup('lein', home.options);
    expect(await readdir(home.path('.lein'))).toEqual(['init.clj']);
    expect(await home.read('.lein/init.clj')).toBe(wagon);
  });
});

describe('a write', () => {
  test('that was interrupted before the file was replaced is repeated, with one backup', async ({ bench }) => {
    const home = new Home(bench);
    const file = await home.write(settings, '<settings/>');
    await writeToolSetup('maven', home.options);
    const written = await home.read(settings);
    await home.write(settings, '<settings/>');
    await writeToolSetup('maven', home.options);
    expect(await home.read(settings)).toBe(written);
    expect(await readdir(home.path('.m2'))).toEqual(['settings.xml', 'settings.xml.clojars-fetch-backup']);
    await home.write(settings, '<settings/>');
    await undoToolSetup('maven', home.options);
    expect(await readFile(file, 'utf8')).toBe('<settings/>');
  });

  test('with another address that was interrupted can be undone', async ({ bench }) => {
    const home = new Home(bench);
    await home.write(settings, '<settings/>');
    await writeToolSetup('maven', home.options);
    const first = await home.read(settings);
    await writeToolSetup('maven', { ...home.options, url: 'https://localhost/' });
    await home.write(settings, first);
    await undoToolSetup('maven', home.options);
    expect(await home.read(settings)).toBe('<settings/>');
  });

  test('for https takes back what only http needs, and names it', async ({ bench }) => {
    const home = new Home(bench);
    await home.write('.lein/init.clj', '(mine)\n');
    await writeToolSetup('lein', home.options);
    const { files, ready } = await writeToolSetup('lein', { ...home.options, url: 'https://localhost/' });
    expect(files.map(({ path, changed }) => [path, changed])).toEqual([
      [home.path('.lein/profiles.clj'), true],
      [home.path('.lein/init.clj'), true],
    ]);
    expect(ready).toBe(true);
    expect(await home.read('.lein/init.clj')).toBe('(mine)\n');
  });

  test('leaves a foreign backup alone', async ({ bench }) => {
    const home = new Home(bench);
    const file = await home.write(settings, '<settings/>');
    await writeFile(`${file}.clojars-fetch-backup`, 'mine');
    expect((await writeToolSetup('maven', home.options)).files[0]?.backup).toBe(`${file}.clojars-fetch-backup-2`);
    await undoToolSetup('maven', home.options);
    expect(await readFile(`${file}.clojars-fetch-backup`, 'utf8')).toBe('mine');
    expect((await readdir(home.path('.m2'))).sort()).toEqual(['settings.xml', 'settings.xml.clojars-fetch-backup']);
  });

  test('of two at once is one', async ({ bench }) => {
    const home = new Home(bench);
    await home.write(settings, '<settings/>');
    const reports = await Promise.all([1, 2, 3].map(() => writeToolSetup('maven', home.options)));
    expect(reports.filter(({ files }) => files[0]?.changed)).toHaveLength(1);
    expect((await home.read(settings)).match(/<mirror>/g)).toHaveLength(2);
  });

  test('for a tool with one blocked file changes no file', async ({ bench }) => {
    const home = new Home(bench);
    await home.write('.lein/profiles.clj', '{:user {}}');
    await home.write('.lein/init.clj', '(broken');
    await errorOf(writeToolSetup('lein', home.options));
    expect(await home.read('.lein/profiles.clj')).toBe('{:user {}}');
    expect((await showToolSetup('lein', home.options)).files.map(({ state }) => state)).toEqual(['not-set-up', 'blocked']);
  });
});
