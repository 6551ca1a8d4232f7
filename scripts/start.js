/** `npm start`: from a fresh clone to the running example. */
import { constants } from 'node:os';
import { build, checkNode, install, stop } from './prepare.js';

checkNode();
await install();
if (!(await build())) stop('The build failed; see above.');

// npm passes Ctrl-C on, so that it reaches us twice: the second must not cut the example's own shutdown short.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.on(signal, () => setTimeout(() => process.exit(128 + constants.signals[signal]), 5_000).unref());
}
await import('../example-app/start.js');
