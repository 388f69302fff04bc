/** A mirror in containers, in a bucket, and behind a CDN. */
import { dirname } from 'node:path/posix';

import { version } from '../../../base/package-version.js';
import type { CheckedValues } from '../values.js';
import { updateWords } from './schedule.js';

export function containerFile(values: CheckedValues): string {
  const { to: root, domain, from } = values;
  const source = from.startsWith('/') ? mount(from) : '';
  return `# The mirror of Clojars at ${domain}, as two images over one volume:
#   podman build --target sync -t clojars-mirror-sync . && podman build --target web -t clojars-mirror-web .
#   podman run --rm -v clojars:${root}${source} clojars-mirror-sync      every hour, by a timer of the host
#   podman run -d -v clojars:${root}:ro${certificateMounts(values)} -p 80:80 -p 443:443 clojars-mirror-web

FROM docker.io/library/node:22-bookworm-slim AS sync
${from.startsWith('rsync:') ? installRsync : ''}RUN npm install --global clojars-fetch@${version}
RUN mkdir -p ${root} && chown node:node ${root}
USER node
VOLUME ${root}
ENTRYPOINT ${JSON.stringify(updateWords(values))}

FROM docker.io/library/nginx:stable AS web
RUN rm /etc/nginx/conf.d/default.conf
COPY clojars-mirror.nginx.conf /etc/nginx/conf.d/clojars-mirror.conf
VOLUME ${root}
EXPOSE 80 443
`;
}

const installRsync = `RUN apt-get update && apt-get install --yes --no-install-recommends rsync && rm -rf /var/lib/apt/lists/*
`;

/** The files of certbot are links to others beneath its folder. */
function certificateMounts({ certificate, certificateKey }: CheckedValues): string {
  const certbot = '/etc/letsencrypt';
  const folders = [certificate, certificateKey].map((file) => (file.startsWith(`${certbot}/`) ? certbot : dirname(file)));
  return [...new Set(folders)].map(mount).join('');
}

function mount(folder: string): string {
  return ` -v ${folder}:${folder}:ro`;
}

/** Everybody may read and list, so that a missing file is 404 and not 403. What the mirror keeps for itself is closed. */
export function bucketPolicy({ bucket }: CheckedValues): string {
  const arn = `arn:aws:s3:::${bucket}`;
  const policy = {
    Version: '2012-10-17',
    Statement: [
      { Sid: 'ReadFiles', Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `${arn}/*` },
      { Sid: 'ListFiles', Effect: 'Allow', Principal: '*', Action: 's3:ListBucket', Resource: arn },
      {
        Sid: 'CloseOwnFiles',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: `${arn}/.clojars-mirror/*`,
        Condition: { StringEquals: { 'aws:PrincipalType': 'Anonymous' } },
      },
    ],
  };
  return `${JSON.stringify(policy, null, 2)}\n`;
}

export function cdnAdvice({ domain, bucket }: CheckedValues): string {
  return `# ${domain} behind a CDN

The origin is the server of clojars-mirror.nginx.conf, or the bucket ${bucket}.

- Keep the Cache-Control of the origin. A bucket sends none: set 60 seconds for paths that end in maven-metadata.xml or one of its
  checksum files, for paths with -SNAPSHOT/, for /lastsync and for /.well-known/; set a year for all others.
- Cache no 404 and no 403 for more than 60 seconds: a file that is missing may arrive with the next update.
- Purge by path, never everything: the folder's maven-metadata.xml and its checksum files when a version is added, and every file of a
  version that is withdrawn. The URL of the folder alone does not purge the files in it.
- Allow GET and HEAD only, and close /.clojars-mirror/.
- Do not compress jars, and do not change anything on the way: clients compare checksums.
- Pass Range on, or answer it from a whole copy. Ignore the query for the key of the cache.
- Log the time, the address, the request line, the status, the size and the agent: 'clojars-fetch mirror stats' counts from these.
`;
}
