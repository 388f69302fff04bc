/** An upstream that lets the proxy hand on a large file before its verdict. */
import { createServer, type Server } from 'node:http';

/** A server that sends the end of one file two seconds after the rest, so that most of it has reached the tool before the verdict. */
export function createSlowEnd(files: ReadonlyMap<string, Buffer>, slow: string): Server {
  return createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    const content = files.get(path);
    if (content === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-length': content.length });
    if (path !== slow) return void response.end(content);
    response.write(content.subarray(0, -1024));
    setTimeout(() => response.end(content.subarray(-1024)), 2_000);
  });
}
