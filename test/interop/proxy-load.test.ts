/** The proxy of the built command line under load: the soak run has the same for five minutes. */
import { existsSync } from 'node:fs';

import { expect, it } from 'vitest';

import { soakProxyLoad } from '../soak/proxy/soak-proxy.js';

it.runIf(existsSync('/proc/self/fd'))(
  'keeps its memory and descriptors under 200 connections, slow clients and clients that vanish',
  async () => {
    const { violations } = await soakProxyLoad(20, { seed: 20_261_129, onProgress: () => undefined });
    expect(violations).toEqual([]);
  },
);
