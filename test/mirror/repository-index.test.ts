import { expect, test } from 'vitest';

import { parsePomLine } from '../../src/maven/repository-index/all-poms.js';
import { classifyKey, turns } from '../../src/maven/repository-index/classify-key.js';
import { parseHtmlListing } from '../../src/maven/repository-index/html-listing.js';
import { keyProblem } from '../../src/maven/repository-index/key.js';

test.each([
  ['../x', 'leads out of its folder'],
  ['a/../b', 'leads out of its folder'],
  ['a/./b', 'leads out of its folder'],
  ['/etc/passwd', 'is absolute'],
  ['a//b', 'has an empty part'],
  ['a/', 'has an empty part'],
  ['', 'is empty'],
  ['a\\b', 'contains a backslash'],
  ['a/%2e%2e/b', 'contains a percent escape'],
  ['a%2Fb', 'contains a percent escape'],
  ['a\u0000b', 'contains a control character or is not UTF-8'],
  ['a\nb', 'contains a control character or is not UTF-8'],
  ['a\u001b[31mb', 'contains a control character or is not UTF-8'],
  ['a\u202eb', 'contains a control character or is not UTF-8'],
  ['a\ufffdb', 'contains a control character or is not UTF-8'],
  ['a\ud800', 'contains a control character or is not UTF-8'],
  ['.clojars-mirror/inventory', 'has a hidden part'],
  ['a/.htaccess', 'has a hidden part'],
  [`a/${'é'.repeat(128)}`, 'has a name longer than 255 bytes'],
  [`${'n'.repeat(256)}`, 'has a name longer than 255 bytes'],
  ['n/'.repeat(600) + 'n', 'is longer than 1024 bytes'],
])('refuses the key %j', (key, problem) => {
  expect(keyProblem(key)).toBe(problem);
});

test.each(['org/clojure/clojure/1.11.1/clojure-1.11.1.jar', 'a/b+c/1.0~x/b@1', 'é/ü.jar', 'a b/c', 'a..b/c..d', 'x%/y'])(
  'accepts %j',
  (key) => {
    expect(keyProblem(key)).toBeNull();
  },
);

test.each([
  ['g/a/1.0/a-1.0.jar', 'version-file', 'g/a', turns.files, false],
  ['g/a/1.0/a-1.0-sources.jar.asc', 'version-file', 'g/a', turns.files, false],
  ['g/a/1.0/a-1.0.jar.sha1', 'checksum', 'g/a', turns.fileChecksums, false],
  ['g/a/1.0-SNAPSHOT/a-1.0-20260101.120000-1.jar', 'version-file', 'g/a', turns.files, false],
  ['g/a/1.0-SNAPSHOT/a-1.0-SNAPSHOT.jar', 'version-file', 'g/a', turns.files, true],
  ['g/a/1.0-SNAPSHOT/maven-metadata.xml', 'metadata', 'g/a', turns.snapshotMetadata, true],
  ['g/a/1.0-SNAPSHOT/maven-metadata.xml.md5', 'checksum', 'g/a', turns.snapshotMetadataChecksums, true],
  ['g/h/a/maven-metadata.xml', 'metadata', 'g/h/a', turns.artifactMetadata, true],
  ['g/h/a/maven-metadata.xml.sha256', 'checksum', 'g/h/a', turns.artifactMetadataChecksums, true],
  ['g/a/index.html', 'listing', 'g/a', turns.others, true],
  ['all-poms.txt.gz', 'other', '', turns.others, true],
  ['all-poms.txt.gz.sha1', 'checksum', '', turns.otherChecksums, true],
  ['g/a/1.0/readme.txt', 'other', 'g/a/1.0', turns.others, true],
  ['g/a/1.0/a-1.01.jar', 'other', 'g/a/1.0', turns.others, true],
])('classifies %s', (key, kind, artifactFolder, turn, isMutable) => {
  expect(classifyKey(key)).toMatchObject({ kind, artifactFolder, turn, isMutable });
});

test('reads the listings of nginx, Apache and Clojars', () => {
  const nginx = `<html><head><title>Index of /r/</title></head><body><h1>Index of /r/</h1><hr><pre><a href="../">../</a>
<a href="a%2Bb/">a+b/</a>                            29-Nov-2026 10:00                   -
<a href="x-1.0.jar">x-1.0.jar</a>                    29-Nov-2026 10:01                1234
</pre></body></html>`;
  expect(parseHtmlListing(nginx)).toEqual([
    { name: 'a+b', isFolder: true, size: null, date: '29-Nov-2026 10:00' },
    { name: 'x-1.0.jar', isFolder: false, size: 1234, date: '29-Nov-2026 10:01' },
  ]);
  const apache = `<html><body><table><tr><th><a href="?C=N;O=D">Name</a></th></tr>
<tr><td><a href="/r/">Parent Directory</a></td></tr>
<tr><td valign="top"><img src="/icons/f.gif"></td><td><a href="a/">a/</a></td><td align="right">2026-11-29 10:00  </td><td align="right">  - </td></tr>
<tr><td><a href="b&amp;c.jar">b&amp;c.jar</a></td><td align="right">2026-11-29 10:02  </td><td align="right">1.2K</td></tr></table></body></html>`;
  expect(parseHtmlListing(apache)).toEqual([
    { name: 'a', isFolder: true, size: null, date: '2026-11-29 10:00' },
    { name: 'b&c.jar', isFolder: false, size: null, date: '2026-11-29 10:02' },
  ]);
  const clojars = `<!DOCTYPE html><html><body><pre id="contents">
<a href="../">../</a>
<a href="1.0/" title="1.0/">1.0/</a>                        -         -
<a href="maven-metadata.xml" title="maven-metadata.xml">maven-metadata.xml</a>   2026-11-29 10:03       456
</pre></body></html>`;
  expect(parseHtmlListing(clojars)).toEqual([
    { name: '1.0', isFolder: true, size: null, date: '' },
    { name: 'maven-metadata.xml', isFolder: false, size: 456, date: '2026-11-29 10:03' },
  ]);
});

test('follows no link that leads elsewhere, and takes no other text for a listing', () => {
  const links = [
    'https://evil.example/x',
    '//evil.example/x',
    '/x',
    '../x',
    'a/../../x',
    './x',
    '?x',
    '#x',
    'a/b',
    'javascript:x',
    '%',
    '',
  ];
  expect(parseHtmlListing(`<html>${links.map((link) => `<a href="${link}">x</a>`).join('')}</html>`)).toEqual([]);
  expect(parseHtmlListing('{"error":1}')).toBeNull();
  expect(parseHtmlListing('<html>' + '<a '.repeat(50_000))).toEqual([]);
});

test.each([
  ['./hiccup/hiccup/1.0.5/hiccup-1.0.5.pom', 'hiccup/hiccup/1.0.5/hiccup-1.0.5.pom'],
  ['hiccup/hiccup/1.0.5/hiccup-1.0.5.pom', null],
  ['./../x.pom', null],
  ['./a/b.jar', null],
  ['<html>', null],
])('reads the line %j of all-poms.txt', (line, key) => {
  expect(parsePomLine(line)).toBe(key);
});
