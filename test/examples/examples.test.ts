/** The examples as a user runs them, against a loopback repository. They load the built package by its own name. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type FaultServer, startFaultServer } from '../support/fault-server.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { cliPath, runCli, runNode } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const examplePath = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
const jarPath = 'org/example/greeter/1.0.0/greeter-1.0.0.jar';
const { files } = createFixtureRepository({ artifacts: [{ group: 'org.example', artifact: 'greeter', versions: ['1.0.0'] }] });
const jar = files.get(jarPath) ?? Buffer.alloc(0);
const jarSha256 = createHash('sha256').update(jar).digest('hex');

let folder: string;
let server: FaultServer;
beforeEach(async () => {
  if (!existsSync(cliPath)) throw new Error('dist is missing: run `npm run build` first');
  folder = await temporaryFolder();
  server = await startFaultServer({ files });
});
afterEach(() => server.close());

describe('examples/script.mjs', () => {
  it('prints path, sha256 and level', async () => {
    const result = await runNode([examplePath('script.mjs'), 'org.example/greeter', '1.0.0', server.url, join(folder, 'repository')]);
    expect(result.stderr).toBe('');
    const [path = '', digest, level] = result.stdout.trim().split('\n');
    expect((await readFile(path)).equals(jar)).toBe(true);
    expect(digest).toBe(`sha256 ${jarSha256}`);
    expect(level).toMatch(/^level {2}\w+ \(/);
    expect(result.code).toBe(0);
  });

  it('prints the code and the attempts when no mirror has the file', async () => {
    const result = await runNode([examplePath('script.mjs'), 'org.example/absent', '1.0.0', server.url, join(folder, 'repository')]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('ERR_NOT_FOUND');
    expect(result.stderr).toContain(server.url.replace(/\/$/, ''));
  });
});

interface Editor {
  report(text: string): void;
  warn(text: string): void;
  onCancel(cancel: () => void): void;
}
interface Plugin {
  fetchLibrary(coordinate: string): Promise<string | null>;
  deactivate(): Promise<void> | void;
}
interface PluginModule {
  activate(editor: Editor, options: object): Plugin;
}
function isPluginModule(value: unknown): value is PluginModule {
  return typeof value === 'object' && value !== null && 'activate' in value && typeof value.activate === 'function';
}
function loadPlugin(): PluginModule {
  const loaded: unknown = createRequire(import.meta.url)(examplePath('editor-plugin.cjs'));
  if (!isPluginModule(loaded)) throw new Error('editor-plugin.cjs exports no activate()');
  return loaded;
}

describe('examples/editor-plugin.cjs', () => {
  it('runs as CommonJS and reports progress', async () => {
    const result = await runNode([examplePath('editor-plugin.cjs'), 'org.example/greeter@1.0.0', server.url, join(folder, 'repository')], {
      nodeArguments: process.allowedNodeEnvironmentFlags.has('--experimental-require-module') ? ['--no-experimental-require-module'] : [],
    });
    expect((await readFile(result.stdout.trim())).equals(jar)).toBe(true);
    expect(result.stderr).toContain('asking ');
    expect(result.stderr).toContain('verified: ');
    expect(result.stderr).toContain('saved ');
    expect(result.code).toBe(0);
  });

  it('returns null on cancel, with nothing under the final name', async () => {
    server.setFault('hang');
    let cancel: () => void = () => undefined;
    const localRepository = join(folder, 'repository');
    const plugin = loadPlugin().activate(
      {
        report: (text) => {
          if (text.startsWith('asking')) setTimeout(() => cancel(), 50);
        },
        warn: () => undefined,
        onCancel: (action) => {
          cancel = action;
        },
      },
      { repositories: [{ id: 'example', url: server.url }], settings: false, localRepository },
    );
    try {
      await expect(plugin.fetchLibrary('org.example/greeter@1.0.0')).resolves.toBeNull();
      expect(existsSync(join(localRepository, jarPath))).toBe(false);
    } finally {
      await plugin.deactivate();
    }
  });
});

describe('examples/github-actions.yml', () => {
  it('has a command that the CLI accepts', async () => {
    const workflow = await readFile(examplePath('github-actions.yml'), 'utf8');
    const command = /run: npx --yes clojars-fetch (.+)$/m.exec(workflow)?.[1];
    const words = command?.split(' ') ?? [];
    expect(words.slice(0, 2)).toEqual(['hiccup/hiccup', '1.0.5']);
    const result = await runCli([
      'org.example/greeter',
      '1.0.0',
      ...words.slice(2),
      '--repo',
      `example=${server.url}`,
      '--local-repo',
      join(folder, 'repository'),
      '--no-config',
    ]);
    expect(result.stderr).not.toContain('hint:');
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({ schemaVersion: 1, artifacts: [{ sha256: jarSha256, repository: 'example' }] });
  });
});
