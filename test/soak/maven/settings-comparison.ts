/** Random settings.xml, read by Maven and by this package. */
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

import { isClojarsFetchError } from '../../../src/base/error.js';
import { selectMirror } from '../../../src/local/settings/settings-xml/mirror-pattern.js';
import { parseSettings } from '../../../src/local/settings/settings-xml/settings-xml.js';
import { createChance } from '../../support/chance.js';
import { askJava, type Comparison, type ComparisonRun } from '../comparison.js';
import { missingMaven } from './maven-comparison.js';
import { createSettings, settingsProperties, settingsRepositories } from './random-settings.js';

const program = fileURLToPath(new URL('SettingsAnswers.java', import.meta.url));
/** Java starts once for as many documents. */
const batchSize = 2_000;
const mostViolations = 5;

type Answer =
  | { readonly ok: false; readonly error?: string }
  | {
      readonly ok: true;
      readonly localRepository: string;
      readonly offline: boolean;
      readonly mirrors: readonly (readonly string[])[];
      readonly servers: readonly (readonly string[])[];
      readonly proxies: readonly (readonly string[])[];
      /** The id of the mirror of each repository. */
      readonly chosen: readonly (string | null)[];
    };

/** Compares as many documents as asked, until the time is over. */
export async function compareSettings(count: number, { seed, endMs, onProgress }: ComparisonRun): Promise<Comparison> {
  const [missing] = missingMaven();
  if (missing !== undefined) return { done: 0, detail: `${missing} is missing`, violations: [] };
  const violations: string[] = [];
  let [done, refused] = [0, 0];
  while (done < count && performance.now() < endMs && violations.length < mostViolations) {
    const documents = Array.from({ length: Math.min(batchSize, count - done) }, (_, index) =>
      createSettings(createChance(seed + done + index)),
    );
    const answers = await askMaven(documents);
    for (const [index, document] of documents.entries()) {
      const theirs = withoutUselessPorts(JSON.parse(answers[index] ?? '') as Answer);
      const ours = answerOf(document);
      if (!theirs.ok) refused += 1;
      if (!isDeepStrictEqual(ours, theirs.ok ? theirs : { ok: false }))
        violations.push(`seed ${seed + done + index}: ${JSON.stringify({ document, theirs, ours })}`);
    }
    done += documents.length;
    onProgress(done);
  }
  return { done, detail: `${refused} that Maven refuses`, violations };
}

/** Maven reads a port that is not a number as 0, which no server can have. This package refuses it. */
function withoutUselessPorts(answer: Answer): Answer {
  return answer.ok && answer.proxies.some(([, , , port]) => port === '0') ? { ok: false } : answer;
}

function answerOf(document: string): Answer {
  const env = Object.entries(settingsProperties).flatMap(([name, value]) =>
    name.startsWith('env.') ? [[name.slice(4), value] as const] : [],
  );
  try {
    const settings = parseSettings(document, 'settings.xml', {
      env: Object.fromEntries<string>(env),
      homeFolder: settingsProperties['user.home'] ?? '',
    });
    return {
      ok: true,
      localRepository: settings.localRepository ?? '',
      offline: settings.offline,
      mirrors: settings.mirrors.map(({ id, url, mirrorOf, layouts, blocked }) => [id, url, mirrorOf, layouts, String(blocked)]),
      servers: settings.servers.map(({ id, username, password }) => [id, username, password ?? '']),
      proxies: settings.proxies.map((proxy) => [
        proxy.id,
        proxy.protocol,
        proxy.host,
        String(proxy.port),
        proxy.username ?? '',
        proxy.password ?? '',
        proxy.nonProxyHosts.join('|'),
      ]),
      chosen: settingsRepositories.map(([id, url]) => selectMirror({ id, url: new URL(url) }, settings.mirrors)?.id ?? null),
    };
  } catch (error) {
    if (isClojarsFetchError(error)) return { ok: false };
    throw error;
  }
}

function askMaven(documents: readonly string[]): Promise<string[]> {
  return askJava({
    program: 'Maven',
    repositories: [],
    questions: documents.map((document) => [Buffer.from(document).toString('base64'), ...settingsRepositories.flat()].join('\t')),
    words: () => [
      '-cp',
      '/usr/share/maven/lib/*',
      program,
      ...Object.entries(settingsProperties).map(([name, value]) => `${name}=${value}`),
    ],
  });
}
