/** A Leiningen vector means the same on the command line and in a project.clj: compares the two readers. */
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { readForms } from '../../src/maven/build-file/clojure/clojure-reader.js';
import { finishDependencies, readDependencyVectors } from '../../src/maven/build-file/model/dependency-vector.js';
import { Findings } from '../../src/maven/build-file/model/findings.js';
import { completeCoordinate, type Dependency } from '../../src/maven/coordinate/coordinate.js';
import { parseDependency } from '../../src/maven/coordinate/parse.js';

// Names of devices on Windows are refused as file names.
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}$/).filter((text) => !/^(?:con|prn|aux|nul|(?:com|lpt)\d)$/.test(text));
const library = fc.oneof(
  name,
  fc.tuple(name, name).map(([group, artifact]) => `${group}/${artifact}`),
);
const quoted = library.map((text) => `"${text}"`);
const option = fc.constantFrom(':classifier "tests"', ':extension "zip"', ':classifier "a" :extension "b"');
const exclusion = fc.oneof(
  library,
  quoted,
  library.map((text) => `[${text}]`),
  fc.tuple(library, option).map(([text, more]) => `[${text} ${more}]`),
);
const vector = fc
  .tuple(
    library,
    fc.constantFrom('"1.0"', '"4.x"', '"[1,2)"'),
    fc.subarray([':scope "test"', ':classifier "sources"', ':extension "zip"', ':optional true']),
    fc.array(exclusion, { maxLength: 4 }),
  )
  .map(([text, version, options, exclusions]) => {
    const excluded = exclusions.length === 0 ? '' : ` :exclusions [${exclusions.join(' ')}]`;
    return `[${[text, version, ...options].join(' ')}${excluded}]`;
  });

function inProjectClj(text: string): readonly Dependency[] {
  const findings = new Findings('project.clj');
  const vectors = readDependencyVectors(readForms(`[${text}]`, 'project.clj')[0], ':dependencies', findings);
  return finishDependencies(vectors, [], [], findings);
}

const distinct = (dependency: Dependency): unknown => ({
  ...completeCoordinate(dependency),
  scope: dependency.scope,
  optional: dependency.optional ?? undefined,
  exclusions: [...new Set((dependency.exclusions ?? []).map((one) => JSON.stringify(one)))],
});

test('an exclusion of one classifier keeps the artifact, on the command line as in a project.clj', () => {
  const text = '[org.ex/lib "1" :exclusions [[org.ex/natives :classifier "apple"]]]';
  const exclusions = [{ group: 'org.ex', artifact: 'natives', classifier: 'apple' }];
  expect(parseDependency(text).exclusions).toEqual(exclusions);
  expect(inProjectClj(text)[0]?.exclusions).toEqual(exclusions);
});

test('any vector is the same dependency for both readers', () => {
  fc.assert(
    fc.property(vector, (text) => {
      expect(inProjectClj(text).map(distinct)).toEqual([distinct(parseDependency(text))]);
    }),
    { numRuns: 1000 },
  );
});
