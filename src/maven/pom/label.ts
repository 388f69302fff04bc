/** Returns `group:artifact:version`, the key of a POM and its name in messages. */
export function formatLabel(group: string, artifact: string, version: string): string {
  return `${group}:${artifact}:${version}`;
}
