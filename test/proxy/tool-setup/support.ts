/** A home folder for the setup of tools, and its files. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { ToolSetupOptions } from '../../../src/app/tool-setup/set-up-tool.js';
import type { Workbench } from '../../support/workbench.js';

/** The home folder of a test. */
export class Home {
  readonly folder: string;
  readonly options: ToolSetupOptions;

  constructor(bench: Workbench) {
    this.folder = join(bench.folder, 'home');
    this.options = { environment: {}, homeFolder: this.folder, recordFolder: join(bench.folder, 'records') };
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async write(name: string, content: string | Uint8Array, mode = 0o644): Promise<string> {
    const path = this.path(name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, { mode });
    return path;
  }

  read(name: string): Promise<string> {
    return readFile(this.path(name), 'utf8');
  }

  bytes(name: string): Promise<Buffer> {
    return readFile(this.path(name));
  }
}
