/** Further certificate authorities: PEM text, or files of it. */
import { ClojarsFetchError } from '../../base/error.js';
import type { SourceRecord } from './sources.js';
import { missingFile, type TextReader } from './text/read-text.js';

export interface AuthoritiesContext {
  readonly absolute: (path: string) => string;
  readonly readFile: TextReader;
  readonly record: SourceRecord;
  readonly fromOptions: string;
  readonly fromFile: string;
}

/**
 * The PEM texts of `given` (options: text or paths) and of `files` (our configuration file: absolute paths).
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `unreadable` or `bad-value`: a file without a certificate.
 */
export async function readAuthorities(
  given: string | readonly string[] | undefined,
  files: readonly string[] | undefined,
  context: AuthoritiesContext,
): Promise<readonly string[]> {
  const { absolute, readFile, record, fromOptions, fromFile } = context;
  const isText = (text: string): boolean => text.includes('-----BEGIN ');
  const fromCaller = (given === undefined ? [] : typeof given === 'string' ? [given] : given).map((item) =>
    isText(item) ? item : absolute(item),
  );
  const all = record.gather<string>(
    'ca',
    [
      [fromOptions, fromCaller],
      [fromFile, files],
    ],
    (item) => (isText(item) ? 'PEM text' : item),
  );
  return Promise.all(
    all.map(async (item) => {
      const text = isText(item) ? item : await readFile(item);
      if (text === null) throw missingFile(item, 'ca');
      if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
      throw new ClojarsFetchError('ERR_CONFIG', {
        reason: 'bad-value',
        setting: 'ca',
        message: `ca: no PEM certificate in ${isText(item) ? 'the text given' : item}`,
        hint: 'A certificate in PEM form starts with -----BEGIN CERTIFICATE-----.',
      });
    }),
  );
}
