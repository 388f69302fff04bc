/** The demo's generator, for the tests. */
export { createFixtureRepository } from '../../examples/demo/maven-repository.mjs';
export type { FixtureOptions } from '../../examples/demo/maven-repository.mjs';
