/** Variables of the environment because of which a tool does not ask the proxy, although its file is right. Pure. */
import type { ProxyAddress } from './address.js';
import type { SetupProblem } from './merge.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** A problem of the environment, not of a place in the file. */
export function environmentProblem(message: string, hint: string): SetupProblem {
  return { line: null, column: null, message, hint, blocks: false };
}

/**
 * Returns the problem of an HTTP proxy that Leiningen and Boot use for requests to this machine too.
 *
 * Source of the rule: Leiningen 2.10 `leiningen.core.classpath/get-proxy-settings`, `get-non-proxy-hosts`.
 */
export function proxyVariableProblems(address: ProxyAddress, env: Environment): readonly SetupProblem[] {
  const { hostname } = new URL(address.url);
  const [proxy = '', own = '', shared = ''] = [env['http_proxy'], env['http_no_proxy'], env['no_proxy']];
  if (proxy.trim() === '') return [];
  const patterns = own === '' ? shared.split(',').map((suffix) => `*${suffix.trim()}`) : own.split('|').map((pattern) => pattern.trim());
  if ((own !== '' || shared !== '') && patterns.some((pattern) => matchesHost(hostname, pattern))) return [];
  return [
    environmentProblem(
      `requests to ${hostname} go through the HTTP proxy of the variable http_proxy, which cannot reach this machine`,
      `Add ${hostname} to the variable ${own === '' ? 'no_proxy' : 'http_no_proxy'}.`,
    ),
  ];
}

/** Whether a host matches a pattern with `*`. */
export function matchesHost(host: string, pattern: string): boolean {
  const parts = pattern.toLowerCase().split('*');
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return host === first;
  if (!host.startsWith(first) || !host.endsWith(last) || host.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of rest) {
    const at = host.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= host.length - last.length;
}
