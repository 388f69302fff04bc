'use strict';
/**
 * Fetches a library in an editor plugin (CommonJS, as VS Code loads them), with progress, a cancel button, and one client
 * for the whole session. The editor is passed in as an object with three functions, so that the example depends on no
 * particular editor; `vscode.window.withProgress` offers the same three.
 *
 *   node examples/editor-plugin.cjs org.example/greeter@1.0.0 https://maven.example.org/releases/ /tmp/repository
 */
const { createClient } = require('clojars-fetch');

/**
 * @param {{ report(text: string): void, warn(text: string): void, onCancel(cancel: () => void): void }} editor
 * @param {object} [options] ClientOptions; an editor usually passes none
 */
function activate(editor, options = {}) {
  const client = createClient({
    ...options,
    onEvent(event) {
      switch (event.type) {
        case 'attempt-started':
          return editor.report(`asking ${event.mirror}`);
        case 'failed-over':
          return editor.report(`${event.from} failed (${event.outcome}), asking ${event.to}`);
        case 'bytes':
          return editor.report(
            event.total === null ? `${event.received} bytes` : `${Math.floor((100 * event.received) / Math.max(1, event.total))} %`,
          );
        case 'verified':
          return editor.report(`verified: ${event.level}`);
        case 'placed':
          return editor.report(`saved ${event.file}`);
        case 'warning':
          return editor.warn(event.message);
        default:
          return undefined;
      }
    },
  });
  return {
    /** Returns the path of the jar, or null if the user cancelled. Throws all other errors. */
    async fetchLibrary(coordinate) {
      const controller = new AbortController();
      editor.onCancel(() => controller.abort());
      try {
        const artifact = await client.resolveArtifact(coordinate, { signal: controller.signal });
        return artifact.path;
      } catch (error) {
        if (error.code === 'ERR_ABORTED') return null;
        throw error;
      }
    },
    /** Closes the connections; call it when the editor shuts the plugin down. */
    deactivate: () => client.close(),
  };
}

module.exports = { activate };

if (require.main === module) {
  const [coordinate = 'hiccup/hiccup@1.0.5', url, localRepository] = process.argv.slice(2);
  const plugin = activate(
    {
      report: (text) => console.error(text),
      warn: (text) => console.error(`warning: ${text}`),
      onCancel: (cancel) => process.once('SIGINT', cancel),
    },
    {
      ...(url === undefined ? {} : { repositories: [{ id: 'example', url }], settings: false }),
      ...(localRepository === undefined ? {} : { localRepository }),
    },
  );
  plugin
    .fetchLibrary(coordinate)
    .then((path) => console.log(path ?? 'cancelled'))
    .catch((error) => {
      console.error(error.message);
      process.exitCode = 1;
    })
    .finally(() => plugin.deactivate());
}
