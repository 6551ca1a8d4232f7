/**
 * Redis for oidc-provider, by the same commands as the adapter among its examples: hashes for what is consumed, a list of tokens for each grant,
 * lookups by uid, and each write as one transaction.
 */

const grantable = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode', 'BackchannelAuthenticationRequest']);
const consumable = new Set(['AuthorizationCode', 'RefreshToken', 'DeviceCode', 'BackchannelAuthenticationRequest']);

/** @param {import('ioredis').Redis} redis */
export function adapterOn(redis) {
  return class {
    #name;

    /** @param {string} name */
    constructor(name) {
      this.#name = name;
    }

    /** @param {string} id */
    #key(id) {
      return `oidc:${this.#name}:${id}`;
    }

    /** @param {string} id @param {import('oidc-provider').AdapterPayload} payload @param {number} expiresIn */
    async upsert(id, payload, expiresIn) {
      const key = this.#key(id);
      const text = JSON.stringify(payload);
      const multi = redis.multi();
      if (consumable.has(this.#name)) multi.hset(key, { payload: text });
      else multi.set(key, text);
      if (expiresIn) multi.expire(key, expiresIn);
      if (grantable.has(this.#name) && payload.grantId) {
        const grantKey = `oidc:grant:${payload.grantId}`;
        multi.rpush(grantKey, key);
        if (expiresIn > (await redis.ttl(grantKey))) multi.expire(grantKey, expiresIn);
      }
      if (payload.uid) multi.set(`oidc:uid:${payload.uid}`, id, 'EX', expiresIn);
      await multi.exec();
    }

    /** @param {string} id */
    async find(id) {
      if (!consumable.has(this.#name)) {
        const text = await redis.get(this.#key(id));
        return text === null ? undefined : JSON.parse(text);
      }
      const { payload, ...rest } = await redis.hgetall(this.#key(id));
      return payload === undefined ? undefined : { ...rest, ...JSON.parse(payload) };
    }

    /** @param {string} uid */
    async findByUid(uid) {
      const id = await redis.get(`oidc:uid:${uid}`);
      return id === null ? undefined : this.find(id);
    }

    async findByUserCode() {
      return undefined; // there is no device flow here
    }

    /** @param {string} id */
    async destroy(id) {
      await redis.del(this.#key(id));
    }

    /** @param {string} grantId */
    async revokeByGrantId(grantId) {
      const tokens = await redis.lrange(`oidc:grant:${grantId}`, 0, -1);
      const multi = redis.multi();
      for (const token of tokens) multi.del(token);
      multi.del(`oidc:grant:${grantId}`);
      await multi.exec();
    }

    /** @param {string} id */
    async consume(id) {
      await redis.hset(this.#key(id), 'consumed', Math.floor(Date.now() / 1000));
    }
  };
}
