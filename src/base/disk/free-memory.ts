import { MessageChannel, type MessagePort } from 'node:worker_threads';

let nowhere: MessagePort | null = null;

/**
 * Frees the memory of chunks now, not at the next garbage collection: the next chunk then arrives in memory that the processor still has in
 * its cache. Nothing may use them afterwards: they are empty. Chunks that are part of a larger memory are left alone, since others may use
 * the rest of it.
 */
export function freeMemory(chunks: readonly Uint8Array[]): void {
  for (const { buffer, byteLength } of chunks) {
    if (byteLength > 0 && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer) giveAway(buffer);
  }
}

/** A port that is closed takes the memory as any other (HTML, section 9.4.4), and drops it. `ArrayBuffer.transfer` needs Node 21. */
function giveAway(memory: ArrayBuffer): void {
  nowhere ??= closedPort();
  nowhere.postMessage(null, [memory]);
}

function closedPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.close();
  port2.close();
  return port1;
}
