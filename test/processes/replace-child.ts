/** Replaces one file forever, until it is killed. Arguments: the kind of replacement, and the folder. */
import { replacements } from './replacements.js';

const [kind = '', folder = ''] = process.argv.slice(2);

for (let round = 0; ; round++) await replacements[kind]?.(folder, round);
