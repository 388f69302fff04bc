/**
 * The values of a mirror, checked. They end up in the configuration of a web server, of systemd, cron, a shell, YAML and JSON, each with
 * its own special characters: a value may only have characters that are special in none of them.
 */
import { isIP } from 'node:net';

import { ClojarsFetchError } from '../../base/error.js';
import { nearestWord } from '../../base/nearest-word.js';
import type { FilterOptions } from '../mirror/filter/filter-options.js';
import { filterKinds, filterWords, isOfKind } from './filter-words.js';

/** Values that are one text each. */
interface TextValues {
  /** Name of the mirror's host: `clojars.example.org`. */
  readonly domain?: string | undefined;
  /** Whom to write to about the mirror: an address, or the URL of a page. */
  readonly contact?: string | undefined;
  /** Folder of the mirror. Default: `/srv/clojars`. */
  readonly to?: string | undefined;
  /** Source of `mirror sync`. Default: `https://repo.clojars.org/`. */
  readonly from?: string | undefined;
  /** User that runs `mirror sync`. Default: `clojars-mirror`. */
  readonly user?: string | undefined;
  /** File of the TLS certificate, with its chain. Default: that of certbot for the domain. */
  readonly certificate?: string | undefined;
  /** File of its key. Default: that of certbot for the domain. */
  readonly certificateKey?: string | undefined;
  /** Bucket of the mirror on S3. Default: the domain. */
  readonly bucket?: string | undefined;
}

/** Values as they are given. The filters say which part of the source is copied. */
export interface MirrorSetupValues extends TextValues, FilterOptions {}

/** Values that templates may use without quotes. */
export type CheckedValues = { readonly [K in keyof TextValues]-?: string } & {
  /** Words for the command line of the sync. */
  readonly filter: readonly string[];
};

interface Rule {
  readonly form: RegExp;
  readonly what: string;
}

const path: Rule = { form: /^(?:\/[A-Za-z0-9_+@][A-Za-z0-9._+@-]*)+$/, what: 'an absolute path of letters, digits and . _ + @ -' };
const host = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const url = String.raw`[a-z0-9]+:\/\/[A-Za-z0-9.:\[\]-]+(?:\/[A-Za-z0-9._~+@/-]*)?`;

const rules: Readonly<Record<keyof TextValues, Rule>> = {
  domain: { form: host, what: 'the name of a host, such as clojars.example.org' },
  contact: {
    form: new RegExp(String.raw`^(?:[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+|https:\/\/[A-Za-z0-9.-]+(?:\/[A-Za-z0-9._~/-]*)?)$`),
    what: 'an address of mail or the https: URL of a page',
  },
  to: path,
  from: {
    form: new RegExp(String.raw`^(?:${url}(?:\?[A-Za-z0-9._=&:/-]*)?|${path.form.source.slice(1, -1)})$`),
    what: 'an s3:, https: or rsync: URL, or an absolute path, without spaces, quotes, $ and %',
  },
  user: { form: /^[a-z_][a-z0-9_-]{0,30}$/, what: 'the name of a user, such as clojars-mirror' },
  certificate: path,
  certificateKey: path,
  bucket: { form: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, what: 'the name of a bucket' },
};

export const mirrorSetupKeys = Object.keys(rules) as (keyof TextValues)[];

const allKeys = [...mirrorSetupKeys, ...Object.keys(filterKinds)];
const kindNames = { text: 'a text', texts: 'a list of texts', boolean: 'true or false', number: 'a number' } as const;

/**
 * Adds what follows from the others, and checks all values.
 * @throws ClojarsFetchError ERR_CONFIG, `bad-value`, naming every value that is missing
 */
export function checkValues(given: MirrorSetupValues): CheckedValues {
  const missing = (['domain', 'contact'] as const).filter((key) => given[key] === undefined);
  if (missing.length > 0)
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      message: `the setup needs ${missing.join(' and ')}`,
      hint: `Give ${missing.map((key) => `--${key}`).join(' and ')}, or a file with --values.`,
    });
  const domain = given.domain ?? '';
  const certbot = `/etc/letsencrypt/live/${domain}`;
  const defaults = {
    domain: '',
    contact: '',
    to: '/srv/clojars',
    from: 'https://repo.clojars.org/',
    user: 'clojars-mirror',
    certificate: `${certbot}/fullchain.pem`,
    certificateKey: `${certbot}/privkey.pem`,
    bucket: domain,
  };
  const checked = Object.fromEntries(mirrorSetupKeys.map((key) => [key, checkValue(key, given[key] ?? defaults[key])]));
  return { ...(checked as { readonly [K in keyof TextValues]-?: string }), filter: filterWords(given) };
}

function checkValue(key: keyof TextValues, value: string): string {
  const { form, what } = rules[key];
  if (value.length <= 300 && form.test(value) && !(key === 'domain' && isIP(value) !== 0)) return value;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `${key} must be ${what}, got ${JSON.stringify(value.slice(0, 100))}`,
    hint: 'The value becomes a part of files in which other characters have a meaning.',
  });
}

/**
 * Reads a file of values: a JSON object of texts, and of the filters.
 * @throws ClojarsFetchError ERR_CONFIG, `bad-value`
 */
export function parseValues(text: string, file: string): MirrorSetupValues {
  const refuse = (message: string, hint: string): ClojarsFetchError =>
    new ClojarsFetchError('ERR_CONFIG', { reason: 'bad-value', path: file, message: `${file}: ${message}`, hint });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refuse(
      `not JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      'Write an object, such as { "domain": "clojars.example.org" }.',
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refuse('not an object', 'Write an object, such as { "domain": "clojars.example.org" }.');
  for (const [key, one] of Object.entries(value) as [string, unknown][]) {
    const kind = key in filterKinds ? filterKinds[key as keyof FilterOptions] : null;
    if (kind !== null) {
      if (!isOfKind(one, kind)) throw refuse(`'${key}' must be ${kindNames[kind]}`, 'See docs/run-a-mirror.md for the values.');
      continue;
    }
    if (!(mirrorSetupKeys as readonly string[]).includes(key)) {
      const meant = nearestWord(key, allKeys);
      throw refuse(
        `there is no value '${key}'`,
        meant === undefined ? `The values are ${allKeys.join(', ')}.` : `Did you mean '${meant}'?`,
      );
    }
    if (typeof one !== 'string') throw refuse(`'${key}' must be a text`, 'Put it in quotes.');
  }
  return value;
}
