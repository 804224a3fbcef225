import { createSecureContext } from 'node:tls';
import type { SecureContext, TlsOptions } from 'node:tls';
import type { Certificates } from './certificate-files.ts';
import type { CertifiedKey } from './certificates.ts';

/** Beyond it, names are forgotten and certified again at need. */
const namesKeptMax = 200;

/**
 * What makes a server speak TLS: the certificate of the loopback addresses, or one for the hostname that a client asks for
 * (`BUCKET.localhost`, a custom domain), made when it is first asked for. A wildcard would not do: many clients refuse
 * `*.localhost`. A hostname outside `domains` gets the first certificate, which its client refuses by itself.
 */
export function tlsServerOptions(certificates: Certificates, domains: readonly string[]): TlsOptions {
  const { server } = certificates;
  const contexts = new Map<string, Promise<SecureContext>>();
  const contextFor = (hostname: string): Promise<SecureContext> => {
    const known = contexts.get(hostname);
    if (known !== undefined) return known;
    if (contexts.size >= namesKeptMax) contexts.clear();
    const made = certificates.issueFor(hostname).then((pair) => createSecureContext(keyAndCertificate(pair)));
    contexts.set(hostname, made);
    return made;
  };
  return {
    ...keyAndCertificate(server),
    SNICallback(servername, done) {
      const hostname = servername.toLowerCase();
      if (!domains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`))) {
        done(null);
        return;
      }
      contextFor(hostname).then(
        (context) => done(null, context),
        (error: unknown) => done(error as Error),
      );
    },
  };
}

function keyAndCertificate({ certificate, privateKey }: CertifiedKey): { readonly key: string; readonly cert: string } {
  return { key: privateKey, cert: certificate };
}
