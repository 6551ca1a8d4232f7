/** Our own, served as the recipe for Node 20 and 22 has it. */
import express from 'express';
import { listen } from './listen.js';
import { addTo, parts } from './ours.js';
import { serverFor } from './prototypes.js';

/** @type {import('./start.js').Serve} */
export async function serve(start) {
  const app = express();
  addTo(app, start);
  await listen(serverFor(app).listen(start.port, '127.0.0.1'));
  return parts;
}
