/**
 * Fetches one artifact from a script, and prints its proofs.
 *
 *   node examples/script.mjs hiccup/hiccup 1.0.5
 *   node examples/script.mjs org.example/greeter 1.0.0 https://maven.example.org/releases/ /tmp/repository
 *
 * Without a URL, it asks the built-in repositories. The file goes to the user's local Maven repository.
 */
import { resolveArtifact } from 'clojars-fetch';

const [name = 'hiccup/hiccup', version = '1.0.5', url, localRepository] = process.argv.slice(2);

try {
  const artifact = await resolveArtifact(`${name} ${version}`, {
    // `settings: false` reads none of the user's files, so the result is the same on every machine.
    ...(url === undefined ? {} : { repositories: [{ id: 'example', url }], settings: false }),
    ...(localRepository === undefined ? {} : { localRepository }),
  });
  console.log(artifact.path);
  console.log(`sha256 ${artifact.sha256}`);
  console.log(`level  ${artifact.verification.level} (${artifact.verification.proofs.join(', ')})`);
} catch (error) {
  // Programs use code and reason, people read message and hint, and both use attempts.
  console.error(`${error.code ?? 'error'}: ${error.message}`);
  for (const attempt of error.attempts ?? []) console.error(`  ${attempt.mirror} ${attempt.outcome} after ${attempt.ms} ms`);
  if (error.hint) console.error(`\nhint: ${error.hint}`);
  process.exitCode = 1;
}
