import { describe, expect, it } from 'vitest';

import { freeMemory } from '../../src/base/disk/free-memory.js';

describe('the memory of a chunk', () => {
  it('is freed, and leaves the chunk empty', () => {
    const chunks = [Buffer.alloc(70_000, 1), new Uint8Array(5)];
    freeMemory(chunks);
    expect(chunks.map(({ length, buffer }) => [length, buffer.byteLength])).toEqual([
      [0, 0],
      [0, 0],
    ]);
    freeMemory(chunks);
  });

  it('stays if the chunk is a part of it, or may share it with other threads', () => {
    const whole = Buffer.alloc(70_000, 'part');
    const pooled = Buffer.from('a few bytes of the memory that Node keeps for small buffers');
    const shared = new Uint8Array(new SharedArrayBuffer(8)).fill(7);
    freeMemory([whole.subarray(1), whole.subarray(0, 69_999), pooled, shared, Buffer.alloc(0)]);
    expect(whole.equals(Buffer.alloc(70_000, 'part'))).toBe(true);
    expect(pooled.toString()).toBe('a few bytes of the memory that Node keeps for small buffers');
    expect([...shared]).toEqual([7, 7, 7, 7, 7, 7, 7, 7]);
  });
});
