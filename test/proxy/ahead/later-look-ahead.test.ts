import { describe, expect, test, vi } from 'vitest';

import { LaterLookAhead } from '../../../src/app/proxy/ahead/later-look-ahead.js';
import { LookAhead } from '../../../src/app/proxy/ahead/look-ahead.js';
import { RecentPoms } from '../../../src/local/ledger/pom-index.js';

const client = { remoteAddress: '127.0.0.1', remotePort: 4000, localPort: 8400 };
const pom = { group: 'org.example', artifact: 'greeter', version: '1.0.0', extension: 'pom', classifier: '' };

function lookAhead(): LookAhead {
  const refuse = (): Promise<never> => Promise.reject(new Error('not asked'));
  return new LookAhead({
    fetch: refuse,
    readMetadata: refuse,
    environment: refuse,
    cacheFolder: '/nowhere',
    recentPoms: new RecentPoms(),
    projectOf: () => Promise.resolve(null),
    now: Date.now,
  });
}

describe('the look-ahead', () => {
  test('is loaded by the first POM, once, and told of the client even if that has gone', async () => {
    const real = lookAhead();
    const asked = vi.spyOn(real, 'asked');
    const open = vi.fn(() => Promise.resolve(real));
    const later = new LaterLookAhead(open);
    later.asked(client, { ...pom, extension: 'jar' });
    expect(open).not.toHaveBeenCalled();
    const socket = { ...client };
    later.asked(socket, pom);
    socket.remoteAddress = '';
    later.asked(client, { ...pom, version: '2.0.0' });
    await later.load();
    expect(open).toHaveBeenCalledTimes(1);
    expect(asked.mock.calls).toEqual([
      [client, pom],
      [client, { ...pom, version: '2.0.0' }],
    ]);
    later.close();
  });

  test('that is over is not loaded, and one that ends while it is loaded is closed', async () => {
    const open = vi.fn(() => Promise.resolve(lookAhead()));
    const over = new LaterLookAhead(open);
    over.close();
    over.asked(client, pom);
    expect(await over.load()).toBeNull();
    expect(open).not.toHaveBeenCalled();
    const real = lookAhead();
    const closed = vi.spyOn(real, 'close');
    const ending = new LaterLookAhead(() => Promise.resolve(real));
    const loading = ending.load();
    ending.close();
    await loading;
    expect(closed).toHaveBeenCalled();
  });

  test('whose code cannot be loaded leaves all to the tool', async () => {
    const later = new LaterLookAhead(() => Promise.reject(new Error('the package was removed')));
    later.asked(client, pom);
    expect(await later.load()).toBeNull();
    await later.expect('127.0.0.1', () => Promise.reject(new Error('not called')));
  });
});
