import type { Health } from './process-record.ts';
import { continuing } from './process-server.ts';
import type { HttpListener } from './process-server.ts';

/** The sandbox's own switchboard: `GET /health` says which sandbox answers here. It gives out no secret. */
export function controlListener(health: Health): HttpListener {
  return continuing((request, response) => {
    const found = request.method === 'GET' && request.url === '/health';
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ? health : { error: 'there is only GET /health' }));
  });
}
