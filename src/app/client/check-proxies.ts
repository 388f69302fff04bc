/** Reports which proxy requests go through, which setting or variable names it, and which ones cannot be used. */
import type { EffectiveConfiguration } from '../../local/settings/configuration.js';
import { selectProxy } from '../../local/settings/proxy.js';
import { describeProxies, type ProxyDescription } from '../../network/transport/connection/proxy-environment.js';
import type { DiagnosisCheck } from './diagnosis-check.js';

type Environment = Readonly<Record<string, string | undefined>>;
type Configured = Pick<EffectiveConfiguration, 'proxies' | 'sources'>;

/** Proxies of the configuration or settings.xml replace those of the environment, as they do for requests. */
export function checkProxies(configuration: Configured, environment: Environment): DiagnosisCheck {
  const { schemes, direct, problems } = configuration.proxies.length > 0 ? configured(configuration) : describeProxies(environment);
  const shown = (['https', 'http'] as const).map((scheme) => `${scheme}: ${show(schemes[scheme])}`);
  const detail = [...shown, ...(direct === null ? [] : [`direct for the hosts of ${direct}`]), ...problems].join('; ');
  if (problems.length === 0 && [schemes.https, schemes.http].every((scheme) => scheme === null || scheme.problem === null))
    return { name: 'proxy', status: 'ok', detail };
  return {
    name: 'proxy',
    status: 'warn',
    detail,
    hint: 'Name an http or https proxy. SOCKS proxies and automatic configuration (PAC) are not supported.',
  };
}

function show(scheme: ProxyDescription['schemes']['https']): string {
  if (scheme === null) return 'no proxy';
  return `${scheme.proxy ?? 'cannot be reached'} (${scheme.from}${scheme.problem === null ? '' : `: ${scheme.problem}`})`;
}

function configured({ proxies, sources }: Configured): ProxyDescription {
  const from = sources['proxy']?.from ?? 'configuration';
  const everyHost = proxies.map((proxy) => ({ ...proxy, nonProxyHosts: [] }));
  const of = (scheme: 'https' | 'http'): ProxyDescription['schemes']['https'] => {
    const proxy = selectProxy(everyHost, new URL(`${scheme}://host.invalid/`));
    if (proxy === null) return null;
    return { proxy: `${proxy.secure ? 'https' : 'http'}://${proxy.host}:${proxy.port}/`, from, problem: null };
  };
  const unsupported = proxies.filter(({ protocol }) => protocol !== 'http' && protocol !== 'https');
  return {
    schemes: { https: of('https'), http: of('http') },
    direct: proxies.some(({ nonProxyHosts }) => nonProxyHosts.length > 0) ? '<nonProxyHosts>' : null,
    problems: unsupported.map(({ id, protocol }) => `proxy ${JSON.stringify(id)} of ${from}: ${protocol} proxies are not supported`),
  };
}
