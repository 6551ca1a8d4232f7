/**
 * `npm run faults`: the tests of test/faults with 2 000 flows instead of 200, and their figures as rows of the table in docs/reliability.md.
 * `npm run faults -- 500` takes another number; what follows goes to jest.
 */
import { join } from 'node:path';
import { checkNode, install, root, run } from './prepare.js';

checkNode();
await install();
const [first, ...others] = process.argv.slice(2);
const isNumber = /^\d+$/.test(first ?? '');
const args = isNumber || first === undefined ? others : [first, ...others];
const jest = join(root, 'node_modules/jest/bin/jest.js');
const options = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, '--runInBand', ...args];

// The rows come in the order of the tests: those of flows have the first of these heads, those of answers the second.
console.log('| fault | flows | requests | issued twice | lost | asked again | spent unseen | 503 | outage s | slowest answer s | took s |');
console.log('| fault | answers | slowest answer s | sockets | heap MB | recovery s |');
process.exitCode = await run(process.execPath, args.length > 0 ? options : [...options, 'test/faults'], {
  env: { ...process.env, FAULT_FLOWS: isNumber ? first : '2000' },
});
