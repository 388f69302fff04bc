/**
 * The table of options, the only place that describes an option: parsing, the types of the arguments, the verbs that accept it, the help of
 * each verb, and the tests that compare docs/cli.md with it all read this table. To add an option, add an entry to one of the files that this
 * one puts together, and its row in docs/cli.md.
 */

import { auditOptions } from './audit-options.js';
import { configOptions, graphOptions, keyOptions, lockOptions, projectOptions, proxyOptions, verifyOptions } from './build-options.js';
import { mirrorCheckOptions, mirrorSetupOptions, statisticsOptions, syncOptions } from './mirror-options.js';
import type { Option } from './option.js';
import { lockfileOptions, outputOptions, sourceOptions, verificationOptions } from './shared-options.js';
import type { Verb } from './verbs.js';

export type { Option } from './option.js';

/** Options about files for a build. `mirror` and `audit` work on whole repositories, and check each file against the checksums of its source. */
const notForMirror: ReadonlySet<Option> = new Set(
  Object.values<Option>({ ...lockfileOptions, ...sourceOptions, ...verificationOptions }).filter(
    (option) => option !== sourceOptions.firstByteTimeoutMs,
  ),
);

/** Whether the verb accepts the option. */
export function isOptionOf(verb: Verb, option: Option): boolean {
  if (option.verbs !== null) return option.verbs.includes(verb);
  return (verb !== 'mirror' && verb !== 'audit') || !notForMirror.has(option);
}

/** Options under one heading of the help. */
export interface OptionGroup {
  readonly title: string;
  readonly options: Readonly<Record<string, Option>>;
  /** The verb whose shared options belong here, too: those that are described with another verb. */
  readonly sharedBy?: Verb | undefined;
}

/** The options under the headings of the help, in its order. */
export const optionGroups: readonly OptionGroup[] = [
  { title: 'Dependency options', options: graphOptions },
  { title: 'Project options', options: projectOptions },
  { title: 'Locking options', options: lockOptions },
  { title: 'Checking options', options: verifyOptions },
  { title: 'Key options', options: keyOptions },
  { title: 'Proxy options', options: proxyOptions },
  { title: 'Setup options', options: configOptions },
  { title: "Options of 'mirror stats'", options: statisticsOptions },
  { title: "Options of 'mirror sync'", options: syncOptions },
  { title: "Options of 'mirror setup'", options: mirrorSetupOptions },
  { title: "Options of 'mirrors check'", options: mirrorCheckOptions },
  { title: "Options of 'audit'", options: auditOptions, sharedBy: 'audit' },
  { title: 'Lockfile options', options: lockfileOptions },
  { title: 'Repository options', options: sourceOptions },
  { title: 'Verification options', options: verificationOptions },
  { title: 'Configuration and output', options: outputOptions },
];

/** All options, by the name of their value in {@link OptionValues}. */
export const options = {
  ...graphOptions,
  ...projectOptions,
  ...lockOptions,
  ...verifyOptions,
  ...keyOptions,
  ...proxyOptions,
  ...configOptions,
  ...statisticsOptions,
  ...syncOptions,
  ...mirrorSetupOptions,
  ...mirrorCheckOptions,
  ...auditOptions,
  ...lockfileOptions,
  ...sourceOptions,
  ...verificationOptions,
  ...outputOptions,
};

export type OptionKey = keyof typeof options;

/** The value of each option. An option that was not given is undefined, empty or false, so that weaker sources decide. */
export type OptionValues = { readonly [K in OptionKey]: ReturnType<(typeof options)[K]['read']> };
