/** The limit on bare node:http. */
import { createServer } from 'node:http';
import { createLimit, parts } from './limit.js';
import { listen } from './listen.js';

/** @type {import('./start.js').Serve} */
export async function serve(start) {
  await listen(createServer(answerWith(createLimit(start))).listen(start.port, '127.0.0.1'));
  return parts;
}

/**
 * @param {ReturnType<typeof createLimit>} limit
 * @returns {(req: import('node:http').IncomingMessage, res: import('node:http').ServerResponse) => void}
 */
export function answerWith(limit) {
  return (req, res) => {
    const { url = '/', method, headers } = req;
    const at = url.indexOf('?');
    const path = at < 0 ? url : url.slice(0, at);
    const query = new URLSearchParams(at < 0 ? '' : url.slice(at));

    /** @param {string} form */
    async function answer(form) {
      try {
        const { status, headers: own, body = '' } = await limit({ method, path, query, form: new URLSearchParams(form), headers });
        res.writeHead(status, { ...own, 'Content-Length': typeof body === 'string' ? Buffer.byteLength(body) : body.length });
        res.end(body);
      } catch (error) {
        console.error(error);
        res.writeHead(500, { 'Content-Length': 0 });
        res.end();
      }
    }

    if (method !== 'POST') return void answer('');
    /** @type {Buffer[]} */
    const chunks = [];
    req.on('data', (chunk) => chunks.push(chunk));
    req.on('end', () => answer(Buffer.concat(chunks).toString()));
  };
}
