/** Returns a hint if the text still contains `${env.NAME}`: POMs read no variable but JAVA_HOME unless the user lists it. */
export function variableHint(text: string): string | undefined {
  const name = /\$\{env\.([^\s=${}\u0000-\u001f]{1,80})\}/.exec(text)?.[1];
  if (name === undefined) return undefined;
  return `Set ${name}, and let POMs read it with \`--pom-env ${name}\` (\`pomEnvironment\` in the configuration file and the library).`;
}
