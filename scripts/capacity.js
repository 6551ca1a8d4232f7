/** `npm run capacity`: what each thing costs in a real Redis. `npm run capacity -- --write` puts the table into docs/capacity.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkNode, install, root } from './prepare.js';

checkNode();
await install();
const { values } = parseArgs({ options: { write: { type: 'boolean' } } });

register('../test/support/typescript-hooks.js', import.meta.url);
const { measure, tableOf } = await import('../test/capacity/measure.js');

const measurement = await measure(10_000);
const { redis, copies } = measurement;
const day = new Date().toISOString().slice(0, 10);
const text = `${tableOf(measurement)}\n\nMeasured on ${day} with Redis ${redis} and ${copies.toLocaleString('en-US')} of each: \`npm run capacity -- --write\`.`;
console.log(text);

if (values.write) {
  const file = join(root, 'docs', 'capacity.md');
  const between = /(<!-- measured -->\n)[\s\S]*(<!-- end -->)/;
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(between, (_, begin, end) => `${begin}\n${text}\n\n${end}`),
  );
}
process.exit();
