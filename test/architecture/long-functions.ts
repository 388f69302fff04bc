/** Functions that are still too long. This list may only shrink. */
export const longFunctions: readonly string[] = [
  'src/fetch/local/judge-local-file.ts judgeLocalFile',
  'src/fetch/signature/signature-round.ts createSignatureRound',
  'src/local/settings/effective-repositories.ts createRepositories',
  'src/local/settings/effective-signatures.ts effectiveSignatures',
  'src/local/settings/effective.ts loadConfiguration',
];
