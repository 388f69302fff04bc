/**
 * `clojars-fetch/proxy`: the proxy for build tools, and their setup.
 *
 * @packageDocumentation
 */

export { defaultProxyPort } from './app/tool-setup/address.js';
export type { SetupProblem, ToolVariable } from './app/tool-setup/merge.js';
export type { ToolFileReport, ToolSetupOptions, ToolSetupReport } from './app/tool-setup/set-up-tool.js';
export { showToolSetup, undoToolSetup, writeToolSetup } from './app/tool-setup/set-up-tool.js';
export type { ToolName } from './app/tool-setup/tools.js';
export { toolNames } from './app/tool-setup/tools.js';
