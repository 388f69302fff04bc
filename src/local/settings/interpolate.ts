/** `${…}` in settings.xml. */

export interface InterpolationContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `${user.home}`. */
  readonly homeFolder: string;
}

/**
 * Fills `${env.NAME}` and `${user.home}`. As Maven does, leaves anything else as it is; values are not filled again.
 * @returns the text, and the names that have no value.
 */
export function interpolate(text: string, context: InterpolationContext): { readonly text: string; readonly unset: readonly string[] } {
  const unset: string[] = [];
  const filled = text.replace(/\$\{([^{}$]{1,200})\}/g, (whole, name: string) => {
    const value = name === 'user.home' ? context.homeFolder : variable(name, context.env);
    if (value === undefined) unset.push(name);
    return value ?? whole;
  });
  return { text: filled, unset };
}

function variable(name: string, env: InterpolationContext['env']): string | undefined {
  if (!name.startsWith('env.')) return undefined;
  const key = name.slice('env.'.length);
  return Object.hasOwn(env, key) ? env[key] : undefined;
}
