/** A bucket of a server, as the code that synchronizes mirrors asks it. */
import type { Asking } from '../../../src/network/s3/ask.js';
import { S3Bucket } from '../../../src/network/s3/bucket.js';
import { parseS3Url } from '../../../src/network/s3/location.js';
import { createHttpTransport } from '../../../src/network/transport/http/http.js';
import type { Workbench } from '../workbench.js';
import { testKeyEnvironment } from './s3-server.js';

/** Asks the bucket of a URL with the default key of the test server, until the end of the test, and without long pauses. */
export function askingAt(bench: Pick<Workbench, 'atEnd'>, url: string, env: Readonly<Record<string, string>> = testKeyEnvironment): Asking {
  const parsed = parseS3Url(url);
  if ('problem' in parsed) throw new Error(parsed.problem);
  const http = createHttpTransport({ firstByteTimeoutMs: 30_000 });
  bench.atEnd(() => http.close());
  const places = { env: { AWS_EC2_METADATA_DISABLED: 'true', ...env }, homeFolder: '/nonexistent', now: Date.now };
  return { bucket: new S3Bucket(parsed.location, { http, places }), pause: () => 1 };
}
