/** A workbench that opens contexts, as the proxy has them: one for each repository. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { openSession } from '../../../src/app/client/session.js';
import type { Tuning } from '../../../src/app/client/tuning.js';
import type { Context } from '../../../src/fetch/context.js';
import type { ClientOptions } from '../../../src/local/settings/client-options.js';
import type { Repository } from '../../../src/network/mirrors/repository.js';
import { testCertificates } from '../../support/certificate.js';
import { metadata, testWith, Workbench } from '../../support/workbench.js';

/** Counts requests: a hedge on a busy machine would add one. */
const patient: Tuning = { hedgeDelayMs: 20_000 };

export class MetadataBench extends Workbench {
  /** Contexts of a session with these options; one for each repository, in order. */
  async contexts(
    options: Partial<ClientOptions>,
    tuning: Tuning = {},
  ): Promise<{ readonly context: Context; readonly repository: Repository }[]> {
    const { ca } = await testCertificates();
    const session = await openSession({
      options: { ...this.ownFolders(), ca, ...options },
      env: {},
      homeFolder: this.folder,
      emit: (event) => this.events.push(event),
      tuning: { ...patient, ...tuning },
    });
    const controller = new AbortController();
    this.atEnd(() => session.close());
    this.atEnd(() => Promise.resolve(controller.abort()));
    const context = session.context({ signal: controller.signal, comparisons: null });
    return context.route.repositories.map((repository) => ({ context, repository }));
  }

  /** The context of one repository `r` with this canonical URL and these untrusted mirrors, each of an operator of its own. */
  async one(canonical: string, mirrors: readonly string[] = [], options: Partial<ClientOptions> = {}, tuning: Tuning = {}) {
    const untrusted = mirrors.map((url, index) => ({ url, operator: `o${index}`, trusted: false }));
    const [found] = await this.contexts({ repositories: [{ id: 'r', url: canonical, mirrors: untrusted }], ...options }, tuning);
    if (found === undefined) throw new Error('no repository');
    return found;
  }

  /** Messages of the warnings of this kind. */
  warnings(kind: string): string[] {
    return this.of('warning').flatMap(({ warning, message }) => (warning === kind ? [message] : []));
  }

  /** The folder of the kept copies. */
  get stateFolder(): string {
    return join(this.folder, 'metadata-state');
  }
}

export const it = testWith(() => new MetadataBench());

/** Replaces a file and its checksums. */
export function put(files: Map<string, Buffer>, path: string, text: string): Buffer {
  const bytes = Buffer.from(text);
  files.set(path, bytes);
  for (const algorithm of ['sha1', 'md5'])
    files.set(`${path}.${algorithm}`, Buffer.from(createHash(algorithm).update(bytes).digest('hex')));
  return bytes;
}

/** Metadata of org.example:greeter with something that is not read, so that the original bytes can be told from rewritten ones. */
export function versionsText(versions: readonly string[], lastUpdated = '20240102030405', extra = ''): string {
  const last = versions.at(-1) ?? '';
  return `<metadata><!-- as published --><groupId>org.example</groupId><artifactId>greeter</artifactId><versioning><latest>${last}</latest><release>${last}</release><versions>${versions
    .map((version) => `<version>${version}</version>`)
    .join('')}</versions><lastUpdated>${lastUpdated}</lastUpdated></versioning>${extra}</metadata>`;
}

/** A repository whose only file is the metadata of org.example:greeter, with checksums. */
export function listing(versions: readonly string[], lastUpdated?: string, extra?: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  put(files, metadata, versionsText(versions, lastUpdated, extra));
  return files;
}
