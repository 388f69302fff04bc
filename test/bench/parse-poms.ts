/** Reads every POM beneath a folder into a model, as a closure does, and nothing else. Prints the processor time in ms. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parsePom } from '../../src/maven/pom/parse.js';

const folder = process.argv[2] ?? '';
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.pom'));
const texts = files.map((name) => readFileSync(join(folder, name)));
const before = process.cpuUsage();
for (const [index, text] of texts.entries()) parsePom(text, files[index] ?? '');
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ cpuMs: (user + system) / 1000, poms: files.length }));
