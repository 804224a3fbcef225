import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent } from 'undici';
import { z } from 'zod';
import { issueCertificate, makeAuthority } from '../sandbox/tls/certificates.ts';
import { pinned, type Usage } from './measured-process.ts';

export interface FastServer {
  readonly url: string;
  /** Has Node trust the server's certificate, where it has one. */
  readonly environment: Readonly<Record<string, string>>;
  /** What whoever reaches it over TLS has to trust. */
  readonly authorityFile: string | undefined;
  /** What it used since it was last asked. */
  usage(): Promise<{ readonly cpuSeconds: number; readonly requests: number }>;
  close(): Promise<void>;
}

export interface FastServerOptions {
  readonly keys: number;
  readonly bodyBytes: number;
  readonly isDeep?: boolean;
  /** Before each answer. */
  readonly latencyMs?: number;
  /** With a certificate of its own, made for this one server. */
  readonly isSecure?: boolean;
  /** On a core of its own, as `pinned` has it, unless said otherwise. */
  readonly isPinned?: boolean;
}

const usageSchema = z.object({ user: z.number(), system: z.number(), requests: z.number() });

/** Starts `fast-server.ts` on a free port of the loopback. */
export async function startFastServer({
  isSecure = false,
  isPinned = true,
  ...options
}: FastServerOptions): Promise<FastServer> {
  const tlsDirectory = isSecure ? await makeCertificates() : undefined;
  const path = join(import.meta.dirname, 'fast-server.ts');
  const input = JSON.stringify({ isDeep: false, latencyMs: 0, tlsDirectory, ...options });
  const flags = ['--disable-warning=ExperimentalWarning', path, input];
  const authorityFile = tlsDirectory === undefined ? undefined : join(tlsDirectory, 'authority.pem');
  const asking = new Agent(authorityFile === undefined ? {} : { connect: { ca: readFileSync(authorityFile) } });
  const started = [process.execPath, ...flags];
  const [command = '', ...words] = isPinned ? pinned('server', started) : started;
  const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  const url = `${isSecure ? 'https' : 'http'}://127.0.0.1:${port}`;
  let before = { cpuSeconds: 0, requests: 0 };
  return {
    url,
    environment: authorityFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: authorityFile },
    authorityFile,
    async usage() {
      const { body } = await asking.request({ origin: url, path: '/-/usage', method: 'GET' });
      const { user, system, requests } = usageSchema.parse(await body.json());
      const now = { cpuSeconds: (user + system) / 1e6, requests };
      const used = { cpuSeconds: now.cpuSeconds - before.cpuSeconds, requests: now.requests - before.requests };
      before = now;
      return used;
    },
    async close() {
      await asking.close();
      child.stdin.end();
      await once(child, 'close');
      if (tlsDirectory !== undefined) rmSync(tlsDirectory, { recursive: true, force: true });
    },
  };
}

/** A directory with a certificate for the loopback and the authority that signed it, for one server's life. */
async function makeCertificates(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-tls-'));
  const now = new Date();
  const authority = await makeAuthority({ domains: ['localhost'], now });
  const server = await issueCertificate(authority, { names: ['localhost', '127.0.0.1'], now });
  writeFileSync(join(directory, 'authority.pem'), authority.certificate);
  writeFileSync(join(directory, 'server.pem'), server.certificate);
  writeFileSync(join(directory, 'server-key.pem'), server.privateKey, { mode: 0o600 });
  return directory;
}

/** Says how busy the server was while somebody else used it for so long: near 100 %, it is the server that was measured. */
export async function tellServerShare(
  server: FastServer,
  { seconds }: Pick<Usage, 'seconds'>,
  narrate: (line: string) => void,
): Promise<void> {
  const { cpuSeconds, requests } = await server.usage();
  const share = Math.round((cpuSeconds / seconds) * 100);
  const cost = Math.round((cpuSeconds / requests) * 1e6);
  narrate(`the server was busy for ${share} % of the engine's run, ${cost} us per request`);
}
