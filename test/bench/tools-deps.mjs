/** deps.edn: the closure of the generated repository against tools.deps, cold and warm, and the expansion against Maven's rule. */
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contest, fieldOf, ratiosOf, timesTable } from './contest.mjs';
import { closureRoots, createGraph, resolveCall } from './graphs.mjs';
import { measure, prepareData, startChaos, startNginx, work } from './lab.mjs';
import { median, spread } from './statistics.mjs';

const roundTripMs = 50;
const sizes = [250, 500, 1000, 2000, 4000];
const toolsDeps = '/usr/share/java/tools.deps.jar';
const classPath = `${toolsDeps}:/usr/share/java/maven-repository-metadata-3.x.jar`;
/** Runs as `clojure -Spath` does, without its cache: a basis from deps.edn, and its class path. */
const script = `(require '[clojure.string :as str] '[clojure.tools.deps :as deps])
(println (str/join ":" (:classpath-roots (deps/create-basis {:root nil :user nil :project (first *command-line-args*)}))))
(shutdown-agents)
`;

export async function benchToolsDeps(runs, { dist }) {
  const graphs = sizes.map((size) => [size, createGraph(size)]);
  for (const [size, graph] of graphs) for (const conflicts of rules) await expand(size, graph, conflicts, dist);
  const expansions = graphs.flatMap(([size, graph]) =>
    rules.map((conflicts) => [`${conflicts} ${size}`, () => expand(size, graph, conflicts, dist)]),
  );
  const data = prepareData();
  const nginx = await startNginx(data.repository);
  const delay = await startChaos('delay', ['--rtt', String(roundTripMs), '--upstream', `127.0.0.1:${nginx.port}`]);
  const roots = closureRoots(data);
  const project = () => createProject(roots, `http://127.0.0.1:${delay.port}`);
  const [ours, theirs] = [warmAndCold(project, (folder) => fetchProject(folder, dist)), warmAndCold(project, askToolsDeps)];
  const isThere = existsSync(toolsDeps);
  const results = await contest({
    runs,
    builds: { dist, older: null },
    ours: {},
    others: {
      cold: ours.cold,
      'tools.deps, cold': isThere ? theirs.cold : absent,
      warm: ours.warm,
      'tools.deps, warm': isThere ? theirs.warm : absent,
      ...Object.fromEntries(expansions),
    },
  });
  if (isThere && ours.jars() !== theirs.jars())
    throw new Error(`another class path than that of tools.deps:\n${ours.jars()}\n${theirs.jars()}`);
  const cpu = (name) => fieldOf(results, name, 'cpuMs');
  const ratio = (name, to, field) => median(ratiosOf(results, name, to, field));
  const growth = (size) => median(cpu(`tools-deps ${4 * size}`)) / median(cpu(`tools-deps ${size}`));
  return {
    title: `deps.edn: a closure of ${ours.jars().split('\n').length} jars, round trip ${roundTripMs} ms, and graphs of POMs alone`,
    ...timesTable({ results, rows: rowsFor(), builds: { dist, older: null }, ratioTitle: ', ratio' }),
    notes: [
      `Cold is an empty local repository; the checks of \`project\` are included. Debian's tools.deps computes the same class path${isThere ? ', which is compared,' : ''} in a Java process, without the cache of \`clj\`; its ratios are to clojars-fetch. The graphs are those of the part about graphs of POMs, from a warm local repository; there processor time is that of a process that has started, and the ratios are those of tools.deps' rule to Maven's rule. 1,000 libraries take ${spread(ratiosOf(results, 'tools-deps 1000', 'nearest 1000', 'cpuMs'))} times the processor time of Maven's rule.`,
    ],
    checks: [
      ...(isThere
        ? [{ what: 'deps.edn, cold: tools.deps against clojars-fetch', value: ratio('tools.deps, cold', 'cold', 'wallMs'), least: 8 }]
        : []),
      { what: "1,000 libraries: processor time to Maven's rule", value: ratio('tools-deps 1000', 'nearest 1000', 'cpuMs'), most: 1 },
      { what: 'growth from 250 to 1,000 libraries', value: growth(250), most: 4 },
      { what: 'growth from 1,000 to 4,000 libraries', value: growth(1000), most: 4 },
    ],
  };
}

const rules = ['tools-deps', 'nearest'];
const absent = async () => null;

function rowsFor() {
  return [
    { name: 'cold', title: 'clojars-fetch project, cold' },
    { name: 'tools.deps, cold', title: 'tools.deps, cold', to: 'cold', target: 'wall ≥ 8' },
    { name: 'warm', title: 'clojars-fetch project, warm' },
    { name: 'tools.deps, warm', title: 'tools.deps, warm', to: 'warm' },
    ...sizes.flatMap((size) => [
      { name: `nearest ${size}`, title: `${size} libraries, Maven's rule` },
      {
        name: `tools-deps ${size}`,
        title: `${size} libraries, tools.deps' rule`,
        to: `nearest ${size}`,
        target: size === 1000 ? 'processor time ≤ 1' : size === 4000 ? 'at most 4 times that of 1000' : '',
      },
    ]),
  ];
}

/** Resolves a graph from its warm local repository. */
async function expand(size, { roots, options }, conflicts, dist) {
  const { args } = resolveCall({ roots, options, dependencyOptions: { download: false, conflicts }, dist });
  const run = await measure(process.execPath, args);
  const { dependencies, ownCpuMs } = JSON.parse(run.stdout);
  if (dependencies !== size) throw new Error(`a graph of ${size} libraries has ${dependencies}`);
  return { wallMs: run.wallMs, cpuMs: ownCpuMs };
}

/** A cold run in a new project, and a warm one in the same project, by the way that `run` takes. */
function warmAndCold(project, run) {
  let folder = '';
  let jars = '';
  const measured = async () => {
    const result = await run(folder);
    const paths = result.stdout.trim().split(':');
    jars = paths
      .filter((path) => path.endsWith('.jar'))
      .map((path) => path.slice(path.indexOf('/m2/')))
      .join('\n');
    return result;
  };
  return {
    cold: () => {
      folder = project();
      return measured();
    },
    warm: measured,
    /** The class path of the last run, one path a line. */
    jars: () => jars,
  };
}

/** A deps.edn with the roots of the closure, and its own local repository. */
function createProject(roots, url) {
  const folder = mkdtempSync(join(work, 'tools-deps-'));
  const repositories = `{"central" {:url "${url}"} "clojars" {:url "${url}"}}`;
  mkdirSync(join(folder, 'home'));
  writeFileSync(
    join(folder, 'deps.edn'),
    `{:deps {${roots.map(formatRoot).join('\n')}}\n:mvn/repos ${repositories} :mvn/local-repo "${join(folder, 'm2')}"}\n`,
  );
  writeFileSync(join(folder, 'script.clj'), script);
  return folder;
}

function formatRoot({ group, artifact, version, exclusions }) {
  const excluded = exclusions.map((one) => `${one.group}/${one.artifact}`).join(' ');
  return `${group}/${artifact} {:mvn/version "${version}"${excluded === '' ? '' : ` :exclusions [${excluded}]`}}`;
}

function fetchProject(folder, dist) {
  const home = join(folder, 'home');
  const env = {
    HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CONFIG_HOME: join(home, 'config'),
  };
  return measure(process.execPath, [join(dist, 'cli.cjs'), 'project', join(folder, 'deps.edn'), '--no-config', '--classpath'], { env });
}

function askToolsDeps(folder) {
  const home = join(folder, 'home');
  const call = [`-Duser.home=${home}`, '-cp', classPath, 'clojure.main', join(folder, 'script.clj'), join(folder, 'deps.edn')];
  return measure('java', call, { env: { HOME: home }, cwd: folder });
}
