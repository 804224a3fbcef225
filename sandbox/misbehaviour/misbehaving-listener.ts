import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { DecidingEndpoint } from '../decision-log/logged-decision.ts';
import type { HttpListener } from '../process-server.ts';
import { askedOf } from './asked.ts';
import { answerError } from './error-answer.ts';
import type { Fault, FaultOf } from './fault.ts';
import { withListingFaults } from './misbehaving-world.ts';
import type { Happening, Misbehaviour } from './misbehaviour.ts';
import { resetConnection } from './reset-connection.ts';
import { loseAnswer, shapeResponse } from './shaped-response.ts';
import type { Shape } from './shaped-response.ts';
import { writeRate } from './write-rate.ts';

/** `listener`, with what `misbehaviour` does to its requests and answers; as it is where there is no rule. */
export function misbehavingListener(
  endpoint: DecidingEndpoint,
  listener: HttpListener,
  misbehaviour: Misbehaviour,
): HttpListener {
  const writesTooFast = writeRate();
  return (request, response, awaitsContinue) => {
    if (!misbehaviour.active) {
      listener(request, response, awaitsContinue);
      return;
    }
    const skewMs = misbehaviour.skewMs(endpoint);
    if (skewMs !== 0) response.setHeader('date', new Date(Date.now() + skewMs).toUTCString());
    const asked = askedOf(endpoint, request);
    const happenings = misbehaviour.happenTo(asked);
    const faults = happenings.map(({ fault }) => fault);
    const proceed = (): void => {
      if (interrupted(faults, request)) return;
      const refusal =
        faultOf(faults, 'error') ??
        faults
          .filter(({ kind }) => kind === 'write-rate')
          .find((fault) => writesTooFast(fault as FaultOf<'write-rate'>, asked));
      if (refusal !== undefined) {
        // The client may still hold its body back: the connection cannot serve another request.
        if (awaitsContinue) response.shouldKeepAlive = false;
        answerError(asked, refusal.kind === 'error' ? refusal : { status: 429 }, request, response);
        return;
      }
      shape(faults, request, response);
      withListingFaults(faults, { startAfter: startAfterOf(request) }, () =>
        listener(request, response, awaitsContinue),
      );
    };
    const delayMs = latencyMs(happenings);
    if (delayMs === 0) proceed();
    else void waitFor(delayMs, response).then((stillThere) => stillThere && proceed());
  };
}

function faultOf<Kind extends Fault['kind']>(faults: readonly Fault[], kind: Kind): FaultOf<Kind> | undefined {
  return faults.find((fault): fault is FaultOf<Kind> => fault.kind === kind);
}

function latencyMs(happenings: readonly Happening[]): number {
  return happenings.reduce(
    (sum, { fault, random }) => (fault.kind === 'latency' ? sum + fault.delayMs + random() * fault.jitterMs : sum),
    0,
  );
}

/** False where the client left meanwhile. */
async function waitFor(delayMs: number, response: ServerResponse): Promise<boolean> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  response.once('close', leave);
  try {
    await delay(delayMs, undefined, { signal: gone.signal });
    return true;
  } catch {
    return false;
  } finally {
    response.off('close', leave);
  }
}

/** Whether the request ended here: reset, or left without an answer. */
function interrupted(faults: readonly Fault[], request: IncomingMessage): boolean {
  for (const fault of faults) {
    if (fault.kind === 'stall' && fault.when === 'before') return true;
    if (fault.kind === 'reset' && fault.when === 'before') {
      resetConnection(request.socket);
      return true;
    }
  }
  return false;
}

function shape(faults: readonly Fault[], request: IncomingMessage, response: ServerResponse): void {
  const reset = faultOf(faults, 'reset');
  if (reset?.when === 'after-request') {
    loseAnswer(response);
    return;
  }
  if (reset?.when === 'in-request') resetInRequest(request, reset.afterBytes);
  const cut = cutOf(faults);
  const bytesPerSecond = faultOf(faults, 'bandwidth')?.bytesPerSecond;
  const corruptAt = faultOf(faults, 'corrupt')?.atByte;
  if (cut === undefined && bytesPerSecond === undefined && corruptAt === undefined) return;
  shapeResponse(response, {
    ...(bytesPerSecond !== undefined && { bytesPerSecond }),
    ...(corruptAt !== undefined && { corruptAt }),
    ...(cut && { cut }),
  });
}

function cutOf(faults: readonly Fault[]): Shape['cut'] {
  for (const fault of faults) {
    if (fault.kind === 'reset' && fault.when === 'in-response') return { afterBytes: fault.afterBytes, then: 'reset' };
    if (fault.kind === 'stall') return { afterBytes: fault.afterBytes, then: 'stall' };
    if (fault.kind === 'truncate') {
      return { afterBytes: fault.afterBytes, then: fault.lengthHeader === 'kept' ? 'close' : 'finish' };
    }
  }
  return undefined;
}

/** Counts where the parser hands over what came in, so that nobody else has to read the body differently. */
function resetInRequest(request: IncomingMessage, afterBytes: number): void {
  const push = request.push.bind(request);
  let bytes = 0;
  request.push = (chunk: Buffer | null, encoding?: BufferEncoding) => {
    bytes += chunk?.length ?? 0;
    if (chunk !== null && bytes > afterBytes) {
      resetConnection(request.socket);
      return false;
    }
    return push(chunk, encoding);
  };
}

/** Whether a listing begins by `start-after` (ListObjectsV2) rather than going on by a token. */
function startAfterOf({ url = '' }: IncomingMessage): boolean {
  const query = new URLSearchParams(url.split(/\?(.*)/s, 2)[1] ?? '');
  return query.has('start-after') && !query.has('continuation-token');
}
