/** `group:artifact:version`: the key of a POM and its name in messages. A colon cannot be part of any of the three files. */
export function formatLabel(group: string, artifact: string, version: string): string {
  return `${group}:${artifact}:${version}`;
}
