/** The demo's generator, for the tests. */
export { createFixtureRepository } from '../../examples/demo/maven-repository.mjs';
export type { FixtureArtifact, FixtureDependency, FixtureOptions, FixtureRepository, FixtureSnapshot } from '../../examples/demo/maven-repository.mjs';
