/**
 * The purpose of each function in a profile. A frame belongs to the innermost function on its stack that has a purpose of its own: Node's
 * work for the temporary file counts as time of the temporary file. The rules name files of `src` by their present paths and by those
 * before they moved into storeys, so that old builds can be compared.
 */

export const categories = [
  'start-up',
  'connecting',
  'request and answer',
  'sockets and event loop, native',
  'choosing mirrors',
  'steps of a file',
  'hashing',
  'temporary file',
  'flush',
  'rename',
  'records',
  'verification',
  'events',
  'abort wiring',
  'XML and POM model',
  'resolver',
  'settings and command line',
  'promises and timers',
  'garbage collection',
  'other',
];

/** By the path beneath the repository; the first that matches decides. */
const own = [
  ['abort wiring', /(?:linked|on|shared|until)-abort(?:ed)?\.ts$/],
  ['events', /\/(?:event|operation|one-call|progress)\.ts$/],
  ['hashing', /(?:digester|digest|digest-file)\.ts$/],
  [
    'records',
    /\/(?:record-log|lock|process-identity|state-file|origin|origin-writer|properties|remember-verdict|verdict-key|local-metadata|crc32)\.ts$|\/ledger\/|\/(?:first-seen|verification-cache|high-water-mark|ledger|signers)\.ts$|\/lockfile\//,
  ],
  [
    'temporary file',
    /\/(?:temporary-file|temporary-name|replace-file|folder-guard|place-file|place-base-copy|named-file|free-descriptor|regular-file|stat-file|file-error|read-bounded|file-chunks|local-repository|layout|split-repository)\.ts$/,
  ],
  [
    'connecting',
    /\/transport\/(?:socket|secure-context|address-book|dns|proxy-\w+|create-transport|connection-pool|own-machine|descriptors)\.ts$/,
  ],
  ['choosing mirrors', /\/mirrors\/|src\/repository\/|\/circuit\.ts$|\/(?:from-repositories|repository-turns|failure|transient)\.ts$/],
  ['request and answer', /\/transport\//],
  [
    'verification',
    /src\/(?:proof|verification)\/|\/(?:judge|judge-local-file|claims|examine-body|compare-file|comparisons)\.ts$|\/signature/,
  ],
  ['XML and POM model', /\/xml\/|\/xml(?:-entities)?\.ts$|src\/(?:maven\/)?pom\/|\/pom-source\.ts$/],
  ['resolver', /src\/(?:maven\/)?(?:resolver|version)\/|\/resolution\//],
  ['settings and command line', /\/settings\/|src\/cli\/|\/session|\/(?:client|machine|user-folders|package-version|diagnose)\.ts$/],
  ['steps of a file', /src\/(?:fetch|artifact|app)\/|\/async\/|src\/(?:maven\/)?coordinate\//],
];

const packages = [
  ['connecting', /undici\/lib\/core\/connect\.js$/],
  ['request and answer', /\/undici\//],
  ['XML and POM model', /\/(?:saxes|xmlchars)\//],
  ['verification', /\/openpgp\//],
];

/** Node's own modules that serve one purpose, whatever calls them. */
const node = [
  ['verification', /crypto\/(?:sig|keys)/],
  ['hashing', /internal\/crypto\/(?!random)|^node:crypto/],
  ['abort wiring', /abort_controller|event_target/],
  ['start-up', /internal\/(?:modules|bootstrap|main|vm|source_map|process\/(?:pre_execution|esm_loader))|^node:module/],
  ['connecting', /_tls_|^node:tls|internal\/tls|dns|internal\/net$/],
];

/** Node's own modules by their most likely purpose, if nothing on the stack says more. */
const nodeAlone = [
  ['request and answer', /^node:net|^node:http|stream_base_commons|http2/],
  ['promises and timers', /task_queues|timers|async_hooks|promises|process\/promises/],
  ['temporary file', /^node:fs|internal\/fs/],
  ['request and answer', /stream/],
];

const find = (rules, text) => rules.find(([, pattern]) => pattern.test(text))?.[0] ?? null;

/** The purpose that a frame states by itself; null if its callers have to decide. */
export function purposeOf({ name, source, isTopLevel }) {
  if (name === '(garbage collector)') return 'garbage collection';
  if (name === '(program)') return 'sockets and event loop, native';
  if (source.startsWith('node:')) {
    if (/^f?(?:data)?sync(?:Sync)?$/i.test(name)) return 'flush';
    if (/^rename(?:Sync)?$/.test(name)) return 'rename';
    return find(node, source);
  }
  if (isTopLevel) return 'start-up';
  if (source.startsWith('src/')) return find(own, source) ?? 'other';
  return source.includes('node_modules/') ? find(packages, source) : null;
}

/** The purpose of a frame of Node whose stack says nothing more. */
export const purposeAlone = ({ source }) => (source.startsWith('node:') ? find(nodeAlone, source) : null) ?? 'other';
