/** A host full of ordinary middleware, with our router in it. */
import cookieParser from 'cookie-parser';
import express from 'express';
import session from 'express-session';
import helmet from 'helmet';
import { secret } from '../world.js';
import { listen } from './listen.js';
import { addTo, parts } from './ours.js';

/** @type {import('./start.js').Serve} */
export async function serve(start) {
  await listen(busyHost(start).listen(start.port, '127.0.0.1'));
  return parts;
}

/** @param {import('./start.js').Start} start */
export function busyHost(start) {
  const app = express();
  app.use(helmet());
  app.use(cookieParser(secret));
  app.use(session({ secret, resave: false, saveUninitialized: false }));
  app.use(express.json());
  app.use(express.urlencoded({ extended: false }));
  addTo(app, start);
  app.get('/empty', (_req, res) => void res.end());
  return app;
}
