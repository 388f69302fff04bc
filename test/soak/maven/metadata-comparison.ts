/** Random maven-metadata.xml: which version a range, RELEASE, LATEST or a snapshot stands for, for Maven and for this package. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { runOperation } from '../../../src/app/client/operation.js';
import { openSession, type Session } from '../../../src/app/client/session.js';
import { isClojarsFetchError } from '../../../src/base/error.js';
import { resolveVersion } from '../../../src/fetch/versions/resolve-version.js';
import { baseVersion } from '../../../src/maven/version/snapshot.js';
import { createChance } from '../../support/chance.js';
import { askJava, type Comparison, type ComparisonRun } from '../comparison.js';
import { mavenClassPath, missingMaven } from './maven-comparison.js';
import { createMetadataCase, type MetadataCase } from './random-metadata.js';

const program = fileURLToPath(new URL('VersionAnswers.java', import.meta.url));
/** Java starts once for as many cases. */
const batchSize = 200;
const mostViolations = 5;

/** Compares as many cases as asked, until the time is over. */
export async function compareMetadata(count: number, { seed, endMs, onProgress }: ComparisonRun): Promise<Comparison> {
  const [missing] = missingMaven();
  if (missing !== undefined) return { done: 0, detail: `${missing} is missing`, violations: [] };
  const violations: string[] = [];
  const counts = { found: 0, none: 0 };
  let done = 0;
  while (done < count && performance.now() < endMs && violations.length < mostViolations) {
    const seeds = Array.from({ length: Math.min(batchSize, count - done) }, (_, index) => seed + done + index);
    const cases = seeds.map((one) => createMetadataCase(createChance(one)));
    const theirs = await askMaven(cases);
    for (const [index, one] of cases.entries()) {
      const ours = await answersOf(one);
      for (const [at, question] of one.questions.entries()) {
        const wanted = (JSON.parse(theirs.shift() ?? '') as { readonly versions: readonly string[] }).versions[0] ?? null;
        counts[wanted === null ? 'none' : 'found'] += 1;
        // Without a mark, this package takes the newest version that is listed.
        if (
          comparable(question, ours[at] ?? null) !== comparable(question, wanted) &&
          !(wanted === null && /:(?:RELEASE|LATEST)$/.test(question))
        )
          violations.push(
            `seed ${seeds[index] ?? 0}: ${JSON.stringify({ question, maven: wanted, ours: ours[at], files: [...one.files] })}`,
          );
      }
    }
    done += cases.length;
    onProgress(done);
  }
  return { done, detail: `${counts.found} versions that Maven finds, ${counts.none} requests without one`, violations };
}

/** Of a range or LATEST that stands for a snapshot, Maven says the base version, or the build of that one repository. */
function comparable(question: string, version: string | null): string | null {
  return version === null || question.includes('SNAPSHOT') ? version : baseVersion(version);
}

function askMaven(cases: readonly MetadataCase[]): Promise<string[]> {
  return askJava({
    program: 'Maven',
    repositories: cases.map(({ files }, index) => new Map([...files].map(([path, text]) => [`${index}/${path}`, text]))),
    questions: cases.flatMap(({ questions }, index) => questions.map((question) => `${index}\t${question}`)),
    words: (folder) => ['-cp', mavenClassPath, program, join(folder, 'repository')],
  });
}

async function answersOf({ files, questions }: MetadataCase): Promise<(string | null)[]> {
  const folder = await mkdtemp(join(tmpdir(), 'clojars-fetch-metadata-'));
  try {
    for (const [path, text] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const names = ['a', 'b'].filter((name) => files.has(`${name}/here.txt`));
    const session = await openSession({
      options: {
        settings: false,
        localRepository: join(folder, 'local'),
        cacheFolder: join(folder, 'cache'),
        stateFolder: join(folder, 'state'),
        repositories: names.map((id) => ({ id, url: pathToFileURL(join(folder, id)).href })),
      },
      env: {},
      homeFolder: folder,
      emit: () => undefined,
    });
    const answers: (string | null)[] = [];
    for (const question of questions) answers.push(await answerOf(question, session));
    await session.close();
    return answers;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function answerOf(question: string, session: Session): Promise<string | null> {
  const [group = '', artifact = '', extension = '', ...rest] = question.split(':');
  const [version = '', classifier = ''] = rest.toReversed();
  try {
    const found = await runOperation({ session: Promise.resolve(session), subject: question, signals: [] }, (context) =>
      resolveVersion(context, { group, artifact, extension, classifier, version }),
    );
    return found.timestampedVersion ?? found.coordinate.version;
  } catch (error) {
    if (isClojarsFetchError(error)) return null;
    throw error;
  }
}
