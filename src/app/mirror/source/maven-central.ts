/** Recognizes Maven Central and its copies, which must not be copied in bulk. */
import { ClojarsFetchError } from '../../../base/error.js';

/** Hosts that serve Central and nothing else, or Central under any path that a source can have. */
const hosts =
  /^(?:repo\d*\.maven\.org|(?:[a-z0-9-]+\.)?repo\.maven\.apache\.org|(?:uk|central|search|download)\.maven\.org|maven\.org|central\.sonatype\.(?:com|org)|(?:[a-z0-9-]+\.)?central\.sonatype\.(?:com|org)|maven-central(?:-[a-z0-9]+)*\.storage(?:-download)?\.googleapis\.com|maven-central(?:-[a-z0-9]+)*\.storage\.cloud\.google\.com)$/;

/** Hosts that serve Central among other things, with the paths at which they do. */
const paths: readonly (readonly [host: RegExp, path: RegExp])[] = [
  [/^storage(?:-download)?\.(?:googleapis|cloud\.google)\.com$/, /^\/+maven-central/],
  [/^(?:maven|repo)\.aliyun\.com$/, /^\/+(?:repository\/(?:central|public)|nexus\/content\/(?:groups\/public|repositories\/central))/],
  [/^(?:repo|mirrors)\.huaweicloud\.com$/, /^\/+(?:repository\/)?maven/],
  [/^mirrors\.(?:cloud\.)?tencent(?:yun)?\.com$/, /^\/+(?:nexus\/repository\/maven-public|maven)/],
  [/^mirrors?s?\.ibiblio\.org$/, /^\/+(?:pub\/mirrors\/)?maven/],
  [/^repo\.spring\.io$/, /^\/+(?:maven-central|artifactory\/maven-central)/],
];

/** @param url of a source. @throws {ClojarsFetchError} `ERR_CONFIG`, `maven-central` */
export function refuseMavenCentral(url: URL): void {
  const host = url.hostname.toLowerCase().replace(/\.+$/, '');
  const path = decodedPath(url);
  const isBucket = url.protocol === 's3:' && /^maven-central/.test(host);
  if (!isBucket && !hosts.test(host) && !paths.some(([hostPattern, pathPattern]) => hostPattern.test(host) && pathPattern.test(path)))
    return;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'maven-central',
    message: `${url.host}: Maven Central must not be copied in bulk`,
    hint: 'Its terms forbid it, and block those who try. Use `clojars-fetch proxy`, which fetches single files on request.',
  });
}

function decodedPath({ pathname }: URL): string {
  try {
    return decodeURIComponent(pathname).toLowerCase();
  } catch {
    return pathname.toLowerCase();
  }
}
