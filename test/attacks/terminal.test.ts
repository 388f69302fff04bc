/** Terminal escape sequences in text from servers: on stdout and stderr, with `--verbose`, `--json`, and a progress bar. */
import { createHash } from 'node:crypto';

import { describe, expect } from 'vitest';

import { contentOf, greeter, jar, metadata, pom } from '../support/workbench.js';
import { pathOf, world } from '../support/world.js';
import { forge, it, type Shown, type Stage } from './stage.js';

/** Title, clear screen, C1's CSI, a carriage return that overwrites the line, right-to-left override, a tag, a zero width. */
const evil = '\u001b]0;owned\u0007\u001b[2J\u009b31m\rFAKE\u202e\u{e0041}\u200b\u2066';
const inXml = evil.replaceAll('\u001b', '&#155;').replaceAll('\u0007', '').replaceAll('\u009b', '&#155;').replaceAll('\r', '&#13;');
const files = greeter();

/** Only line feeds, the program's own colours and its progress line remain. */
function expectHarmless({ stdout, stderr }: Shown): void {
  for (const text of [stdout, stderr]) {
    const left = text.replace(/\r\u001b\[2K/g, '').replace(/\u001b\[(?:0|2|31|32|33|36)m/g, '');
    expect(left).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\udb40/);
    expect(left).not.toMatch(/^FAKE/m);
  }
}

/** Every way to run the request, each with a local repository of its own. */
async function askAll(stage: Stage, words: readonly string[], url: string): Promise<readonly Shown[]> {
  const ways = [[], ['--verbose'], ['--json'], ['--quiet'], ['--verbose', '--color', 'always']];
  const shown: Shown[] = [];
  for (const [index, more] of ways.entries()) {
    for (const terminal of [false, true]) {
      const one = await stage.cli(
        [...words, ...more, '--repo', `r=${url}`, '--local-repo', `${stage.m2}-${index}-${String(terminal)}`],
        terminal,
      );
      expectHarmless(one);
      if (more.includes('--json')) JSON.parse(one.stdout);
      shown.push(one);
    }
  }
  return shown;
}

describe('terminal escape sequences in server-supplied text', () => {
  it('in the status line, headers, and Location', async ({ stage }) => {
    const latin = Buffer.from(evil.replace(/[^\u0000-\u00ff]/g, '').replace(/[\r\n\u0007]/g, ''), 'latin1').toString('latin1');
    const heads = [
      `HTTP/1.1 500 ${latin}\r\ncontent-length: 0\r\nserver: ${latin}\r\n\r\n`,
      `HTTP/1.1 302 Found\r\nlocation: https://${latin}/\r\ncontent-length: 0\r\n\r\n`,
      `HTTP/1.1 302 Found\r\nlocation: ${latin}://x/\r\ncontent-length: 0\r\n\r\n`,
      `HTTP/1.1 302 Found\r\nlocation: /%1b%5b2J${latin}\r\ncontent-length: 0\r\n\r\n`,
      `HTTP/1.1 200 OK\r\ncontent-encoding: ${latin}\r\ncontent-length: 1\r\n\r\nx`,
      `HTTP/1.1 200 OK\r\ncontent-type: text/html;${latin}\r\ncontent-length: 1\r\n\r\nx`,
      `HTTP/1.1 503 x\r\nretry-after: ${latin}\r\ncontent-length: 0\r\n\r\n`,
      `${latin} ${latin}\r\n\r\n`,
      `HTTP/1.1 200 OK\r\n${latin}: x\r\n\r\n`,
    ];
    for (const head of heads) {
      const url = await stage.raw((socket) => socket.end(Buffer.from(head, 'latin1')));
      for (const { code } of [await stage.cli(['org.example/greeter', '1.0.0', '--verbose', '--repo', `r=${url}`], true)].map(
        (one) => (expectHarmless(one), one),
      ))
        expect([4, 5]).toContain(code);
    }
  });

  it('in error pages, pages in place of files, and checksum files', async ({ stage }) => {
    const server = await stage.serve(files);
    const page = Buffer.from(`<html><title>${evil}</title>${evil}</html>`);
    for (const match of [/\.jar$/, /\.pom$/, /\.sha1$/, /./]) {
      const url = await stage.hostile(
        (path, _request, response) =>
          response.writeHead(match.source === '.' ? 403 : 200).end(match.test(path) ? page : files.get(path.replace(/^repo\//, ''))),
        'http',
      );
      for (const { code } of (await askAll(stage, ['org.example/greeter', '1.0.0'], url)).values()) expect(code).not.toBe(1);
    }
    expect(server.count()).toBe(0);
  });

  it('in metadata: versions, names, dates', async ({ stage }) => {
    const xml = `<metadata><groupId>org.example</groupId><artifactId>greeter</artifactId><versioning><release>1.0.0${inXml}</release><versions><version>1.0.0</version><version>1.0.1${inXml}</version><version>${inXml}</version></versions><lastUpdated>${inXml}</lastUpdated></versioning></metadata>`;
    const server = await stage.serve(forge(files, { [metadata]: xml }));
    for (const { code, stdout } of await askAll(stage, ['versions', 'org.example/greeter'], server.url)) {
      expect(code).toBe(0);
      expect(stdout).toContain('1.0.0');
    }
    const named = await stage.serve(forge(files, { [metadata]: xml.replace('org.example', `org.example${inXml}`) }));
    for (const { code } of await askAll(stage, ['versions', 'org.example/greeter'], named.url)) expect(code).toBe(5);
  });

  it('in POMs: names, versions, scopes, messages, elements', async ({ stage }) => {
    const dependency = (group: string, artifact: string, version: string, more = ''): string =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${more}</dependency>`;
    const elements = [
      `<dependencies>${dependency(`g${inXml}`, 'lib', '1')}</dependencies>`,
      `<dependencies>${dependency('g', 'lib', `[1,${inXml}`)}</dependencies>`,
      `<dependencies>${dependency('g', 'lib', '1', `<scope>${inXml}</scope>`)}</dependencies>`,
      `<dependencies>${dependency('g', 'lib', '1', `<type>${inXml}</type><classifier>${inXml}</classifier>`)}</dependencies>`,
      `<dependencies>${dependency('g', 'lib', '1', `<scope>system</scope><systemPath>/${inXml}</systemPath>`)}</dependencies>`,
      `<distributionManagement><relocation><artifactId>lib</artifactId><message>${inXml}</message></relocation></distributionManagement>`,
      `<distributionManagement><relocation><artifactId>${inXml}</artifactId></relocation></distributionManagement>`,
      `<parent><groupId>g</groupId><artifactId>${inXml}</artifactId><version>1</version></parent>`,
      `<name>${inXml}</name><dependencyManagement><dependencies>${dependency('g', inXml, '1', '<type>pom</type><scope>import</scope>')}</dependencies></dependencyManagement>`,
      `<properties><x>\${y}${inXml}</x><y>\${x}</y></properties><dependencies>${dependency('g', '${x}', '1')}</dependencies>`,
      `<${evil}/>`,
    ];
    for (const element of elements) {
      const served = world('app:1', 'lib:1');
      const text = `<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>app</artifactId><version>1</version>${element}</project>`;
      const server = await stage.serve(forge(served, { [pathOf('app', '1', 'pom')]: text }));
      for (const [index, way] of [['--tree', '--verbose'], ['--classpath'], ['--json'], ['--explain', 'g/lib'], []].entries()) {
        const shown = await stage.cli(
          ['deps', 'g:app:1', ...way, '--repo', `r=${server.url}`, '--local-repo', `${stage.m2}-${elements.indexOf(element)}-${index}`],
          index % 2 === 0,
        );
        expectHarmless(shown);
        expect(shown.code).not.toBe(1);
        if (way.includes('--json')) JSON.parse(shown.stdout);
      }
    }
  });

  it('in the name of another artifact in a POM', async ({ stage }) => {
    const text = `<project><modelVersion>4.0.0</modelVersion><groupId>g${inXml}</groupId><artifactId>${inXml}</artifactId><version>1</version></project>`;
    const server = await stage.serve(forge(world('app:1'), { [pathOf('app', '1', 'pom')]: text }));
    expectHarmless(await stage.cli(['deps', 'g:app:1', '--verbose', '--repo', `r=${server.url}`], true));
  });

  it("never in the name of a file in progress, which is the coordinate's however the server calls it", async ({ stage }) => {
    const body = contentOf(files, jar);
    const url = await stage.hostile((path, _request, response) => {
      const content = path === jar ? body : path === pom ? contentOf(files, pom) : files.get(path);
      response
        .writeHead(content === undefined ? 404 : 200, {
          'content-disposition': 'attachment; filename="../../%1b[2J"',
          etag: `"${createHash('md5').update(body).digest('hex')}"`,
        })
        .end(content);
    }, 'http');
    for (const { code } of await askAll(stage, ['org.example/greeter', '1.0.0'], url)) expect(code).toBe(0);
  });
});
