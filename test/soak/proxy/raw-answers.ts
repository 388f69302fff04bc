/** Reads the answers on a connection as strictly as a client could, so that an answer that is not well formed is noticed. */

export interface RawAnswer {
  readonly status: number;
  readonly body: Buffer;
}

const statusLine = /^HTTP\/1\.1 ([1-5]\d\d) [ -~]*$/;
const headerLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): [\t -~]*$/;

/**
 * Reads all answers on a connection that was closed.
 *
 * @param methods of the requests, in order; an answer to HEAD has no body
 * @returns the answers, or what is wrong as text. The last one may be cut off, which `isCut` then allows.
 */
export function readAnswers(received: Buffer, methods: readonly string[]): readonly RawAnswer[] | string {
  const answers: RawAnswer[] = [];
  for (let at = 0; at < received.length;) {
    const end = received.indexOf('\r\n\r\n', at);
    if (end < 0) return `the head of answer ${answers.length + 1} has no end`;
    const [first = '', ...lines] = received.toString('latin1', at, end).split('\r\n');
    const status = Number(statusLine.exec(first)?.[1] ?? Number.NaN);
    if (Number.isNaN(status)) return `a status line: ${JSON.stringify(first.slice(0, 100))}`;
    const headers = new Map<string, string>();
    for (const line of lines) {
      const name = headerLine.exec(line)?.[1]?.toLowerCase();
      if (name === undefined) return `a header line: ${JSON.stringify(line.slice(0, 100))}`;
      if (headers.has(name)) return `two headers ${name}`;
      headers.set(name, line.slice(name.length + 2));
    }
    if (headers.has('transfer-encoding')) return 'an answer without a length';
    const hasBody = methods[answers.length] !== 'HEAD' && status !== 304 && status !== 204;
    const length = hasBody ? Number(headers.get('content-length') ?? 0) : 0;
    if (!Number.isInteger(length)) return `a length: ${headers.get('content-length') ?? ''}`;
    at = end + 4 + length;
    if (at > received.length) return `answer ${answers.length + 1} is short of its length`;
    answers.push({ status, body: received.subarray(end + 4, at) });
    if (answers.length > methods.length) return `more answers than requests: ${answers.length}`;
  }
  return answers;
}
