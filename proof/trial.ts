import assert from 'node:assert/strict';
import type { Dispatcher } from 'undici';
import { UserError } from '../base/user-error.ts';
import type { BucketPlace } from '../engine/place.ts';
import type { S3Endpoint } from '../engine/s3-request.ts';
import type { Grant } from '../policies/grant.ts';
import type { Probe } from '../policies/probe.ts';
import { probeRequest } from '../policies/probe-request.ts';
import type { StorageRequest } from '../policies/storage-request.ts';
import { askerAt, seenIn } from './asking.ts';
import type { Canaries } from './canaries.ts';
import { judge, notProven } from './judgement.ts';
import { liveCall, probeNeeds } from './live-call.ts';
import { classifyAnswer } from './refusal.ts';
import type { Check } from './report.ts';

export interface TrialOptions {
  readonly grant: Grant;
  /** The granted place, with the credential under test. */
  readonly place: BucketPlace;
  /** Where and as whom the deploying identity prepares and removes canaries. */
  readonly administrator: {
    /** Asked for the granted bucket, the decoy, and a bucket that CreateBucket may have made. */
    place(bucket: string): Required<S3Endpoint>;
  };
  /** A bucket of ours that the credential must not reach; canaries may be written there. */
  readonly decoyBucket?: string;
  /** Where the granted place answers over plain HTTP; without it, no refusal of plain HTTP is proven. */
  readonly plainHttpEndpoint?: string;
  /** Write canaries under `<prefix>.sluice-canary/`. */
  readonly canaries: boolean;
  /** Also write them elsewhere in the granted bucket, and try to make a bucket. */
  readonly outsideCanaries: boolean;
  readonly signal?: AbortSignal;
}

export interface TrialContext extends TrialOptions {
  readonly pool: Dispatcher;
  readonly keeper: Canaries;
}

/** One probe, ready to be sent as often as needed. */
export interface Trial {
  readonly probe: Probe;
  /** Prepares a canary of its own, sends the probe, judges the answer. `turn` is another number each time. */
  attempt(turn: number): Promise<Check>;
}

/**
 * Why a probe may not be sent, if so: canaries stay under the granted prefix unless configuration says otherwise, and
 * another bucket is one that was named for it, never a stranger's.
 */
export function obstacle(
  { place, operation, plainHttp }: Probe,
  { grant, decoyBucket, canaries, outsideCanaries, plainHttpEndpoint }: TrialOptions,
): string | undefined {
  const need = probeNeeds[operation];
  if (plainHttp && plainHttpEndpoint === undefined) return 'no plain HTTP address of the endpoint is known';
  if (place === 'other-bucket' && (decoyBucket === undefined || decoyBucket === grant.location.bucket)) {
    return 'smoke.decoyBuckets names no other bucket';
  }
  if (need === 'nothing') return undefined;
  if (!canaries) return 'smoke.canaries is off';
  if (place === 'inside' || place === 'other-bucket' || outsideCanaries) return undefined;
  return 'smoke.outsideCanaries is off';
}

/** A trial whose canaries are named `<name>-<turn>`: trials run beside each other, and one's success harms no other. */
export function openTrial(probe: Probe, name: string, context: TrialContext): Trial {
  const { place, keeper } = context;
  const ask = askerAt(targetOf(probe, context), context);
  return {
    probe,
    async attempt(turn) {
      const request = requestOf(probe, `${name}-${turn}`, context);
      let prepared: Prepared;
      try {
        prepared = await prepare(request, keeper);
      } catch (error) {
        // A decoy that cannot be prepared leaves its probes open; the granted place must be ready.
        if (error instanceof UserError && probe.place === 'other-bucket') return notProven(probe, error.message);
        throw error;
      }
      const answer = await ask(liveCall(request, { uploadId: prepared.uploadId, region: place.region }));
      if (request.bucket !== undefined && request.key !== undefined) {
        keeper.noteVersion(request.bucket, request.key, answer);
      }
      const kind = classifyAnswer(place.provider, answer);
      if (kind === 'refused' || kind === 'bad-credential') prepared.forget?.();
      return judge(probe, kind, seenIn(answer));
    },
  };
}

/** Another bucket may be served elsewhere (another region); it is asked there, with the credential under test. */
function targetOf({ place, plainHttp }: Probe, context: TrialContext): S3Endpoint {
  if (plainHttp && context.plainHttpEndpoint !== undefined) {
    return { ...context.place, endpoint: context.plainHttpEndpoint };
  }
  if (place !== 'other-bucket' || context.decoyBucket === undefined) return context.place;
  return { ...context.administrator.place(context.decoyBucket), credentials: context.place.credentials };
}

type ProbeRequest = StorageRequest & Pick<Probe, 'operation'>;

function requestOf(probe: Probe, canary: string, { grant, decoyBucket }: TrialContext): ProbeRequest {
  const request = probeRequest(probe, grant, { canary, otherBucket: decoyBucket ?? 'unused' });
  return { ...request, operation: probe.operation };
}

interface Prepared {
  readonly uploadId?: string;
  /** Forgets what the probe would have made. */
  readonly forget?: () => void;
}

/** Makes what the probe needs to find, and remembers what it may make itself. */
async function prepare({ operation, bucket, key }: ProbeRequest, keeper: Canaries): Promise<Prepared> {
  const need = probeNeeds[operation];
  if (need === 'nothing') return {};
  assert(bucket !== undefined, `${operation} names a bucket`);
  if (need === 'makes-bucket') return { forget: keeper.expectBucket(bucket) };
  assert(key !== undefined, `${operation} names a key`);
  if (need === 'writes-object') return { forget: keeper.expectObject(bucket, key) };
  if (need === 'upload') return { uploadId: await keeper.startUpload(bucket, key) };
  await keeper.put(bucket, key);
  return {};
}
