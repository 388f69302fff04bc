/** Cursive, in IntelliJ IDEA: it reads the files of Leiningen and of the Clojure command line tools, and has none of its own. */
import { planClj } from './clj.js';
import { planLein } from './lein.js';
import type { ToolPlanner } from './merge.js';

export const planCursive: ToolPlanner = (address, surroundings) => {
  const plans = [planLein, planClj].map((plan) => plan(address, { ...surroundings, file: null }));
  return {
    files: plans.flatMap(({ files }) => files),
    leftovers: plans.flatMap(({ leftovers }) => leftovers),
    variables: plans.flatMap(({ variables }) => variables),
    problems: plans.flatMap(({ problems }) => problems),
    notes: [
      'Then choose "Refresh Leiningen Projects", or "Reload All Projects" in the tool window of Clojure deps.',
      'For a deps.edn, let Cursive call the installed command line tools (Settings, Build Tools, Clojure Deps), so that the variables apply.',
      'Start the IDE from a shell that has the variables, or set them for the whole session.',
      ...(address.secure ? ['The IDE must trust the certificate: add it in Settings, Tools, Server Certificates.'] : []),
    ],
  };
};
