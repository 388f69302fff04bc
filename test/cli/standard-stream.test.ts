/** The standard streams of the program: short texts go straight to the descriptor, and everything else to Node's stream. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Writable } from 'node:stream';

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { StandardStream } from '../../src/cli/output/standard-stream.js';

const calls = { write: vi.fn<(descriptor: number, bytes: Uint8Array) => number>(), isDevice: false };

function open(onError: (error: NodeJS.ErrnoException) => void = () => undefined) {
  const texts: string[] = [];
  const node = Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        texts.push(chunk.toString());
        done();
      },
    }),
    { isTTY: true, columns: 100 },
  );
  const openNode = vi.fn(() => node as unknown as NodeJS.WriteStream);
  return { stream: new StandardStream(1, openNode, onError), texts, openNode };
}

describe.skipIf(process.platform === 'win32')('a standard stream', () => {
  beforeEach(() => {
    calls.isDevice = false;
    calls.write.mockReset().mockImplementation((_, bytes) => bytes.length);
    vi.spyOn(fs, 'writeSync').mockImplementation((descriptor, bytes) => calls.write(descriptor, bytes as unknown as Uint8Array));
    vi.spyOn(fs, 'fstatSync').mockImplementation(() => ({ isCharacterDevice: () => calls.isDevice }) as unknown as fs.Stats);
    syncBuiltinESMExports();
  });
  afterEach(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });

  test('writes a short text directly, in as many pieces as needed', async () => {
    const { stream, openNode } = open();
    calls.write.mockImplementation((_, bytes) => Math.min(bytes.length, 4));
    stream.write('a path\n');
    await stream.flush();
    expect(calls.write.mock.calls.map(([descriptor, bytes]) => [descriptor, Buffer.from(bytes).toString()])).toEqual([
      [1, 'a path\n'],
      [1, 'th\n'],
    ]);
    expect([stream.isTTY, stream.columns]).toEqual([false, undefined]);
    expect(openNode).not.toHaveBeenCalled();
  });

  test('leaves to Node any text that could fill a pipe, and all later ones', async () => {
    const { stream, texts } = open();
    stream.write('short');
    const long = 'x'.repeat(4096);
    stream.write(long);
    stream.write('after');
    await stream.flush();
    expect(calls.write).toHaveBeenCalledTimes(1);
    expect(texts.slice(0, 2)).toEqual([long, 'after']);
  });

  test('leaves to Node the rest that a full pipe does not accept', async () => {
    const { stream, texts } = open();
    calls.write.mockReturnValueOnce(3).mockImplementationOnce(() => {
      throw Object.assign(new Error('EAGAIN'), { code: 'EAGAIN' });
    });
    stream.write('abcdef');
    stream.write('g');
    await stream.flush();
    expect(texts.slice(0, 2)).toEqual(['def', 'g']);
  });

  test('reports any other failure', () => {
    const errors: unknown[] = [];
    const { stream, openNode } = open((error) => errors.push(error.code));
    calls.write.mockImplementation(() => {
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    });
    stream.write('text');
    expect(errors).toEqual(['ENOSPC']);
    expect(openNode).not.toHaveBeenCalled();
  });

  test('is Node’s stream from the start on a terminal', () => {
    calls.isDevice = true;
    const { stream, texts } = open();
    stream.write('text');
    expect([stream.isTTY, stream.columns, texts, calls.write.mock.calls]).toEqual([true, 100, ['text'], []]);
  });
});
