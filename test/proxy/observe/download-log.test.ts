/** The log of downloads, which has the form that Clojars counts from. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { contentOf, greeter, jar, pom } from '../../support/workbench.js';
import { it } from '../bench.js';

const files = greeter();
const clock = (): number => Date.UTC(2026, 10, 29, 14, 6, 40);

/** The pattern of clojars-web, with the path that it takes apart. */
const fastlyLine = /^<134>\S+Z \S+ \S+\[\d+\]: (\S+) "GET (\/\S+\.jar) HTTP\/1\.1" 200 (\d+) "\(null\)" "([^"]*)"$/;

describe('the download log', () => {
  it('has a line for each whole jar, in a file for each repository and day', async ({ bench }) => {
    const server = await bench.serve(files);
    const downloadLog = join(bench.folder, 'counts');
    const proxy = await bench.start({ repositories: [{ id: 'r', url: server.url }], downloadLog }, { clock });
    const agent = { 'user-agent': 'A "quoted"\tagent' };
    for (const path of [`r/${jar}`, `r/${jar}`, `all/${jar}`]) expect((await bench.get(proxy, path, agent)).status).toBe(200);
    await bench.get(proxy, `r/${jar}`, {}, 'HEAD');
    await bench.get(proxy, `r/${jar}`, { range: 'bytes=0-9' });
    await bench.get(proxy, `r/${jar}?x=1`);
    await bench.get(proxy, `r/${jar}.sha1`);
    await bench.get(proxy, `r/${pom}`);
    await proxy.close();
    expect(readdirSync(downloadLog)).toEqual(['r-20261129.log']);
    const lines = readFileSync(join(downloadLog, 'r-20261129.log'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      expect(fastlyLine.exec(line)?.slice(1)).toEqual(['127.0.0.1', `/${jar}`, String(contentOf(files, jar).length), 'A ?quoted??agent']);
    }
  });

  it('is off by default, and no request fails if it cannot be written', async ({ bench }) => {
    const server = await bench.serve(files);
    writeFileSync(join(bench.folder, 'a-file'), '');
    const downloadLog = join(bench.folder, 'a-file', 'counts');
    const proxy = await bench.inFrontOf(server.url, { downloadLog });
    expect((await bench.get(proxy, `r/${jar}`)).status).toBe(200);
    await proxy.close();
    const [warning, ...others] = bench.of('warning').filter(({ warning }) => warning === 'download-log');
    expect(others).toEqual([]);
    expect(warning?.message).toContain(
      `downloads are not counted in the folder ${downloadLog}: something else is in this place (ENOTDIR). Look`,
    );
  });

  it('says at the start that its folder is a file', async ({ bench }) => {
    const downloadLog = join(bench.folder, 'a-file');
    writeFileSync(downloadLog, '');
    await bench.inFrontOf('http://127.0.0.1:1/', { downloadLog });
    expect(bench.of('warning')).toMatchObject([
      {
        warning: 'download-log',
        message: expect.stringContaining(`${downloadLog}: something else is in this place (EEXIST). Look`) as unknown,
      },
    ]);
  });
});
