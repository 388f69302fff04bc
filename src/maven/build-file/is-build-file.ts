/** Whether a text names a build file, judged by the name alone. */
export function isBuildFile(text: string): boolean {
  return /(?:^|[/\\])(?:project\.clj|deps\.edn|build\.boot|shadow-cljs\.edn|bb\.edn|pom\.xml|[^/\\]+\.(?:clj|edn|boot|xml))$/i.test(text);
}
