/** Signatures in the built program: the code loaded for them, and the memory that a large file takes. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import { createStoredZip } from '../../examples/demo/zip.mjs';
import { createPerson, type Person, publish, signAll } from '../artifact/signatures/bench.js';
import { startFaultServer } from '../support/fault-server.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { files, jarPath, useSurroundings } from './surroundings.js';

const here = useSurroundings();
let ada: Person;
let signed: ReadonlyMap<string, Buffer>;
beforeAll(async () => {
  ada = await createPerson();
  signed = await signAll(files, ada);
});

/** Writes the loaded modules and the peak memory use to a file. */
async function writeProbe(): Promise<{
  readonly preload: string;
  readonly read: () => Promise<{ readonly loaded: readonly string[]; readonly peakBytes: number }>;
}> {
  const [preload, report] = [join(here.home, 'probe.cjs'), join(here.home, 'report.json')];
  await writeFile(
    preload,
    `
    const Module = require('node:module'), { writeFileSync } = require('node:fs'), { isMainThread } = require('node:worker_threads');
    const loaded = new Set(), load = Module._load;
    Module._load = function (request, ...rest) { if (/openpgp|undici|xml|retry|cli-/.test(request)) loaded.add(request.split('/').pop()); return load.call(this, request, ...rest); };
    // Files of the build that are loaded from compiled code.
    const vm = require('node:vm'), { basename } = require('node:path');
    vm.Script = class extends vm.Script {
      constructor(code, options) {
        const file = basename(options?.filename ?? '');
        if (/^cli-/.test(file) && file !== 'cli-program.cjs') loaded.add(file);
        super(code, options);
      }
    };
    // Not resourceUsage().maxRSS: on Linux that begins with what the parent had when it started this process.
    let peakBytes = 0;
    const look = () => { peakBytes = Math.max(peakBytes, process.memoryUsage.rss()); };
    if (isMainThread) setInterval(look, 20).unref();
    if (isMainThread) process.on('exit', () => { look(); writeFileSync(${JSON.stringify(report)}, JSON.stringify({ loaded: [...loaded], peakBytes })); });
  `,
  );
  const read = async (): Promise<{ loaded: readonly string[]; peakBytes: number }> => {
    const value: unknown = JSON.parse(await readFile(report, 'utf8'));
    if (typeof value !== 'object' || value === null || !('loaded' in value) || !('peakBytes' in value))
      throw new TypeError('the probe wrote nothing');
    return { loaded: Array.isArray(value.loaded) ? value.loaded.map(String) : [], peakBytes: Number(value.peakBytes) };
  };
  return { preload, read };
}

async function writeKeyring(): Promise<readonly string[]> {
  const keyring = join(here.home, 'keys.asc');
  await writeFile(keyring, ada.publicKey);
  return ['--signatures', 'require', '--trust-model', 'keyring', '--keyring', keyring];
}

describe('the code loaded for signatures', () => {
  test('is not loaded when they are off, or when all verdicts are remembered', async () => {
    const server = await startFaultServer({ files: signed });
    try {
      const { preload, read } = await writeProbe();
      const options = await writeKeyring();
      const run = async (words: readonly string[]): Promise<readonly string[]> => {
        const result = await here.run(['org.example/greeter', '1.0.0', ...words], [server], { nodeArguments: ['-r', preload] });
        expect(result.code, result.stderr).toBe(0);
        return (await read()).loaded;
      };
      const cold = await run([]);
      expect(cold).toContain('cli-fetch.cjs');
      expect(cold.filter((file) => /openpgp|cli-trust|cli-keys/.test(file))).toEqual([]);
      expect(await run([]), 'the first warm call saves its compiled code').toEqual(['cli-save.cjs']);
      expect(await run([])).toEqual([]);
      expect(await run(options)).toContain('cli-trust.cjs');
      // One stat for each keyring file.
      expect(await run(options)).toEqual(['cli-keys.cjs']);
    } finally {
      await server.close();
    }
  });

  test('shows the verdict, the second time too', async () => {
    const server = await startFaultServer({ files: signed });
    try {
      const options = await writeKeyring();
      for (const asked of [1, 0]) {
        server.clear();
        const result = await here.runHere(['org.example/greeter', '1.0.0', '--json', ...options], [server]);
        expect(JSON.parse(result.stdout)).toMatchObject({
          artifacts: [
            {
              verification: {
                level: 'signed',
                signature: { status: 'good', fingerprint: ada.fingerprint, userId: 'Ada <ada@example.org>' },
              },
            },
          ],
        });
        expect(server.count(`${jarPath}.asc`)).toBe(asked);
      }
    } finally {
      await server.close();
    }
  });
});

test('verifies a file of 160 MB without holding it in memory', async () => {
  const size = 160 << 20;
  const { files: large } = createFixtureRepository({ artifacts: [{ group: 'org.example', artifact: 'large', versions: ['1.0'] }] });
  // Zeros: the bytes of the generator take seconds, and any would do.
  publish(large, 'org/example/large/1.0/large-1.0.jar', createStoredZip([{ name: 'data', content: Buffer.alloc(size) }]));
  const server = await startFaultServer({ files: await signAll(large, ada) });
  try {
    const { preload, read } = await writeProbe();
    const result = await here.run(['org.example/large', '1.0', '--json', ...(await writeKeyring())], [server], {
      nodeArguments: ['-r', preload],
    });
    expect(result.code, result.stderr).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ artifacts: [{ verification: { level: 'signed' } }] });
    const { peakBytes } = await read();
    expect(peakBytes).toBeLessThan(size);
  } finally {
    await server.close();
  }
});
