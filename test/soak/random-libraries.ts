/** Libraries of random repositories: names and versions that sort in surprising ways. */
export interface Library {
  readonly group: string;
  readonly artifact: string;
  readonly versions: readonly string[];
}

export const libraryNames = ['a', 'b', 'c', 'Z', 'd-e', 'f.g', 'h_i', 'core', 'x', 'y', 'K', 'lib', 'm', 'n', 'util', 'w'];

export const versionPools = [
  ['1', '1.1', '1.10', '1.2'],
  ['1', '2', '3'],
  ['1-alpha', '1-rc1', '1', '1-1', '1.0.1'],
  ['0.1', '0.2', '0.10', '0.10-beta'],
  ['2.0', '2', '2.0.0.1', 'Final'],
];
