/**
 * The process under test: every file with the signature next to it, by one keyring; the CommonJS build, which loads faster. Prints the good
 * ones as JSON.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { dist, files, keyring, folder } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { verifyFiles } = createRequire(import.meta.url)(`${dist}/trust.cjs`);
const options = {
  settings: false,
  offline: true,
  localRepository: join(folder, 'local'),
  cacheFolder: join(folder, 'cache'),
  stateFolder: join(folder, 'state'),
  trust: { signatures: 'require', model: 'keyring', keyrings: [keyring] },
};
const report = await verifyFiles(
  files.map((file) => ({ file })),
  options,
);
const good = report.files.filter(({ verification }) => verification.signature?.status === 'good').length;
if (good !== files.length)
  throw new Error(
    `${good} of ${files.length} signatures are good: ${JSON.stringify(report.files.find(({ verification }) => verification.signature?.status !== 'good'))}`,
  );
process.stdout.write(JSON.stringify({ good }));
