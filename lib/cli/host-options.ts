/** The host's options, from the module that has them, and the server that they make. */
import { existsSync } from 'node:fs';
import { Server as Listener } from 'node:net';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isObject } from '../clients/members.js';
import type { Server } from '../contracts.js';
import type { Log } from '../platform/log.js';
import { createServer } from '../server.js';
import { type Arguments, Failure, Mistake } from './command.js';

const usualFiles = ['oauth.config.js', 'oauth.config.mjs', 'oauth.config.cjs'];

/** Lends the server that the host's options make, and closes its connection. */
export async function withServer<T>({ values }: Arguments, use: (server: Server) => Promise<T>): Promise<T> {
  const options = await loadOptions(values.config);
  if (isObject(options) && options.redis === undefined && options.store === undefined) {
    const cure = 'Give redis, as the running servers have it: is an environment variable not set?';
    throw new Mistake(`The options have neither redis nor store, and what a process keeps in its memory, no command can reach. ${cure}`);
  }
  const server = createServer(isObject(options) ? { ...options, log: quiet } : options);
  try {
    return await use(server);
  } finally {
    await server.store.close();
  }
}

/** The warnings were given when the server started. */
const quiet: Log = { warn: () => {}, error: (message) => console.error(message) };

async function loadOptions(config: string | undefined): Promise<unknown> {
  const file = config ?? usualFiles.find((name) => existsSync(name));
  if (file === undefined || !existsSync(file)) {
    throw new Mistake(`There is no ${file ?? usualFiles[0]}. Name the module that exports the options of oauthRouter: --config <file>.`);
  }
  forbidListening(file);
  // What the module has to say is not the answer of the command.
  console.log = console.info = console.debug = console.error;
  try {
    const options = exportedBy(await import(pathToFileURL(resolve(file)).href), file);
    return typeof options === 'function' ? await options() : options;
  } catch (error) {
    if (error instanceof Mistake) throw error;
    throw new Failure(`${file} could not be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Compiled from TypeScript, a CommonJS module has its default one step deeper. */
function exportedBy(module: { readonly default?: unknown; readonly options?: unknown }, file: string): unknown {
  const inner = isObject(module.default) ? module.default : {};
  const options = module.options ?? inner.options ?? inner.default ?? module.default;
  if (options === undefined) {
    throw new Mistake(`${file} exports no options. Let it export them, or a function that gives them: as default, or by the name options.`);
  }
  if (typeof options === 'function' && ('listen' in options || 'protect' in options)) {
    throw new Mistake(`${file} exports an app or a router. Let it export the options that oauthRouter is called with.`);
  }
  return options;
}

/** A module that starts the app as well would take its port, and the command would never end. */
function forbidListening(file: string): void {
  Listener.prototype.listen = () => {
    throw new Mistake(
      `${file} starts a server, which a command must not do. Put the options into a module of their own, as oauth.config.js, ` +
        'which the app imports; and name that one: --config <file>.',
    );
  };
}
