/** Tells the operator when a store stops answering and when it answers again: a line each, however many requests are refused in between. */
import { StoreUnavailable } from '../errors.js';
import type { JointLimiter, Limiter, Store } from '../model/store.js';
import type { Clock } from '../platform/clock.js';
import type { Log } from '../platform/log.js';
import { createOutage } from '../platform/outage.js';

export function watched(store: Store, clock: Clock, log: Log): Store {
  const outage = createOutage('The store does not answer. Requests that need it are refused with 503 until it does.', {
    clock,
    log,
    back: (failures) => `The store answers again. It had failed ${failures} ${failures === 1 ? 'time' : 'times'}.`,
  });

  function tell(error: unknown): never {
    if (error instanceof StoreUnavailable) outage.began(error);
    throw error;
  }

  async function watch<T>(answer: Promise<T>): Promise<T> {
    const given = await answer.catch(tell);
    outage.ended();
    return given;
  }

  /** That it counts does not say that the store is back: what counts in Redis goes on in memory meanwhile. */
  const watchedLimiter = (limiter: Limiter): Limiter => ({
    count: (key) => limiter.count(key).catch(tell),
    giveBack: (key) => limiter.giveBack(key).catch(tell),
    forget: (key) => limiter.forget(key).catch(tell),
  });
  const watchedJoint = (limiter: JointLimiter): JointLimiter => ({
    count: (place, counters) => limiter.count(place, counters).catch(tell),
    giveBack: (place, counters) => limiter.giveBack(place, counters).catch(tell),
    forgive: (place, counters) => limiter.forgive(place, counters).catch(tell),
  });

  return {
    get: <T>(key: string) => watch(store.get<T>(key)),
    put: (key, value, ttl) => watch(store.put(key, value, ttl)),
    add: (key, value, ttl) => watch(store.add(key, value, ttl)),
    swap: (key, version, value, ttl) => watch(store.swap(key, version, value, ttl)),
    delete: (key) => watch(store.delete(key)),
    link: (owner, id, ttl) => watch(store.link(owner, id, ttl)),
    linked: (owner) => watch(store.linked(owner)),
    ...(store.limiter && { limiter: (limit) => watchedLimiter((store.limiter as NonNullable<Store['limiter']>)(limit)) }),
    ...(store.jointLimiter && {
      jointLimiter: (limits) => watchedJoint((store.jointLimiter as NonNullable<Store['jointLimiter']>)(limits)),
    }),
    close: () => store.close(),
  };
}
