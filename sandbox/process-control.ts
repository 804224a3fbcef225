import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { GithubTokens } from './aws/github-tokens.ts';
import type { DecisionLog } from './decision-log/decision-log.ts';
import type { DecisionPage } from './decision-log/logged-decision.ts';
import type { Misbehaviour } from './misbehaviour/misbehaviour.ts';
import { parseJson } from './process-directory.ts';
import type { Health } from './process-record.ts';
import { continuing } from './process-server.ts';
import type { HttpListener } from './process-server.ts';

export interface ControlOptions {
  readonly health: Health;
  readonly decisions: DecisionLog;
  readonly misbehaviour: Misbehaviour;
  readonly github: GithubTokens;
}

/**
 * The sandbox's own switchboard. It gives out no secret, but to holders of the administrator's key.
 *
 *     GET /health                                            which sandbox answers here
 *     GET /decisions?after=&refused=&limit=&waitSeconds=     the decision log
 *     PUT, GET, DELETE /misbehaviours                        sets, shows and ends misbehaviour on demand
 *     GET /github-token?subject=&audience=                   as a job of GitHub Actions asks for its own token
 */
export function controlListener(options: ControlOptions): HttpListener {
  return continuing((request, response) => {
    answer(options, request, response)
      .catch((error: unknown): ControlAnswer => {
        console.error(error);
        return { status: 500, body: { error: 'a bug in the sandbox: see its log' } };
      })
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      })
      .catch(() => response.destroy());
  });
}

interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

async function answer(
  { health, decisions, misbehaviour, github }: ControlOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<ControlAnswer> {
  // Not by URL, which throws for what is none.
  const [pathname = '', query] = (request.url ?? '/').split(/\?(.*)/s, 2);
  const searchParams = new URLSearchParams(query);
  switch (`${request.method ?? ''} ${pathname}`) {
    case 'GET /health':
      return { status: 200, body: health };
    case 'GET /decisions':
      return parsed(decisionQuery, Object.fromEntries(searchParams), (query) => readLog(decisions, query, response));
    case 'GET /misbehaviours':
      return { status: 200, body: misbehaviour.report() };
    case 'PUT /misbehaviours':
      return parsed(misbehaviour.schema, parseJson(await readBody(request)), (wanted) => {
        misbehaviour.set(wanted);
        return misbehaviour.report();
      });
    case 'DELETE /misbehaviours':
      misbehaviour.set({ seed: 1, rules: [] });
      return { status: 200, body: misbehaviour.report() };
    case 'GET /github-token':
      if (!github.isJob(request.headers.authorization)) return { status: 401, body: { error: 'this is no job' } };
      return parsed(githubTokenQuery, Object.fromEntries(searchParams), async (job) => ({
        value: await github.mint(job),
      }));
    default:
      return {
        status: 404,
        body: {
          error: 'there are GET /health, GET /decisions, GET /github-token, and PUT, GET, DELETE /misbehaviours',
        },
      };
  }
}

async function parsed<Value>(
  schema: z.ZodType<Value>,
  input: unknown,
  run: (value: Value) => unknown,
): Promise<ControlAnswer> {
  const { success, data, error } = schema.safeParse(input);
  if (success) return { status: 200, body: await run(data) };
  const problems = error.issues.map(({ path, message }) => ({ where: path.join('.'), what: message }));
  return { status: 400, body: { error: 'the request is not understood', problems } };
}

const githubTokenQuery = z.strictObject({ subject: z.string().startsWith('repo:'), audience: z.string().min(1) });

const decisionsMax = 1000;
/** A client that follows asks again after it. */
const waitSecondsMax = 30;

const decisionQuery = z.strictObject({
  after: z.coerce.number().int().nonnegative().default(0),
  refused: z.stringbool().default(false),
  limit: z.coerce.number().int().min(1).max(decisionsMax).default(decisionsMax),
  /** How long to wait for a decision where there is none beyond `after`. */
  waitSeconds: z.coerce.number().min(0).max(waitSecondsMax).default(0),
});

async function readLog(
  decisions: DecisionLog,
  { after, refused, limit, waitSeconds }: z.infer<typeof decisionQuery>,
  response: ServerResponse,
): Promise<DecisionPage> {
  const query = { after, refusedOnly: refused, decisionsMax: limit };
  const page = decisions.page(query);
  if (page.last > after || waitSeconds === 0) return page;
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  await decisions.beyond(after, AbortSignal.any([gone.signal, AbortSignal.timeout(waitSeconds * 1000)]));
  return decisions.page(query);
}

/** Rules are few; more than this is no list of them. */
const bodyCharactersMax = 1024 * 1024;

async function readBody(request: IncomingMessage): Promise<string> {
  request.setEncoding('utf8');
  let body = '';
  for await (const chunk of request as AsyncIterable<string>) if (body.length <= bodyCharactersMax) body += chunk;
  return body.length > bodyCharactersMax ? '' : body;
}
