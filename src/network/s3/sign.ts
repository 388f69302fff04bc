/** Signs requests by AWS Signature Version 4. */
import type { AwsV4Signer } from 'aws4fetch';

import type { HttpRequest } from '../transport/contract/transport.js';
import type { S3Credentials } from './credentials/credentials.js';

/** SHA-256 of no bytes. */
export const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export interface UnsignedRequest {
  readonly method: HttpRequest['method'];
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body, in hex: the signature covers it. */
  readonly sha256: string;
  /** Amazon's name of the service that is asked. Default: `s3`. */
  readonly service?: string | undefined;
}

export class RequestSigner {
  /** aws4fetch's cache of derived keys, which are good for a day. */
  readonly #derivedKeys = new Map<string, ArrayBuffer>();
  #Signer: Promise<typeof AwsV4Signer> | null = null;

  /** Returns the headers of the request, with its signature. */
  async sign(request: UnsignedRequest, region: string, credentials: S3Credentials, nowMs: number): Promise<Record<string, string>> {
    const Signer = await (this.#Signer ??= import('aws4fetch').then((module) => module.AwsV4Signer));
    const { method, url, headers, sha256, service = 's3' } = request;
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    if (this.#derivedKeys.size > keysMax) this.#derivedKeys.clear();
    const signer = new Signer({
      method,
      url: url.href,
      headers: { ...headers, 'x-amz-content-sha256': sha256 },
      accessKeyId,
      secretAccessKey,
      sessionToken: sessionToken ?? '',
      service,
      region,
      datetime: new Date(nowMs).toISOString().replace(/[:-]|\.\d{3}/g, ''),
      cache: this.#derivedKeys,
    });
    const signed: Record<string, string> = {};
    for (const [name, value] of (await signer.sign()).headers) signed[name] = value;
    return signed;
  }
}

const keysMax = 16;
