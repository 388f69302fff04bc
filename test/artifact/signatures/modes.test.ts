/** Every mode and every verdict, end to end: a jar, and a POM, from a real server. */
import { writeFile } from 'node:fs/promises';

import { beforeAll, describe, expect } from 'vitest';

import { contentOf, coordinate, errorOf, greeter, it, jar, pom } from '../../support/workbench.js';
import { manifestOfMaven, pomProperties, writeJar } from '../jar/jar-writer.js';
import { createPerson, type Person, publish, shortOf, signAll, trust, writeKeyring } from './bench.js';

const files = greeter();
let ada: Person;
let eve: Person;
let old: Person;
let slim: Person;
let signed: Map<string, Buffer>;
beforeAll(async () => {
  [ada, eve, old, slim] = await Promise.all([
    createPerson(),
    createPerson({ name: 'Eve' }),
    createPerson({ name: 'Old', date: new Date(Date.now() - 86_400_000) }),
    createPerson({ name: 'Slim', weak: true }),
  ]);
  signed = await signAll(files, ada);
});

/** The files served next to jar and POM, by the verdict that they deserve. */
const cases = [
  'good',
  'missing',
  'unknown-key',
  'untrusted',
  'expired',
  'weak',
  'bad',
  'revoked',
  'malformed',
  'wrong-coordinate',
  'signer-changed',
] as const;
const passes: Readonly<Record<(typeof cases)[number], readonly ('proof' | 'warn' | 'fail')[]>> = {
  // if-present, require
  good: ['proof', 'proof'],
  missing: ['warn', 'fail'],
  'unknown-key': ['warn', 'fail'],
  untrusted: ['warn', 'fail'],
  expired: ['warn', 'fail'],
  weak: ['warn', 'fail'],
  bad: ['fail', 'fail'],
  revoked: ['fail', 'fail'],
  malformed: ['fail', 'fail'],
  'wrong-coordinate': ['fail', 'fail'],
  'signer-changed': ['fail', 'fail'],
};

/** Signer, date and part of the sentence of a verdict; null if there is nothing to name. */
const said: Readonly<
  Record<(typeof cases)[number], { readonly who: (() => Person) | null; readonly when: boolean; readonly sentence: RegExp }>
> = {
  good: { who: () => ada, when: true, sentence: /^Signed on \d{4}-\d\d-\d\d by Ada/ },
  missing: { who: null, when: false, sentence: /not signed/ },
  'unknown-key': { who: null, when: true, sentence: /key .*[0-9A-F]{16}/ },
  untrusted: { who: () => eve, when: true, sentence: /other signers/ },
  expired: { who: () => old, when: true, sentence: /expired on \d{4}/ },
  weak: { who: () => slim, when: true, sentence: /too weak to count/ },
  bad: { who: () => ada, when: true, sentence: /does not fit|was changed|other file|not made over/ },
  revoked: { who: () => old, when: true, sentence: /was revoked on .* because it was compromised/ },
  malformed: { who: null, when: false, sentence: /malformed/ },
  'wrong-coordinate': { who: () => ada, when: true, sentence: /says that it is/ },
  'signer-changed': { who: () => eve, when: true, sentence: /signed by/ },
};

describe.each(['jar', 'pom'] as const)('the signature of a %s', (kind) => {
  const path = kind === 'jar' ? jar : pom;
  describe.each(['if-present', 'require'] as const)('%s', (mode) => {
    it.for(cases)('%s', async (status, { bench }) => {
      const served = new Map(signed);
      const keyring = await writeKeyring(bench, status === 'unknown-key' ? [eve] : [ada, eve]);
      const options = { ...trust(mode, keyring) };
      switch (status) {
        case 'good':
          break;
        case 'missing':
          served.delete(`${path}.asc`);
          break;
        case 'unknown-key':
          for (const other of [jar, pom]) if (other !== path) served.set(`${other}.asc`, await eve.sign(contentOf(files, other)));
          break;
        case 'untrusted':
          Object.assign(options, trust(mode, keyring, { rules: [{ group: 'org.example', signers: [ada.fingerprint] }] }));
          served.set(`${path}.asc`, await eve.sign(contentOf(files, path)));
          break;
        case 'expired':
        case 'weak':
        case 'revoked': {
          const signer = status === 'weak' ? slim : old;
          await writeFile(
            keyring,
            [ada.publicKey, status === 'weak' ? slim.publicKey : status === 'expired' ? await old.expired() : await old.revoked()].join(
              '\n',
            ),
          );
          served.set(`${path}.asc`, await signer.sign(contentOf(files, path)));
          break;
        }
        case 'bad':
          served.set(`${path}.asc`, await ada.sign(Buffer.from('something else')));
          break;
        case 'malformed':
          served.set(`${path}.asc`, Buffer.from('-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n'));
          break;
        case 'wrong-coordinate': {
          const other = contentOf(signed, path.replaceAll('1.0.0', '1.1.0'));
          publish(served, path, kind === 'pom' ? other : writeJar([manifestOfMaven, pomProperties('org.example', 'other', '1.0.0')]));
          served.set(`${path}.asc`, await ada.sign(contentOf(served, path)));
          break;
        }
        case 'signer-changed': {
          const server = await bench.serve(signed);
          await bench.client({ ...options, repositories: [{ id: 'r', url: server.url }] }).resolveArtifact('org.example:greeter:1.1.0');
          served.set(`${path}.asc`, await eve.sign(contentOf(files, path)));
          break;
        }
      }
      bench.events.length = 0;
      const server = await bench.serve(served);
      const client = bench.client({ ...options, repositories: [{ id: 'r', url: server.url }] });
      const expected = passes[status][mode === 'require' ? 1 : 0];
      if (expected === 'fail') {
        expect(await errorOf(client.resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_SIGNATURE', reason: status });
        expect((await bench.placed()).filter((name) => name.endsWith(path.slice(path.lastIndexOf('/'))))).toEqual([]);
        const [told] = bench.of('signature').filter((event) => event.path === path && event.decision === 'fail');
        expect(told?.fingerprint).toBe(said[status].who?.().fingerprint ?? null);
        expect(told?.sentence).toMatch(said[status].sentence);
        expect(
          bench
            .of('signature')
            .filter((event) => event.path === path && event.decision === 'fail')
            .map((event) => event.status),
        ).toEqual([status]);
        return;
      }
      const found = await client.resolveArtifact(kind === 'jar' ? coordinate : 'org.example:greeter:pom:1.0.0');
      const { who, when, sentence } = said[status];
      expect(found.verification.signature).toMatchObject({ status, fingerprint: who?.().fingerprint ?? null });
      expect(found.verification.signature?.sentence).toMatch(sentence);
      // Dated today, unless the signer's clock is part of the case.
      expect(Math.abs(Date.now() - Date.parse(found.verification.signature?.signedAt ?? '')) < 172_800_000).toBe(when);
      expect(found.verification.level).toBe(expected === 'proof' ? 'signed' : 'transport');
      expect(found.verification.proofs.includes(`signed:${ada.fingerprint}`)).toBe(expected === 'proof');
      expect(
        bench
          .of('signature')
          .filter((event) => event.path === path)
          .map((event) => [event.status, event.decision]),
      ).toEqual([[status, expected]]);
      expect(
        bench
          .of('warning')
          .filter((event) => event.path === path)
          .map(({ warning }) => warning),
      ).toEqual(expected === 'warn' ? [`signature-${status}`] : []);
      if (expected === 'proof') expect(shortOf(found.verification.signature)).toBe(`good ${ada.fingerprint}`);
      // One request for each signature, and none for its checksum.
      expect(server.count(`${path}.asc`)).toBe(1);
      expect(server.count(/\.asc\./)).toBe(0);
      // The signature is stored next to the file, as a file that Maven knows.
      expect((await bench.placed()).includes(`${path}.asc`)).toBe(served.has(`${path}.asc`));
      if (served.has(`${path}.asc`))
        expect((await bench.read(`${path.slice(0, path.lastIndexOf('/'))}/_remote.repositories`)).toString()).toContain(
          `${path.slice(path.lastIndexOf('/') + 1)}.asc>r=`,
        );
      // The second run only reads the file's metadata: it sends no request, and still shows the verdict.
      server.clear();
      const again = await bench
        .client({ ...options, repositories: [{ id: 'r', url: server.url }] })
        .resolveArtifact(kind === 'jar' ? coordinate : 'org.example:greeter:pom:1.0.0');
      expect(again.verification).toMatchObject({ level: found.verification.level, signature: found.verification.signature });
      expect(server.count()).toBe(0);
    });
  });
});
