/**
 * Boot: two variables, which it reads from boot.properties too.
 *
 * Source of the rule: boot 2.8 `boot.pod/default-mirrors`, `boot.App/config`: a variable of the environment is stronger than the file.
 */
import { join } from 'node:path';

import { isSameUrl } from './address.js';
import { environmentProblem, proxyVariableProblems } from './detours.js';
import type { ToolPlanner } from './merge.js';
import { mergeProperties } from './properties.js';

export const planBoot: ToolPlanner = (address, { env, homeFolder, file }) => {
  const wanted = [
    ['BOOT_MAVEN_CENTRAL_MIRROR', address.urlOf('central')],
    ['BOOT_CLOJARS_MIRROR', address.urlOf('clojars')],
  ] as const;
  return {
    files: [
      {
        path: file ?? join(env['BOOT_HOME'] ?? join(homeFolder, '.boot'), 'boot.properties'),
        encoding: 'latin1',
        skeleton: '',
        addition: wanted.map(([key, value]) => `${key}=${value}`).join('\n'),
        merge: (text) => mergeProperties(text, wanted),
      },
    ],
    leftovers: [],
    variables: wanted.map(([name, value]) => ({ name, value, required: false })),
    problems: [
      ...wanted
        .filter(([name, value]) => !isSameUrl(env[name] ?? value, value))
        .map(([name]) => environmentProblem(`the variable ${name} has another value, which is stronger than the file`, 'Unset it.')),
      ...proxyVariableProblems(address, env),
    ],
    notes: address.secure
      ? ['The JVM must trust the certificate: BOOT_JVM_OPTIONS=-Djavax.net.ssl.trustStore=FILE with the truststore of the proxy.']
      : [],
  };
};
