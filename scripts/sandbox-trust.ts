import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Endpoints } from '../policies/configuration.ts';
import type { SandboxStatus } from '../sandbox/status.ts';

/**
 * Lets this process trust the sandbox's authority beside all that it trusts already, where one of the stack's `endpoints`
 * is reached over HTTPS. The authority can vouch for this machine and the sandbox's zone alone.
 */
export async function trustSandbox({ tls }: SandboxStatus, endpoints: Endpoints | undefined): Promise<void> {
  const { aws, r2, edge } = endpoints ?? {};
  const urls = [aws, r2, edge].flatMap((places) => Object.values(places ?? {}));
  if (!urls.some((url) => url.startsWith('https:'))) return;
  setDefaultCACertificates([...getCACertificates('default'), await readFile(tls.authorityFile, 'utf8')]);
}
