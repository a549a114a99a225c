/** Requests of one address in five minutes, without and with an account (Hugging Face's rate limits, 2025-09). */
const QUOTAS = { api: [500, 1000], resolvers: [3000, 5000], pages: [100, 200] } as const;
export type HfBucket = keyof typeof QUOTAS;

const WINDOW_SECONDS = 300;

/** Counts requests in fixed windows of five minutes. */
export function makeRateLimits(
  now: () => number,
): (bucket: HfBucket, hasAccount: boolean) => { headers: Record<string, string>; exceeded: boolean } {
  const used = new Map<string, number>();
  let started = now();
  return (bucket, hasAccount) => {
    if (now() - started >= WINDOW_SECONDS * 1000) {
      used.clear();
      started = now();
    }
    const quota = QUOTAS[bucket][hasAccount ? 1 : 0];
    const count = (used.get(bucket) ?? 0) + 1;
    used.set(bucket, count);
    const left = WINDOW_SECONDS - Math.floor((now() - started) / 1000);
    const headers = {
      ratelimit: `"${bucket}";r=${Math.max(0, quota - count)};t=${left}`,
      'ratelimit-policy': `"fixed window";"${bucket}";q=${quota};w=${WINDOW_SECONDS}`,
    };
    return { headers, exceeded: count > quota };
  };
}
