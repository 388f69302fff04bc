/** Passes on through which proxies a request came, so that proxies that are each other's mirrors are found. */
import type { Context } from '../../../fetch/context.js';
import type { RepositoryAccess } from './repository-access.js';

/** Returns the same access, whose requests name these proxies before this one. @param via as the request had it: the guard has bounded it */
export function accessVia(access: RepositoryAccess, via: string | undefined): RepositoryAccess {
  return via === undefined ? access : { ...access, context: (signal, onEvent) => contextVia(access.context(signal, onEvent), via) };
}

function contextVia(context: Context, via: string): Context {
  const open: Context['network']['open'] = async () => {
    const { transport, health } = await context.network.open();
    return { health, transport: { get: (request) => transport.get({ ...request, via }), close: () => transport.close() } };
  };
  return { ...context, network: { ...context.network, open } };
}
