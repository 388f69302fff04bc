/**
 * `make FILE COUNT` writes a keybox with that many keys and prints the fingerprint of one of them.
 * `find FILE FINGERPRINT` opens it and finds that key, in a process that has loaded all code before, and prints the time in ms.
 */
import { writeFileSync } from 'node:fs';

import { openKeyrings } from '../../src/local/keyring/open-keyrings.js';
import { fakeCertificate, keybox } from '../keys/make-rings.js';

const [what, file = '', argument = ''] = process.argv.slice(2);
if (what === 'make') {
  const certificates = Array.from({ length: Number(argument) }, (_, index) => fakeCertificate(`key ${index}`));
  writeFileSync(file, keybox(certificates.map(({ bytes }) => bytes)));
  process.stdout.write(certificates[Math.floor(certificates.length * 0.77)]?.fingerprint ?? '');
} else {
  const startedMs = performance.now();
  const source = await openKeyrings({ keyrings: [file], env: {}, homeFolder: '/' });
  const found = await source.find(argument);
  const ms = performance.now() - startedMs;
  if (found.length !== 1) throw new Error(`${found.length} keys found`);
  process.stdout.write(JSON.stringify({ ms }));
}
