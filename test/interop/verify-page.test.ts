/** The page of `verify` in a real Chromium: only its own script runs, and it fits a phone. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { formatVerifyPage } from '../../src/app/verify/page/page.js';
import { hostileReport, report } from '../verify/samples.js';
import { findProgram, runProgram, skipUnlessThere } from './programs.js';

const chromium = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'].map(findProgram).find((file) => file !== null) ?? null;
const missing = chromium === null ? ['the program chromium'] : [];
const madeAt = new Date('2026-01-02T03:04:05Z');

let folder = '';
let names = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clojars-fetch-chromium-'));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

/** The document after its scripts ran. */
async function dump(html: string, width = 1280): Promise<string> {
  const file = join(folder, `page-${(names += 1)}.html`);
  await writeFile(file, html);
  const { code, stdout, output } = await runProgram(
    chromium ?? '',
    // The sandbox needs rights that containers do not grant; the page is the program's own, and only its contents are hostile.
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      `--user-data-dir=${join(folder, 'profile')}`,
      `--window-size=${width},900`,
      '--virtual-time-budget=2000',
      '--dump-dom',
      pathToFileURL(file).href,
    ],
    { home: join(folder, 'home'), cwd: folder },
  );
  expect(code, output).toBe(0);
  return stdout;
}

const titleOf = (dom: string): string | undefined => /<title>([^<]*)<\/title>/.exec(dom)?.[1];
const attack = '<script>document.title = "pwned"</script><img src="x" onerror="document.title=\'pwned\'">';

describe('the page of verify', () => {
  test('runs its own script and style', async (context) => {
    skipUnlessThere(context, missing);
    const page = formatVerifyPage(report, madeAt);
    expect(page).toContain('<label hidden');
    const dom = await dump(page);
    expect(dom).not.toContain('<label hidden');
    expect(titleOf(dom)).toBe('1 of 4 files failed verification');
  });

  test('shows a file name, a user ID and a warning with markup in them as text', async (context) => {
    skipUnlessThere(context, missing);
    const dom = await dump(formatVerifyPage(hostileReport, madeAt));
    expect(titleOf(dom)).toBe('1 of 2 files failed verification');
    expect(dom).not.toMatch(/<img|<script>document/);
    expect(dom).toContain('&lt;script&gt;document.title = "pwned"&lt;/script&gt;');
  });

  test('has a policy that backs up the escaping', async (context) => {
    skipUnlessThere(context, missing);
    // As if something had not been escaped: the policy refuses it.
    const broken = formatVerifyPage(report, madeAt).replace('</main>', `${attack}</main>`);
    expect(titleOf(await dump(broken))).toBe('1 of 4 files failed verification');
    // Without the policy the attack works, so the above shows something.
    expect(titleOf(await dump(broken.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '')))).toBe('pwned');
  });

  test.each([320, 390, 1280])('nothing stands out at a width of %i', async (width) => {
    if (chromium === null) return console.warn(`SKIPPED: ${missing.join(', ')}`);
    const measure =
      '<script>document.title = `${document.documentElement.scrollWidth} of ${document.documentElement.clientWidth}`</script></body>';
    for (const content of [report, hostileReport]) {
      // In a frame of that width, as windows have a least one.
      const page = formatVerifyPage(content, madeAt)
        .replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '')
        .replace('</body>', measure);
      const frame = `<!doctype html><title>-</title><iframe width="${width}" height="800" frameborder="0" srcdoc="${page.replace(/&/g, '&amp;').replace(/"/g, '&quot;')}"></iframe><script>onload = () => { document.title = frames[0].document.title }</script>`;
      const [wide, room] = (titleOf(await dump(frame, 1400)) ?? '').split(' of ').map(Number);
      expect(room).toBeGreaterThan(width - 30);
      expect(wide).toBeLessThanOrEqual(room ?? 0);
    }
  });
});
