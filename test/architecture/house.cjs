/** The storeys of `src` and the rooms inside them: lint enforces these tables, and docs/architecture.md shows them. */

/** A storey imports only storeys below it. `network` and `proof` stand side by side. */
const storeys = {
  base: [],
  maven: ['base'],
  network: ['maven', 'base'],
  proof: ['maven', 'base'],
  local: ['network', 'proof', 'maven', 'base'],
  fetch: ['local', 'network', 'proof', 'maven', 'base'],
  app: ['fetch', 'local', 'network', 'proof', 'maven', 'base'],
  cli: ['base', 'entries'],
};

/** The rooms that each room may import, besides the files directly in the folder of its storey. A room inside a room imports only its siblings. */
const rooms = {
  'base/xml': [],
  'base/async': [],
  'base/disk': ['async'],
  'maven/version': [],
  'maven/metadata': [],
  'maven/coordinate': ['version'],
  'maven/pom': ['coordinate', 'version'],
  'maven/resolver': ['pom', 'coordinate', 'version'],
  'maven/build-file': ['pom', 'coordinate', 'version'],
  'network/transport': [],
  'network/transport/contract': [],
  'network/transport/connection': ['contract'],
  'network/transport/file': ['contract'],
  'network/transport/http': ['connection', 'contract'],
  'network/mirrors': ['transport'],
  'proof/checksum': [],
  'proof/openpgp': [],
  'proof/key-map': ['checksum', 'openpgp'],
  'local/lockfile': [],
  'local/keyring': [],
  'local/repository': [],
  'local/ledger': [],
  'local/settings': ['lockfile'],
  'local/settings/text': [],
  'local/settings/machine': [],
  'local/settings/mirror-list': ['text'],
  'local/settings/settings-xml': ['machine', 'text'],
  'fetch/jar': [],
  'fetch/signature': ['jar'],
  'fetch/download': ['signature'],
  'fetch/local': ['download', 'signature'],
  'fetch/repositories': ['local', 'download', 'signature'],
  'fetch/versions': ['repositories', 'download'],
  'fetch/artifact': ['versions', 'repositories', 'local'],
  'fetch/resolution': ['artifact', 'versions'],
  'app/client': [],
  'app/project': ['client'],
  'app/keys': ['client'],
  'app/lock': ['client', 'project'],
  'app/verify': ['client'],
};

/** These touch neither disk nor network nor clock: time, keys and bytes are passed in. node:crypto only computes. */
const pure = ['maven', 'proof'];

module.exports = { storeys, rooms, pure };
