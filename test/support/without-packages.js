/** Stands in the way of packages that an API on another machine must do without. */

const refused = ['csurf', 'cookie-parser', 'ejs', 'ioredis', 'zod', '@simplewebauthn/server', '@simplewebauthn/server/helpers'];

/** @type {import('node:module').ResolveHook} */
export async function resolve(specifier, context, next) {
  const isNeeded = context.parentURL?.includes('/lib/') && !context.parentURL.includes('/node_modules/');
  if (isNeeded && refused.includes(specifier)) throw new Error(`${context.parentURL} loads ${specifier}.`);
  return next(specifier, context);
}
