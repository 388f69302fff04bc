/**
 * `clojars-fetch/proxy`: a Maven repository on loopback for every build tool, and their setup.
 *
 * @packageDocumentation
 */

export type { RunOptions, RunResult } from './app/exec/exec-options.js';
export { runWithProxy } from './app/exec/run-with-proxy.js';
export { checkProxyCache } from './app/proxy/check-cache.js';
export { createProxy } from './app/proxy/create-proxy.js';
export { prefetchProxyCache } from './app/proxy/prefetch/prefetch.js';
export type { PrefetchOptions, PrefetchReport } from './app/proxy/prefetch/prefetch-options.js';
export type { Proxy, ProxyCloseOptions, ProxyOptions, RequestEvent } from './app/proxy/proxy-options.js';
export { defaultProxyPort } from './app/tool-setup/address.js';
export type { SetupProblem, ToolVariable } from './app/tool-setup/merge.js';
export type { ToolFileReport, ToolSetupOptions, ToolSetupReport } from './app/tool-setup/set-up-tool.js';
export { showToolSetup, undoToolSetup, writeToolSetup } from './app/tool-setup/set-up-tool.js';
export type { ToolName } from './app/tool-setup/tools.js';
export { toolNames } from './app/tool-setup/tools.js';
export type { CheckFinding, CheckReport } from './local/cache/file-cache.js';
