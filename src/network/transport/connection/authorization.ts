/** Writes credentials as headers. */
import { type Credentials, type Login, TransportError } from '../contract/transport.js';
import type { Proxy } from './proxy-environment.js';

/** Returns the headers that carry credentials, by lower-case name. */
export function credentialHeaders(credentials: Credentials): Readonly<Record<string, string>> {
  if (credentials.kind !== 'headers') return { authorization: authorizationOf(credentials) };
  const { headers, login } = credentials;
  return login === null ? headers : { authorization: authorizationOf(login), ...headers };
}

/** Returns the value of Proxy-Authorization; null for a proxy without a login. */
export function proxyAuthorization(proxy: Proxy): string | null {
  return proxy.credentials ? authorizationOf(proxy.credentials) : null;
}

/**
 * Returns the value of an Authorization header.
 * @throws {TransportError} `status` for a token that a header cannot carry.
 */
function authorizationOf(login: Login): string {
  if (login.kind === 'basic') return `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  if (!/^[\x21-\x7e]+$/.test(login.token)) throw new TransportError('status', 'the bearer token has characters that cannot be sent');
  return `Bearer ${login.token}`;
}
