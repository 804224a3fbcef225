/** `http://127.0.0.1:4780` and the like: what a stand-in may talk to. A name other than `localhost` could resolve to anywhere. */
export function isLoopbackUrl(value: string): boolean {
  const url = URL.parse(value);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return false;
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(url.hostname);
}
