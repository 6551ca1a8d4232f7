/** `node --import` of this lets the conformance runner of MCP start on Node 20, whose `fs` lacks a function that its other commands use. */
import fs from 'node:fs';
import { register } from 'node:module';

const hooks = `
  const fs = 'data:text/javascript,' + encodeURIComponent("export * from 'node:fs'; export function globSync() { throw new Error('not on Node 20'); }");
  export function resolve(specifier, context, next) {
    const isForRunner = specifier === 'fs' && context.parentURL?.includes('/@modelcontextprotocol/conformance/');
    return isForRunner ? { url: fs, shortCircuit: true } : next(specifier, context);
  }
`;

if (!('globSync' in fs)) register(`data:text/javascript,${encodeURIComponent(hooks)}`);
