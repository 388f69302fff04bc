/** The response of the proxy's server, and the answers that need no file. */
import { type IncomingMessage, ServerResponse } from 'node:http';

import type { Problem } from '../http/problem.js';
import { problemBody, problemHead } from '../http/problem-answer.js';

/** A response that knows how many bytes of its body were handed to the socket. */
export class ProxyResponse extends ServerResponse<IncomingMessage> {
  bodyBytes = 0;
}

/** Sends a whole body with its headers. A HEAD request gets the headers alone. */
export function sendPage(response: ProxyResponse, status: number, headers: readonly string[], body: Uint8Array): void {
  response.writeHead(status, [...headers]);
  endWith(response, body);
}

/** Sends a problem as `application/problem+json`, with what happened and what to type in the reason phrase. */
export function sendProblem(response: ProxyResponse, problem: Problem): void {
  const body = problemBody(problem);
  const { status, statusMessage, headers } = problemHead(problem, body.length);
  response.writeHead(status, statusMessage, [...headers]);
  endWith(response, body);
}

function endWith(response: ProxyResponse, body: Uint8Array): void {
  if (response.req.method === 'HEAD') response.end();
  else {
    response.bodyBytes += body.length;
    response.end(body);
  }
}
