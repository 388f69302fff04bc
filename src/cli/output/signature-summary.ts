/** Most files of a closure have no signature: they are counted, not told one by one. */

const kinds: Readonly<Record<string, string>> = {
  'signature-missing': 'not signed',
  'signature-unknown': 'perhaps signed: who could say could not be asked',
  'signature-unknown-key': 'signed by keys that are in no keyring',
  'signature-untrusted': 'signed by keys that do not count',
  'signature-expired': 'signed by keys that had expired',
  'signature-weak': 'signed by weak means',
};

/** Counts a warning; false where it is none of these. */
export function countSignature(counts: Map<string, number>, warning: string): boolean {
  if (!Object.hasOwn(kinds, warning)) return false;
  counts.set(warning, (counts.get(warning) ?? 0) + 1);
  return true;
}

/** One line, null where nothing was counted. */
export function formatSignatureSummary(counts: ReadonlyMap<string, number>): string | null {
  const parts = Object.entries(kinds).flatMap(([kind, text]) => {
    const count = counts.get(kind);
    return count === undefined ? [] : [`${count} ${count === 1 ? 'is' : 'are'} ${text}`];
  });
  return parts.length === 0 ? null : `of the files, ${parts.join('; ')} (--verbose names them)`;
}
