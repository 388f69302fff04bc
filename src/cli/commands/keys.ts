/** Implements `keys`: manages the keys that signatures are checked with, by subcommands. */
import { ClojarsFetchError } from '../../base/error.js';
import { nearestWord } from '../../base/nearest-word.js';
import { coverKeys, type ImportedKey, type Keys, openKeys, type Ownertrust, ownertrusts } from '../../trust.js';
import { clientOptions } from '../options/client-options.js';
import { splitCoordinates } from '../options/split-coordinates.js';
import { usageError } from '../options/usage-error.js';
import { exitCodes } from '../output/exit-code.js';
import { coverageDocument, explainDocument, importDocument, keysDocument, removeDocument } from '../output/keys-json.js';
import type { Output } from '../output/output.js';
import { formatCoverage, formatImported, formatKeyDetails, formatKeys, formatTrustExplanation } from '../output/render-keys.js';
import { type Command, type CommandCall, unknownSubcommand } from './command.js';

interface SubcommandCall extends CommandCall {
  readonly keys: Keys;
  /** The words after the subcommand. */
  readonly words: readonly string[];
}

interface Subcommand {
  readonly usage: string;
  readonly least: number;
  readonly most: number;
  readonly run: (call: SubcommandCall) => Promise<void>;
}

const many = Number.POSITIVE_INFINITY;

const subcommands: Readonly<Record<string, Subcommand>> = {
  list: {
    usage: 'list',
    least: 0,
    most: 0,
    async run({ keys, output }) {
      const listed = await keys.list();
      if (listed.length === 0) output.note(`no keyring has a key; 'clojars-fetch keys import FILE' adds keys to ${keys.storeFolder}`);
      output.result(formatKeys(listed, output.style), keysDocument(listed, output.warnings));
    },
  },
  show: {
    usage: 'show FINGERPRINT|KEYID|TEXT',
    least: 1,
    most: many,
    async run({ keys, output, words }) {
      const shown = await keys.show(words.join(' '));
      output.result(formatKeyDetails(shown, output.style), keysDocument(shown, output.warnings));
    },
  },
  import: {
    usage: 'import FILE…',
    least: 1,
    most: many,
    async run({ keys, output, words }) {
      const imported = await keys.import(words);
      await showImported({ keys, output }, imported);
    },
  },
  trust: {
    usage: `trust FINGERPRINT ${ownertrusts.join('|')}`,
    least: 2,
    most: many,
    async run({ keys, output, words }) {
      const changed = await keys.trust(words.slice(0, -1).join(''), levelOf(words.at(-1) ?? ''));
      output.result(formatKeyDetails([changed], output.style), keysDocument([changed], output.warnings));
    },
  },
  remove: {
    usage: 'remove FINGERPRINT',
    least: 1,
    most: many,
    async run({ keys, output, words }) {
      const fingerprint = words.join('').toUpperCase();
      if (!(await keys.remove(fingerprint))) {
        throw new ClojarsFetchError('ERR_NOT_FOUND', {
          reason: 'absent',
          coordinate: fingerprint,
          message: `the key ${fingerprint} is not in ${keys.storeFolder}`,
          hint: 'Only keys in this store can be removed; to remove a key from GnuPG, use gpg.',
        });
      }
      output.result(`removed  ${fingerprint}\n`, removeDocument(fingerprint, keys.storeFolder, output.warnings));
    },
  },
  fetch: {
    usage: 'fetch FINGERPRINT|KEYID|ADDRESS',
    least: 1,
    most: many,
    async run({ given, keys, output, signal, words }) {
      const fetched = await keys.fetch(words.join(''), {
        signal,
        keyServer: given.keyServer,
      });
      output.note(`from ${fetched.url}`);
      await showImported({ keys, output }, fetched.keys);
    },
  },
  explain: {
    usage: 'explain FINGERPRINT',
    least: 1,
    most: many,
    async run({ keys, output, words }) {
      const explanation = await keys.explain(words.join(''));
      output.result(formatTrustExplanation(explanation, output.style), explainDocument(explanation, output.warnings));
    },
  },
  coverage: { usage: 'coverage COORDINATE…', least: 1, most: many, run: coverage },
};

/** Prints the imported keys, and advice on making their signatures count. */
async function showImported({ keys, output }: Pick<SubcommandCall, 'keys' | 'output'>, imported: readonly ImportedKey[]): Promise<void> {
  output.result(formatImported(imported), importDocument(imported, keys.storeFolder, output.warnings));
  noteHints(output, await keys.advise(imported.map(({ fingerprint }) => fingerprint)));
}

function noteHints(output: Output, hints: readonly string[]): void {
  for (const hint of hints) output.note(`hint: ${hint}`);
}

/** Reports which files of a closure are signed, by whom, and what is missing. */
async function coverage({ given, output, signal, words }: SubcommandCall): Promise<void> {
  const covered = await coverKeys(splitCoordinates(words), {
    ...clientOptions(given, { signal, onEvent: output.onEvent }),
    download: given.pomOnly ? false : undefined,
    scopes: given.scopes,
    conflicts: given.conflicts,
  });
  output.result(formatCoverage(covered, output.style), coverageDocument(covered, output.warnings));
  noteHints(output, covered.hints);
}

export const keysCommand: Command = async (call) => {
  const { given, output, signal } = call;
  const [name = '', ...words] = given.words;
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (subcommand === undefined) throw unknownSubcommand('keys', given.words[0], Object.keys(subcommands));
  if (words.length < subcommand.least || words.length > subcommand.most) {
    const needed = subcommand.usage.slice(name.length + 1);
    throw usageError(
      `'keys ${name}' ${words.length < subcommand.least ? `needs ${needed}` : `takes no further words, got '${words[subcommand.most] ?? ''}'`}`,
      `Write 'clojars-fetch keys ${subcommand.usage}'.`,
    );
  }
  if (given.keyServer !== undefined && name !== 'fetch') {
    throw usageError(`--keyserver belongs to 'keys fetch'`, "Write 'clojars-fetch keys fetch WHAT --keyserver URL'.");
  }
  if (name !== 'coverage' && (given.pomOnly || given.scopes !== undefined || given.conflicts !== undefined)) {
    throw usageError(
      `--pom-only, --scope and --conflicts belong to 'keys coverage', and 'keys ${name}' resolves nothing`,
      `Write 'clojars-fetch keys ${subcommand.usage}'.`,
    );
  }
  const keys = openKeys(clientOptions(given, { signal, onEvent: output.onEvent }));
  await subcommand.run({ ...call, keys, words });
  return exitCodes.done;
};

function levelOf(word: string): Ownertrust {
  const found = ownertrusts.find((trust) => trust === word.toLowerCase());
  if (found !== undefined) return found;
  const meant = nearestWord(word, ownertrusts);
  throw usageError(
    `'${word}' is not an ownertrust`,
    meant === undefined ? `Choose one of ${ownertrusts.join(', ')}.` : `Did you mean '${meant}'?`,
  );
}
