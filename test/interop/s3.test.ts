/** Buckets by other hands: OpenStack Swift as a server, and rclone, s3cmd and boto3 as clients of it and of our strict test server. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { FolderSource } from '../../src/app/mirror/source/folder-source.js';
import { MirrorSync } from '../../src/app/mirror/sync/mirror-sync.js';
import { S3Target } from '../../src/app/mirror/target/s3-target.js';
import { Cancellation } from '../../src/base/async/cancellation.js';
import type { Asking } from '../../src/network/s3/ask.js';
import { listObjects } from '../../src/network/s3/list-objects.js';
import { getObject, headObject } from '../../src/network/s3/objects.js';
import { findConditionSupport, putObject } from '../../src/network/s3/put-object.js';
import { sourceOf } from '../../src/network/s3/upload.js';
import { smallTree, writeTree } from '../mirror/repository-tree.js';
import { askingAt } from '../support/s3/asking.js';
import { startS3Server, testKeyEnvironment } from '../support/s3/s3-server.js';
import { it, type Workbench } from '../support/workbench.js';
import { type ProgramResult, runProgram } from './programs.js';
import { createBucket, needSwift, type Place, python, startSwift } from './swift.js';

const signal = new Cancellation();
const keys = ['a/b-c/x', 'a/b.x', 'a/b/x', 'plus+and space/é.jar'];
const large = Buffer.alloc(17 * 1024 * 1024, 'large');

/** Runs the second opinions. Each lists, reads what we stored, and stores and deletes by itself. */
async function secondOpinions(bench: Workbench, { endpoint, id, secret }: Place): Promise<void> {
  const home = bench.folder;
  const run = async (file: string, words: readonly string[], input?: Readonly<Record<string, string>>): Promise<ProgramResult> => {
    const result = await runProgram(file, words, {
      home,
      cwd: home,
      env: { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, ...input },
    });
    expect(result, result.output).toMatchObject({ code: 0 });
    return result;
  };
  writeFileSync(join(home, 'mine.txt'), 'mine');
  const script = `
import boto3, hashlib, sys
s3 = boto3.client('s3', endpoint_url=sys.argv[1], region_name='eu-central-1')
pages = s3.get_paginator('list_objects_v2').paginate(Bucket='bucket', Prefix='p/', PaginationConfig={'PageSize': 2})
for page in pages:
    for item in page['Contents']:
        body = s3.get_object(Bucket='bucket', Key=item['Key'])['Body'].read()
        print(item['Key'], item['Size'], hashlib.md5(body).hexdigest())
s3.upload_file(sys.argv[2], 'bucket', 'by-boto3/mine.txt')
s3.delete_object(Bucket='bucket', Key='p/a/b.x')
`;
  const seen = await run(python, ['-c', script, endpoint, join(home, 'mine.txt')]);
  expect(seen.stdout.split('\n').filter((line) => line !== '')).toMatchObject(
    [/^p\/a\/b-c\/x 7/, /^p\/a\/b\.x /, /^p\/a\/b\/x /, /^p\/large 17825792 /, /^p\/plus\+and/].map(
      (pattern) => expect.stringMatching(pattern) as unknown,
    ),
  );
  const remote = `:s3,provider=Other,env_auth=true,no_check_bucket=true,region=eu-central-1,endpoint='${endpoint}':bucket`;
  const sizes = await run('rclone', ['lsf', '-R', '--files-only', '--format', 'ps', `${remote}/p`]);
  expect(sizes.stdout).toContain('large;17825792');
  expect(sizes.stdout).toContain('plus+and space/é.jar;');
  await run('rclone', ['check', '--download', '--one-way', join(home, 'expected'), `${remote}/p`]);
  await run('rclone', ['copyto', join(home, 'mine.txt'), `${remote}/by-rclone/mine.txt`]);
  const host = endpoint.replace('http://', '');
  const s3cmd = [
    '--no-ssl',
    `--host=${host}`,
    `--host-bucket=${host}`,
    '--region=eu-central-1',
    `--access_key=${id}`,
    `--secret_key=${secret}`,
  ];
  expect((await run('s3cmd', [...s3cmd, 'ls', '-r', 's3://bucket/p/'])).stdout).toContain('s3://bucket/p/plus+and space/é.jar');
  await run('s3cmd', [...s3cmd, 'put', join(home, 'mine.txt'), 's3://bucket/by-s3cmd/mine.txt']);
  await run('s3cmd', [...s3cmd, 'del', 's3://bucket/p/a/b/x']);
}

/** Stores, lists and reads by our client, with others looking on. */
async function compare(bench: Workbench, place: Place, asking: Asking): Promise<void> {
  const put = (key: string, body: Buffer) => putObject(asking, `p/${key}`, sourceOf(body), { contentType: 'text/plain', signal });
  for (const key of keys) {
    expect(await put(key, Buffer.from(key))).toMatchObject({ kind: 'stored' });
    const file = join(bench.folder, 'expected', key);
    mkdirSync(join(file, '..'), { recursive: true });
    if (key !== 'a/b.x') writeFileSync(file, key);
  }
  expect(await put('large', large)).toMatchObject({ kind: 'stored', etag: expect.stringMatching(/-2$/) as unknown });
  expect(await headObject(asking, 'p/large', signal)).toMatchObject({ size: large.length });
  await secondOpinions(bench, place);
  const listed: string[] = [];
  for await (const { objects } of listObjects(asking, { prefix: '', signal })) listed.push(...objects.map(({ key }) => key));
  const mine = ['by-boto3', 'by-rclone', 'by-s3cmd'].map((folder) => `${folder}/mine.txt`);
  expect(listed).toEqual([...mine, 'p/a/b-c/x', 'p/large', 'p/plus+and space/é.jar']);
  for (const key of mine) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await getObject(asking, key, { maxBytes: 4096, signal }))?.body ?? []) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('mine');
  }
  expect(await headObject(asking, 'p/none', signal)).toBeNull();
}

describe('rclone, s3cmd and boto3', () => {
  it('see in the strict test server what we stored, and satisfy it', async ({ bench, skip }) => {
    await needSwift({ skip }, ['rclone', 's3cmd']);
    const server = await startS3Server();
    bench.atEnd(() => server.close());
    const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = testKeyEnvironment;
    await compare(bench, { endpoint: server.endpoint, id, secret }, askingAt(bench, server.url()));
    expect(server.requests.every(({ signedBy }) => signedBy === id)).toBe(true);
  });

  it('see in Swift what we stored, which refuses conditions, and takes a mirror', async ({ bench, skip }) => {
    await needSwift({ skip }, ['rclone', 's3cmd']);
    const place = await startSwift(bench);
    const { endpoint, id, secret } = place;
    const env = { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret };
    const asking = await createBucket(bench, place);
    await compare(bench, place, asking);
    expect(await findConditionSupport(asking, 'probe', signal)).toBe('unsupported');
    const wrongRegion = askingAt(bench, `s3://bucket/?region=us-west-1&endpoint=${endpoint}`, env);
    expect((await listObjects(wrongRegion, { prefix: 'p/a/', signal }).next()).value).toMatchObject({ objects: [{ key: 'p/a/b-c/x' }] });
    const source = join(bench.folder, 'source');
    const tree = smallTree();
    writeTree(source, tree);
    const target = new S3Target({ asking, stateFolder: join(bench.folder, 'state'), noLock: true });
    const sync = new MirrorSync({ from: source, to: target.name }, new FolderSource(source), target, new AbortController().signal);
    expect(await sync.run()).toMatchObject({ isComplete: true, published: { files: tree.size } });
  });
});
