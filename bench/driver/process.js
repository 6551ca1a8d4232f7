/** The process of the driver: does what it is told, and tells when the measured time begins and ends. */
import { once } from 'node:events';
import { register } from 'node:module';

register('../../test/support/typescript-hooks.js', import.meta.url);
const { drive } = await import('./drive.js');

process.on('disconnect', () => process.exit());

process.on('message', async (/** @type {{ order?: import('./drive.js').Order }} */ { order }) => {
  if (!order) return;
  try {
    const result = await drive(order, async () => {
      process.send?.({ pause: true });
      await once(process, 'message'); // the server is asked what it has used
    });
    process.send?.({ result });
  } catch (error) {
    process.send?.({ failure: error instanceof Error ? error.message : String(error) });
  }
});
