/** The repositories that need no configuration. docs/mirrors.md describes their contents and who mirrors them. */

/** A mirror of a built-in repository besides its canonical URL. */
export interface BuiltInMirror {
  readonly url: string;
  readonly operator: string;
  /** Run by the canonical operator itself: a second origin, not a second opinion. */
  readonly canonical: boolean;
}

export interface BuiltInRepository {
  readonly id: 'central' | 'clojars';
  readonly url: string;
  readonly operator: string;
  readonly snapshots: boolean;
  readonly mirrors: readonly BuiltInMirror[];
}

/** In the order to ask them. Clojars refuses deploys that shadow Central. */
export const builtInRepositories: readonly BuiltInRepository[] = [
  {
    id: 'central',
    url: 'https://repo1.maven.org/maven2/',
    operator: 'central',
    snapshots: false,
    mirrors: [
      { url: 'https://repo.maven.apache.org/maven2/', operator: 'central', canonical: true },
      { url: 'https://maven-central.storage-download.googleapis.com/maven2/', operator: 'google', canonical: false },
    ],
  },
  {
    id: 'clojars',
    url: 'https://repo.clojars.org/',
    operator: 'clojars',
    snapshots: true,
    mirrors: [
      // The bucket behind the CDN: reachable when the CDN or the name clojars.org is not.
      { url: 'https://clojars-repo-production.s3.us-east-2.amazonaws.com/', operator: 'clojars', canonical: true },
      { url: 'https://mirrors.tuna.tsinghua.edu.cn/clojars/', operator: 'tuna', canonical: false },
      { url: 'https://mirrors.ustc.edu.cn/clojars/', operator: 'ustc', canonical: false },
    ],
  },
];

/** Finds the built-in repository with this id and this canonical URL, or null. */
export function findBuiltIn(id: string, url: URL): BuiltInRepository | null {
  for (const builtIn of builtInRepositories) {
    if (builtIn.id !== id) continue;
    const canonical = [builtIn.url, ...builtIn.mirrors.filter((mirror) => mirror.canonical).map((mirror) => mirror.url)];
    if (canonical.includes(url.href)) return builtIn;
  }
  return null;
}
