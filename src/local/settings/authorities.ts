/** Additional certificate authorities: PEM text, or files that hold it. */
import { ClojarsFetchError } from '../../base/error.js';
import { missingFile, type TextReader } from './text/read-text.js';

/** Whether an entry of `ca` is the text of certificates, not the name of a file. */
export function isPemText(item: string): boolean {
  return item.includes('-----BEGIN ');
}

/**
 * Reads the PEM text of each item.
 * @param items PEM text or absolute paths
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `unreadable` or `bad-value`: a file without a certificate.
 */
export async function readAuthorities(items: readonly string[], readFile: TextReader): Promise<readonly string[]> {
  return Promise.all(
    items.map(async (item) => {
      const text = isPemText(item) ? item : await readFile(item);
      if (text === null) throw missingFile(item, 'ca');
      if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
      throw new ClojarsFetchError('ERR_CONFIG', {
        reason: 'bad-value',
        setting: 'ca',
        message: `ca: no PEM certificate in ${isPemText(item) ? 'the text given' : item}`,
        hint: 'A certificate in PEM form starts with -----BEGIN CERTIFICATE-----.',
      });
    }),
  );
}
