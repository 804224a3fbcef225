import { UserError, exitCodes } from '../base/user-error.ts';
import type { S3Call } from '../engine/s3-request.ts';
import { parseUploadStarted } from '../engine/s3-xml.ts';
import type { Ask, FullAnswer } from './asking.ts';
import { type Wait, askUntil } from './patience.ts';
import { answerInWords } from './report.ts';
import { classifyAnswer, type Provider } from './refusal.ts';

/** What a canary holds. */
export const canaryBody = 'A canary of sluice: it may be deleted at any time.\n';

/**
 * The canaries of one run, written and removed by the deploying identity. Whatever may have come into being is
 * remembered before the request that could make it is sent, so that a lost answer leaves nothing behind.
 */
export interface Canaries {
  /** Writes a canary. Throws a `UserError` where the deploying identity cannot. */
  put(bucket: string, key: string): Promise<void>;
  /** Starts a multipart upload and returns its id. Throws a `UserError` where the deploying identity cannot. */
  startUpload(bucket: string, key: string): Promise<string>;
  /** Remembers what a probe may make; the function it returns forgets it, for a probe that was refused. */
  expectObject(bucket: string, key: string): () => void;
  expectBucket(bucket: string): () => void;
  /** Remembers a version that an answer named: on a versioned bucket a plain delete would keep it. */
  noteVersion(bucket: string, key: string, answer: FullAnswer): void;
  /** Removes everything; returns what it could not remove and why, for people. */
  removeAll(): Promise<string[]>;
}

interface Removal {
  readonly bucket: string;
  readonly call: S3Call;
  /** For people. */
  readonly what: string;
}

/** How long the deploying identity's own requests are repeated when an endpoint is busy. */
const patienceSeconds = 20;

/** Prepares canaries as the deploying identity, and removes what it prepared, in any order and after an abort too. */
export function openCanaries(options: {
  readonly provider: Provider;
  /** The deploying identity at a bucket. It must work after an abort too. */
  readonly administrator: (bucket: string) => Ask;
  readonly wait?: Wait | undefined;
}): Canaries {
  const { provider, administrator, wait } = options;
  const removals = new Map<string, Removal>();

  const patiently = (bucket: string, call: S3Call): Promise<FullAnswer> =>
    askUntil({
      ask: () => administrator(bucket)(call),
      isDone: (answer) => classifyAnswer(provider, answer) !== 'transient',
      timeoutSeconds: patienceSeconds,
      wait,
    });
  const remember = (bucket: string, call: Omit<S3Call, 'method'>): (() => void) => {
    const what = [bucket, call.key].filter((part) => part !== undefined).join('/');
    const id = `${what}?${new URLSearchParams(call.query).toString()}`;
    removals.set(id, { bucket, call: { ...call, method: 'DELETE', bucket }, what });
    return () => {
      removals.delete(id);
    };
  };
  const requireWritten = (answer: FullAnswer, bucket: string, key: string): FullAnswer => {
    if (classifyAnswer(provider, answer) === 'allowed') return answer;
    throw new UserError({
      where: `${bucket}/${key}`,
      what: `the deploying identity cannot write a canary: ${answerInWords(answer)}`,
      fix: 'give it list, write and delete there, or set smoke.canaries to false',
      exitCode: exitCodes.failed,
    });
  };
  const noteVersion: Canaries['noteVersion'] = (bucket, key, { headers }) => {
    const versionId = headers['x-amz-version-id'];
    if (versionId !== undefined && versionId !== 'null') remember(bucket, { key, query: { versionId } });
  };

  return {
    noteVersion,
    async put(bucket, key) {
      const forget = remember(bucket, { key });
      const answer = await patiently(bucket, { method: 'PUT', bucket, key, body: canaryBody });
      if (classifyAnswer(provider, answer) === 'refused') forget();
      noteVersion(bucket, key, requireWritten(answer, bucket, key));
    },
    async startUpload(bucket, key) {
      const answer = await patiently(bucket, { method: 'POST', bucket, key, query: { uploads: '' } });
      const uploadId = parseUploadStarted(requireWritten(answer, bucket, key).body);
      remember(bucket, { key, query: { uploadId } });
      return uploadId;
    },
    expectObject: (bucket, key) => remember(bucket, { key }),
    expectBucket: (bucket) => remember(bucket, {}),
    async removeAll() {
      const left = await Promise.all([...removals.values()].map((each) => remove(each)));
      return left.filter((problem) => problem !== undefined);
    },
  };

  async function remove({ bucket, call, what }: Removal): Promise<string | undefined> {
    const answer = await patiently(bucket, call);
    // A plain delete on a versioned bucket hides the object behind a marker, which is a version too.
    const markerId = answer.headers['x-amz-version-id'];
    if (answer.headers['x-amz-delete-marker'] === 'true' && markerId !== undefined && call.key !== undefined) {
      await patiently(bucket, { ...call, query: { versionId: markerId } });
    }
    const isGone = classifyAnswer(provider, answer) === 'allowed' || answer.status === 404;
    return isGone ? undefined : `${what}: ${answerInWords(answer)}`;
  }
}
