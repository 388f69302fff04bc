/** Finds the agent in the tail of a line: behind the size and the referrer, either of which may be in quotes. */
import { closingQuote, find, quote, space } from './bytes.js';
import type { LogLine } from './log-line.js';

/** Returns the agent, and what a form may have behind it, in lower case. */
export function agentOf({ bytes, tailStart, tailEnd }: LogLine): string {
  const agentStart = afterWord(bytes, afterWord(bytes, tailStart, tailEnd), tailEnd);
  return Buffer.from(bytes.buffer, bytes.byteOffset + agentStart, Math.max(tailEnd - agentStart, 0))
    .toString('latin1')
    .toLowerCase();
}

function afterWord(bytes: Buffer, start: number, end: number): number {
  const wordEnd = bytes[start] === quote ? closingQuote(bytes, start + 1, end) + 1 : find(bytes, space, start, end);
  return Math.min(wordEnd + 1, end);
}
