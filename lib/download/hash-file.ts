/** The sha256 of a whole file, lower-case hex. Rejects with the signal's reason when it aborts, and when the file cannot be read. */
export async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  const hasher = new Bun.CryptoHasher('sha256');
  for await (const chunk of Bun.file(path).stream()) {
    signal.throwIfAborted();
    hasher.update(chunk);
  }
  return hasher.digest('hex');
}
