/** Lines that are JSON objects, whose fields have the names that the server gives them. */
import { logFacts } from '../../../base/words.js';
import { found, readCommonDate, readIsoDate } from './dates.js';
import type { LineParser, LogLine } from './log-line.js';
import { readRequest } from './request.js';

/** A fact of a request that a field holds. `request` is a whole request line, in place of method and path. */
export type JsonFact = (typeof logFacts)[number];

/** The field of each fact. A dot leads into an object: `request.headers.User-Agent`. */
export type JsonFields = Readonly<Partial<Record<JsonFact, string>>>;

/** The names that servers use, if none is given: nginx, Caddy, Traefik, Fastly. The first that a line has is taken. */
const usualFields: Readonly<Record<JsonFact, readonly string[]>> = {
  time: ['time', 'timestamp', '@timestamp', 'ts', 'time_iso8601', 'time_local', 'StartUTC', 'date'],
  request: ['request', 'request_line'],
  method: ['method', 'request_method', 'request.method', 'RequestMethod', 'verb'],
  path: ['path', 'uri', 'request_uri', 'url', 'request.uri', 'request.url', 'RequestPath', 'target'],
  status: ['status', 'status_code', 'response_status', 'DownstreamStatus', 'code', 'response.status'],
  address: ['address', 'remote_addr', 'client_ip', 'request.client_ip', 'request.remote_ip', 'ip', 'ClientHost', 'remote_ip'],
  agent: ['agent', 'user_agent', 'http_user_agent', 'request_user_agent', 'request.headers.User-Agent', 'request_User-Agent'],
};

const dayMs = 86_400_000;

/** Makes the reader of lines with these fields; facts without a field have one of the usual names. */
export function createJsonParser(fields: JsonFields): LineParser {
  const paths = new Map(logFacts.map((fact) => [fact, namesOf(fields, fact).map(stepsOf)]));
  return (bytes, start, end, line) => {
    if (bytes[start] !== 0x7b) return false;
    const object = parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'));
    if (object === null) return false;
    const textOf = (fact: JsonFact): string | null => firstText(object, paths.get(fact) ?? []);
    return setDay(textOf('time'), line) && setStatus(textOf('status'), line) && setTexts(textOf, line);
  };
}

function namesOf(fields: JsonFields, fact: JsonFact): readonly string[] {
  const given = fields[fact];
  return given === undefined ? usualFields[fact] : [given];
}

/** A field may have dots in its own name, so the whole name is tried first. */
function stepsOf(name: string): readonly string[] {
  return [name, ...name.split('.')];
}

function parse(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

function firstText(object: object, paths: readonly (readonly string[])[]): string | null {
  for (const [whole = '', ...steps] of paths) {
    const text = asText(memberOf(object, whole)) ?? asText(steps.reduce<unknown>(memberOf, object));
    if (text !== null) return text;
  }
  return null;
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

/** Headers may be lists. */
function asText(value: unknown): string | null {
  const single: unknown = Array.isArray(value) ? value[0] : value;
  return typeof single === 'string' ? single : typeof single === 'number' ? String(single) : null;
}

/** Reads a date, or a number of seconds, milliseconds or microseconds since 1970. */
function setDay(text: string | null, line: LogLine): boolean {
  if (text === null) return false;
  const number = /^\d{9,17}(\.\d*)?(e\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isNaN(number)) {
    line.day = Math.floor((number < 1e11 ? number * 1000 : number < 1e14 ? number : number / 1000) / dayMs);
    return line.day < 0xffff;
  }
  const bytes = Buffer.from(text.replace(/^(\d{4}-\d\d-\d\d) (?=\d)/, '$1T'));
  if (readIsoDate(bytes, 0) < 0 && readCommonDate(bytes, 0) < 0) return false;
  line.day = found.day;
  return true;
}

function setStatus(text: string | null, line: LogLine): boolean {
  line.status = text !== null && /^\d{3}$/.test(text) ? Number(text) : 0;
  return line.status > 0;
}

function setTexts(textOf: (fact: JsonFact) => string | null, line: LogLine): boolean {
  const path = textOf('path');
  const request = path === null ? textOf('request') : `${textOf('method') ?? 'GET'} ${path.replace(/^https?:\/\/[^/]*/, '')}`;
  if (request === null) return false;
  const bytes = Buffer.from(request);
  readRequest(bytes, 0, bytes.length, line);
  const address = Buffer.from(textOf('address') ?? '-');
  line.pathBytes = bytes;
  line.addressStart = 0;
  line.addressEnd = address.length;
  line.tailStart = address.length;
  // As in the other forms: a size, a referrer, and the agent.
  line.bytes = Buffer.concat([address, Buffer.from(`0 - ${textOf('agent') ?? ''}`)]);
  line.tailEnd = line.bytes.length;
  return true;
}
