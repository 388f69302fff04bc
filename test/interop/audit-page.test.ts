/** The page of an audit in a real Chromium: filtered by mouse and keyboard, in light and dark, on a phone, and without a request. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { writeAuditPage } from '../../src/app/audit/page/write-audit-page.js';
import { findingOf, writeResult } from '../audit/result-files.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/folder.js';
import { type Browser, chromium, startBrowser } from './browser.js';
import { skipUnlessThere } from './programs.js';

const missing = chromium === null ? ['the program chromium'] : [];
const attack = '<img src="https://attacker.example.org/x" onerror="document.title=\'pwned\'">';

let home: TemporaryFolder;
let browser: Browser | null = null;
let url = '';
beforeAll(async () => {
  home = await createTemporaryFolder();
  const html = join(home.path, 'audit.html');
  const history = join(home.path, 'history.json');
  for (const day of [27, 28, 29]) {
    const findings = [
      { path: `org/example/${attack}`, findings: [findingOf('a', 'missing')], digest: null },
      { path: 'org/example/b', findings: [findingOf('b', 'content-differs', 'far', { found: { text: attack } })], digest: null },
      { path: 'org/example/c', findings: [findingOf('c', 'extra')], digest: null },
    ].map(({ path, findings: found, digest }) => ({ path, findings: found.map((finding) => ({ ...finding, path })), digest }));
    const until = `2026-11-${day}T12:00:00.000Z`;
    const result = writeResult(join(home.path, `${day}.jsonl`), findings, { until }, [day * 600, 7200]);
    await writeAuditPage(result, { html, history });
  }
  url = pathToFileURL(html).href;
  if (chromium !== null) browser = await startBrowser(chromium);
});
afterAll(async () => {
  await browser?.close();
  await home.remove();
});

const colorOf = (selector: string): string => `getComputedStyle(document.querySelector('${selector}')).backgroundColor`;
const shownRows = `[...document.querySelectorAll('#findings tbody tr')].filter((row) => row.checkVisibility()).map((row) => row.className)`;

describe('the page of an audit', () => {
  test('is filtered by the mouse and by the keyboard, without a script', async (context) => {
    skipUnlessThere(context, missing);
    await browser?.open(url);
    expect(await browser?.evaluate(shownRows)).toEqual(['lie', 'gap', 'extra']);
    await browser?.click('#only-lie');
    expect(await browser?.evaluate(shownRows)).toEqual(['lie']);
    await browser?.press('ArrowRight');
    expect(await browser?.evaluate(shownRows)).toEqual(['gap']);
    expect(await browser?.evaluate('document.scripts.length')).toBe(0);
  });

  test('lets the keyboard reach each region that scrolls', async (context) => {
    skipUnlessThere(context, missing);
    await browser?.open(url);
    const reached = new Set<unknown>();
    for (let presses = 0; presses < 8; presses += 1) {
      await browser?.press('Tab');
      reached.add(await browser?.evaluate(`document.activeElement.querySelector('table')?.id ?? document.activeElement.id`));
    }
    expect([...reached]).toEqual(expect.arrayContaining(['places', 'hours', 'findings', 'only-all']));
  });

  test('is dark where the user prefers that, and its drawings are, too', async (context) => {
    skipUnlessThere(context, missing);
    const looks: unknown[] = [];
    for (const scheme of ['light', 'dark'] as const) {
      await browser?.prefer(scheme);
      await browser?.open(url);
      looks.push(
        await browser?.evaluate(
          `[${colorOf('body')}, ...['svg text', '.series', 'circle.lie'].map((one) => { const style = getComputedStyle(document.querySelector(one)); return style.fill + ' ' + style.stroke })]`,
        ),
      );
    }
    const [light, dark] = looks as [string[], string[]];
    expect(light[0]).toBe('rgb(255, 255, 255)');
    expect(dark[0]).toBe('rgb(15, 19, 24)');
    for (const [at, look] of light.entries()) expect(dark[at]).not.toBe(look);
    expect(await browser?.evaluate(`[...document.querySelectorAll('svg')].map((one) => one.getBoundingClientRect().height > 100)`)).toEqual(
      [true, true],
    );
  });

  test('shows hostile values as text, and asks for nothing but itself', async (context) => {
    skipUnlessThere(context, missing);
    await browser?.open(url);
    expect(await browser?.evaluate('document.images.length')).toBe(0);
    expect(await browser?.evaluate(`document.querySelector('#findings .gap th').textContent`)).toBe(`org/example/${attack}`);
    expect(new Set(browser?.requested)).toEqual(new Set([url]));
  });
});

test('fits a phone', async (context) => {
  skipUnlessThere(context, missing);
  const phone = await startBrowser(chromium ?? '', 500);
  try {
    await phone.open(url);
    const [wide, room] = (await phone.evaluate('[document.documentElement.scrollWidth, document.documentElement.clientWidth]')) as [
      number,
      number,
    ];
    expect(wide).toBeLessThanOrEqual(room);
  } finally {
    await phone.close();
  }
});
