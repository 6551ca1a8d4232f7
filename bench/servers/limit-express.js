/** The limit as one middleware of Express, which reads the form by hand and answers with `res.end`. */
import express from 'express';
import { createLimit, parts } from './limit.js';
import { answerWith } from './limit-http.js';
import { listen } from './listen.js';

/** @type {import('./start.js').Serve} */
export async function serve(start) {
  const app = express();
  app.use(answerWith(createLimit(start)));
  await listen(app.listen(start.port, '127.0.0.1'));
  return parts;
}
