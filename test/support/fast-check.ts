/**
 * fast-check with one seed, so that what is green stays green and what is red is so again: the same examples in every run.
 * New examples are drawn by another seed: `PROPERTY_SEED=7 npm test`, or `PROPERTY_SEED=random npm test`.
 */
import fc from 'fast-check';

const { PROPERTY_SEED: seed = '20' } = process.env;

if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });

export default fc;
