/** A file that is read while it is downloaded: all but its end, and the end after the verdict. */
import { readdirSync, readlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { heldBackBytes } from '../../../src/app/proxy/spool/spooled-body.js';
import { createChance } from '../../support/chance.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { Reading, type ScriptedAttempt, ScriptedDownload, seededBytes } from './scripted-download.js';

const mebibyte = 1024 * 1024;
const total = 3 * mebibyte;
const content = seededBytes(1, total);
/** Equal to the content up to this position. */
function forkedAt(position: number): Buffer {
  const other = Buffer.from(content);
  other.fill(0, position);
  other[position] = (content[position] ?? 0) ^ 1;
  return other;
}

/** Descriptors of this process that are open on files beneath the folder. */
function openFiles(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const file = readlinkSync(`/proc/self/fd/${descriptor}`);
      return file.startsWith(folder) ? [file] : [];
    } catch {
      return [];
    }
  });
}

/** Waits for a few turns of the event loop and some disk operations: enough for a reader to take bytes that it may have. */
const settle = async (): Promise<void> => {
  for (let round = 0; round < 20; round += 1) await turn();
  await sleep(30);
};

describe('SpooledBody', () => {
  it('announces the body, gives all but its end while it spools, and the end with the verdict', async () => {
    const download = new ScriptedDownload(await temporaryFolder());
    const reader = new Reading(download.body);
    const attempt = await download.attempt(content);
    expect(await download.body.announced).toEqual({ total, mirror: 'https://one.example/', lastModifiedMs: 1_700_000_000_000 });
    await attempt.receive(mebibyte);
    await reader.has(mebibyte);
    await attempt.receive(total);
    await reader.has(total - heldBackBytes);
    await settle();
    expect(reader.size).toBe(total - heldBackBytes);
    const file = await download.place(attempt);
    await reader.end;
    download.body.accept(file);
    expect((await reader.end).equals(content)).toBe(true);
  });

  it('gives the end before the file is placed', async () => {
    const download = new ScriptedDownload(await temporaryFolder());
    const [reader, attempt] = [new Reading(download.body), await download.attempt(content)];
    await attempt.receive(total);
    download.body.verified(attempt.temporary.file);
    expect((await reader.end).equals(content)).toBe(true);
    await attempt.temporary.discard();
  });

  it('fails readers of a refused file, which lack its end', async () => {
    const folder = await temporaryFolder();
    const download = new ScriptedDownload(folder);
    const [reader, attempt] = [new Reading(download.body), await download.attempt(content)];
    await attempt.receive(total);
    await reader.has(total - heldBackBytes);
    await attempt.temporary.discard();
    download.body.refuse(new Error('refused: sha1 differs'));
    await expect(reader.end).rejects.toThrow('refused: sha1 differs');
    expect(reader.size).toBe(total - heldBackBytes);
    await expect(new Reading(download.body).end).rejects.toThrow('refused: sha1 differs');
    await settle();
    expect(openFiles(folder)).toEqual([]);
  });

  it('announces nothing if the outcome is known without a large body', async () => {
    const [there, gone] = [new ScriptedDownload(await temporaryFolder()), new ScriptedDownload(await temporaryFolder())];
    there.body.accept('/anywhere');
    gone.body.refuse(new Error('absent'));
    expect([await there.body.announced, await gone.body.announced]).toEqual([null, null]);
  });

  it('serves readers at different places, and those that come after the end', async () => {
    const folder = await temporaryFolder();
    const download = new ScriptedDownload(folder);
    const attempt = await download.attempt(content);
    const slow = download.body.read(new AbortController().signal);
    await attempt.receive(mebibyte);
    const first = (await slow.next()).value ?? Buffer.alloc(0);
    const fast = new Reading(download.body);
    await attempt.receive(2 * mebibyte);
    await fast.has(2 * mebibyte);
    const late = new Reading(download.body);
    await attempt.receive(total);
    const file = await download.place(attempt);
    download.body.accept(file);
    const rest: Uint8Array[] = [first];
    for await (const chunk of slow) rest.push(chunk);
    expect(Buffer.concat(rest).equals(content)).toBe(true);
    expect((await fast.end).equals(content)).toBe(true);
    expect((await late.end).equals(content)).toBe(true);
    expect(openFiles(folder)).toEqual([]);
    expect((await new Reading(download.body).end).equals(content)).toBe(true);
    expect(openFiles(folder)).toEqual([]);
  });

  it('reads the rest by its descriptor if the placed file is removed', async () => {
    const download = new ScriptedDownload(await temporaryFolder());
    const attempt = await download.attempt(content);
    const slow = download.body.read(new AbortController().signal);
    await attempt.receive(total);
    const chunks = [(await slow.next()).value ?? Buffer.alloc(0)];
    const file = await download.place(attempt);
    download.body.accept(file);
    await rm(file);
    for await (const chunk of slow) chunks.push(Buffer.from(chunk));
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
  });

  it('leaves nothing open for readers that left, while they waited or in the middle', async () => {
    const folder = await temporaryFolder();
    const download = new ScriptedDownload(folder);
    const attempt = await download.attempt(content);
    const waiting = Array.from({ length: 50 }, () => new Reading(download.body));
    await attempt.receive(mebibyte);
    await Promise.all(waiting.map((reader) => reader.has(mebibyte)));
    for (const reader of waiting) reader.leave();
    for (const reader of waiting) await expect(reader.end).rejects.toThrow('the client left');
    const half = download.body.read(new AbortController().signal);
    await half.next();
    await half.return();
    await attempt.receive(total);
    download.body.accept(await download.place(attempt));
    await settle();
    expect(openFiles(folder)).toEqual([]);
  });
});

describe('SpooledBody, when other bytes are downloaded', () => {
  it('goes on with the bytes of another attempt that begin with those given', async () => {
    const folder = await temporaryFolder();
    const download = new ScriptedDownload(folder);
    const [reader, first] = [new Reading(download.body), await download.attempt(content)];
    await first.receive(mebibyte);
    await reader.has(mebibyte);
    await first.temporary.discard();
    const second = await download.attempt(content, { mirror: 'https://two.example/' });
    await second.receive(mebibyte / 2);
    await second.receive(2 * mebibyte);
    await reader.has(2 * mebibyte);
    await second.receive(total);
    download.body.accept(await download.place(second));
    expect((await reader.end).equals(content)).toBe(true);
    expect(openFiles(folder)).toEqual([]);
  });

  it('cuts off readers beyond the first difference, and goes on with the others', async () => {
    const fork = mebibyte + 12_345;
    const other = forkedAt(fork);
    const folder = await temporaryFolder();
    const download = new ScriptedDownload(folder);
    const first = await download.attempt(other);
    const slow = download.body.read(new AbortController().signal);
    await first.receive(2 * mebibyte);
    const chunks = [(await slow.next()).value ?? Buffer.alloc(0)];
    const fast = new Reading(download.body);
    await fast.has(2 * mebibyte);
    await first.temporary.discard();
    const second = await download.attempt(content);
    await second.receive(total);
    await settle();
    expect(fast.size).toBe(2 * mebibyte);
    download.body.accept(await download.place(second));
    await expect(fast.end).rejects.toThrow('does not begin with the bytes that were sent');
    expect(fast.bytes.equals(other.subarray(0, 2 * mebibyte))).toBe(true);
    for await (const chunk of slow) chunks.push(Buffer.from(chunk));
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
    expect((await new Reading(download.body).end).equals(content)).toBe(true);
    expect(openFiles(folder)).toEqual([]);
  });

  it('changes to a hedge that is ahead while its readers wait, and back', async () => {
    const download = new ScriptedDownload(await temporaryFolder());
    const [reader, first] = [new Reading(download.body), await download.attempt(content)];
    await first.receive(1000);
    await reader.has(1000);
    const hedge = await download.attempt(content);
    await hedge.receive(100_000);
    await hedge.receive(mebibyte);
    await reader.has(mebibyte);
    await first.receive(2 * mebibyte);
    await reader.has(2 * mebibyte);
    await first.receive(total);
    await hedge.temporary.discard();
    download.body.accept(await download.place(first));
    expect((await reader.end).equals(content)).toBe(true);
  });

  it('does not change to a hedge whose bytes differ, unless that one is verified', async () => {
    const download = new ScriptedDownload(await temporaryFolder());
    const [reader, first] = [new Reading(download.body), await download.attempt(content)];
    await first.receive(1000);
    await reader.has(1000);
    const hedge = await download.attempt(forkedAt(500));
    await hedge.receive(total);
    await settle();
    expect(reader.size).toBe(1000);
    await first.receive(total);
    await reader.has(total - heldBackBytes);
    const late = download.body.read(new AbortController().signal);
    await hedge.temporary.flush();
    download.body.verified(hedge.temporary.file);
    await expect(reader.end).rejects.toThrow('does not begin');
    const chunks: Uint8Array[] = [];
    for await (const chunk of late) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(forkedAt(500))).toBe(true);
    await Promise.all([first.temporary.discard(), hedge.temporary.discard()]);
  });

  it('fails readers if the verified file has another length than announced', async () => {
    const download = new ScriptedDownload(await temporaryFolder());
    const [reader, first] = [new Reading(download.body), await download.attempt(content)];
    await first.receive(1000);
    await first.temporary.discard();
    const second = await download.attempt(content.subarray(0, total - 1));
    await second.receive(total - 1);
    await download.place(second);
    await expect(reader.end).rejects.toThrow('another length');
  });

  it('goes on after the whole download was repeated', async () => {
    const folder = await temporaryFolder();
    const download = new ScriptedDownload(folder);
    const reader = new Reading(download.body);
    for (const to of [1000, mebibyte, 2 * mebibyte, total]) {
      const attempt = await download.attempt(content);
      await attempt.receive(to);
      await reader.has(Math.min(to, total - heldBackBytes));
      if (to < total) await attempt.temporary.discard();
      else download.body.accept(await download.place(attempt));
    }
    expect((await reader.end).equals(content)).toBe(true);
    expect(openFiles(folder)).toEqual([]);
  });

  it.for([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    'gives many readers the right bytes through random changes of mirrors (seed %i)',
    async (seed) => {
      const folder = await temporaryFolder();
      const chance = createChance(seed);
      const download = new ScriptedDownload(folder);
      const begin = (): Promise<ScriptedAttempt> => download.attempt(chance.happens(0.5) ? content : forkedAt(chance.below(total)));
      const readers: Reading[] = [];
      const attempts = [await begin()];
      for (let step = 0; step < 12; step += 1) {
        readers.push(new Reading(download.body));
        const attempt = chance.pick(attempts);
        await attempt.receive(Math.min(total, attempt.temporary.size + chance.below(mebibyte)));
        if (chance.happens(0.5)) await settle();
        if (chance.happens(0.4)) attempts.push(await begin());
        if (attempts.length > 1 && chance.happens(0.3)) await attempts.splice(chance.below(attempts.length), 1)[0]?.temporary.discard();
      }
      const good = await download.attempt(content);
      await good.receive(total);
      for (const { temporary } of attempts) await temporary.discard();
      download.body.accept(await download.place(good));
      for (const reader of readers) {
        const bytes = await reader.end.catch(() => null);
        if (bytes === null) expect(reader.size).toBeLessThan(total);
        else expect(bytes.equals(content)).toBe(true);
      }
      expect(openFiles(folder)).toEqual([]);
    },
  );
});
