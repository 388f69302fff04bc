/** Clients that read and write a byte a second, and clients that vanish at every stage of a request. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import type { ProxyProcess } from './proxy-process.js';

export interface RudeResult {
  readonly clients: number;
  readonly violations: readonly string[];
}

const bigJar = '/r/org/big1/lib/1/lib-1.jar';
const head = (port: number, target: string): string => `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Whether a well-behaved client gets its answer now. */
async function isServed(proxy: ProxyProcess, path: string): Promise<string | null> {
  const response = await fetch(`${proxy.url}${path}`);
  await response.arrayBuffer();
  return response.status === 200 ? null : `${path}: status ${response.status}`;
}

/** Lets that many clients read large files, and as many write their headers, a byte a second; a well-behaved client is served meanwhile. */
export async function crawl(proxy: ProxyProcess, { clients, seconds }: { clients: number; seconds: number }): Promise<RudeResult> {
  const violations: string[] = [];
  const before = proxy.use();
  const readers = await Promise.all(Array.from({ length: clients }, () => open(proxy.port)));
  const writers = await Promise.all(Array.from({ length: clients }, () => open(proxy.port)));
  for (const socket of readers) socket.pause().write(head(proxy.port, bigJar));
  let at = 0;
  const stopWatching = proxy.watch();
  const timer = setInterval(() => {
    for (const socket of readers) socket.read(1);
    for (const socket of writers)
      if (socket.writable) socket.write('GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'.charAt(at));
    at = Math.min(at + 1, 60);
  }, 1_000);
  const endMs = performance.now() + seconds * 1000;
  while (performance.now() < endMs && violations.length === 0) {
    const violation = await isServed(proxy, 'r/org/hot0/lib/1/lib-1.jar').catch(String);
    if (violation !== null) violations.push(violation);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  clearInterval(timer);
  const most = Math.max(...stopWatching().map(({ memoryBytes }) => memoryBytes));
  // A piece of 256 KiB each, and what the sockets hold.
  if (most > before.memoryBytes + clients * 0.5 * 2 ** 20 + 64 * 2 ** 20) violations.push(`${most} bytes for ${clients} slow clients`);
  // Headers must have come after 15 s.
  const isCut = seconds > 25;
  if (isCut && writers.some(({ destroyed, readableEnded }) => !destroyed && !readableEnded))
    violations.push('a client still writes its headers');
  for (const socket of [...readers, ...writers]) socket.destroy();
  violations.push(...(await settles(proxy, before.descriptors)));
  return { clients: 2 * clients, violations };
}

type Stage = (socket: Socket, port: number, index: number) => Promise<void>;
const read = async (socket: Socket): Promise<void> => void (await Promise.race([once(socket, 'readable'), once(socket, 'close')]));

/** Each leaves its client at the stage that its name says. */
const stages: Readonly<Record<string, Stage>> = {
  'before its head': async () => undefined,
  'in its head': async (socket, port) => void socket.write(head(port, bigJar).slice(0, 20)),
  'after its head': async (socket, port) => void socket.write(head(port, bigJar)),
  'in the body of a hot file': async (socket, port) => {
    socket.write(head(port, bigJar));
    await read(socket);
  },
  'while a cold file is fetched': async (socket, port, index) => void socket.write(head(port, `/r/org/cold9999${index}/lib/1/lib-1.jar`)),
  'while a large file arrives': async (socket, port, index) => {
    socket.write(head(port, `/r/org/slow${index % 4}/lib/1/lib-1.jar`));
    await read(socket);
  },
  'with ten requests under way': async (socket, port) => void socket.write(head(port, bigJar).repeat(10)),
};

/** Lets that many clients vanish at each stage, half of them with a reset. */
export async function vanish(proxy: ProxyProcess, clients: number): Promise<RudeResult> {
  const violations: string[] = [];
  const before = proxy.use().descriptors;
  for (const [stage, act] of Object.entries(stages)) {
    const leave = async (index: number): Promise<void> => {
      const socket = await open(proxy.port);
      socket.pause();
      await act(socket, proxy.port, index);
      if (index % 2 === 0) socket.destroy();
      else socket.resetAndDestroy();
    };
    await Promise.all(Array.from({ length: clients }, (_, index) => leave(index)));
    const violation = await isServed(proxy, 'r/org/hot0/lib/1/lib-1.jar').catch(String);
    if (violation !== null) violations.push(`after clients that vanished ${stage}: ${violation}`);
  }
  // The downloads that their first askers have left go on, and are there for the next.
  for (let index = 0; index < Math.min(4, clients); index += 1) {
    const violation = await isServed(proxy, `r/org/slow${index}/lib/1/lib-1.jar`).catch(String);
    if (violation !== null) violations.push(violation);
  }
  violations.push(...(await settles(proxy, before)));
  return { clients: clients * Object.keys(stages).length, violations };
}

/** Waits until the proxy has closed what its clients left behind. Kept descriptors and connections upstream are few. */
async function settles(proxy: ProxyProcess, before: number): Promise<readonly string[]> {
  const endMs = performance.now() + 20_000;
  for (;;) {
    const { descriptors } = proxy.use();
    if (descriptors <= before + 80) return [];
    if (performance.now() > endMs) return [`${descriptors} descriptors are open, ${before} were before`];
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
