/** Fills in `${…}` in settings.xml. */
import { tmpdir } from 'node:os';

import { readSystemProperties } from '../machine/system-properties.js';
import type { UserEnvironment } from '../machine/user-environment.js';

export interface InterpolationContext {
  readonly env: UserEnvironment['env'];
  /** Java's system properties. */
  readonly properties: ReadonlyMap<string, string>;
}

const expressions = /\$\{([^{}$]{1,200})\}/g;

/** Reads the properties that `text` may name; none if it names only environment variables. */
export function interpolationContext(text: string, user: UserEnvironment): InterpolationContext {
  if (!/\$\{(?!env\.)/.test(text)) return { env: user.env, properties: new Map() };
  return { env: user.env, properties: new Map([['java.io.tmpdir', tmpdir()], ...readSystemProperties(user, [])]) };
}

/**
 * Fills in `${env.NAME}` and `${system.property}`. Leaves everything else as it is, as Maven does; substituted values are not expanded
 * again.
 * @returns the text, and the names that have no value
 */
export function interpolate(text: string, context: InterpolationContext): { readonly text: string; readonly unset: readonly string[] } {
  const unset: string[] = [];
  const filled = text.replace(expressions, (whole, name: string) => {
    const value = name.startsWith('env.') ? variable(name.slice('env.'.length), context.env) : context.properties.get(name);
    if (value === undefined) unset.push(name);
    return value ?? whole;
  });
  return { text: filled, unset };
}

/** Returns the first expression that {@link interpolate} left as it is. */
export function unresolvedIn(text: string): string | undefined {
  return text.match(expressions)?.[0];
}

function variable(name: string, env: UserEnvironment['env']): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}
