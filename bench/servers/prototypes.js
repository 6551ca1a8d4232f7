/**
 * Express gives each request and each response its own prototype (`Object.setPrototypeOf`), for which V8 before Node 24 makes slow whatever
 * is done with them afterwards. Here they are born with it, and Express has nothing to change. A test holds it to be what docs/performance.md
 * shows, but for the types.
 */
import { createServer, IncomingMessage, ServerResponse } from 'node:http';

/** @param {import('express').Express} app */
export function serverFor(app) {
  return createServer({ IncomingMessage: bornAs(IncomingMessage, app.request), ServerResponse: bornAs(ServerResponse, app.response) }, app);
}

/**
 * By `call`, as what Node exports are functions still: `Reflect.construct` makes objects that are as slow as before.
 *
 * @template {Function} Class
 * @param {Class} parent
 * @param {object} prototype
 */
function bornAs(parent, prototype) {
  /** @this {object} @param {unknown[]} args */
  function Born(...args) {
    parent.call(this, ...args);
  }
  Born.prototype = prototype;
  return /** @type {Class} */ (/** @type {unknown} */ (Born));
}
