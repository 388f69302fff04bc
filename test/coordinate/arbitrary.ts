import fc from 'fast-check';

import type { ArtifactCoordinate } from '../../src/maven/coordinate/coordinate.js';
import { classifyVersion } from '../../src/maven/version/request.js';

const device = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;
const word = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_+$~!='-]{0,11}$/).filter((text) => !device.test(text));
const dotted = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join('.'));

/** Coordinates with safe parts and an exact version. */
export const coordinateArbitrary: fc.Arbitrary<ArtifactCoordinate> = fc
  .record({
    group: dotted,
    artifact: dotted,
    version: dotted.filter((version) => ['exact', 'snapshot'].includes(classifyVersion(version))),
    classifier: fc.oneof(fc.constant(''), dotted),
    extension: fc.oneof(fc.constantFrom('jar', 'pom', 'tar.gz'), word),
  })
  .filter(({ group, artifact }) => !/(^|\.)[-~]/.test(`${group} ${artifact}`));
