import type { DecisionRecord, UnidentifiedRecord } from '../s3/listener.ts';
import type { DecisionLog } from './decision-log.ts';
import type { DecidingEndpoint } from './logged-decision.ts';

/** Keeps what one S3 endpoint decides; spread it into the options of `s3Listener`. */
export function loggingStorage(
  log: DecisionLog,
  endpoint: DecidingEndpoint,
): { onDecision: (record: DecisionRecord) => void; onUnidentified: (record: UnidentifiedRecord) => void } {
  return {
    onDecision({ at, requestId, principal, request, decision }) {
      const { operation, bucket, key, prefix, copySource } = request;
      log.record({
        at,
        endpoint,
        requestId,
        ...(principal !== undefined && { principal }),
        action: operation,
        ...(bucket !== undefined && { bucket }),
        ...(key !== undefined && { key }),
        ...(prefix !== undefined && { prefix }),
        ...(copySource && { copySource: { bucket: copySource.bucket, key: copySource.key } }),
        verdict: decision.verdict,
        because: decision.because,
      });
    },
    onUnidentified({ at, requestId, operation, bucket, key, code, message }) {
      log.record({
        at,
        endpoint,
        requestId,
        action: operation,
        ...(bucket !== undefined && { bucket }),
        ...(key !== undefined && { key }),
        verdict: 'unidentified',
        because: `${code}: ${message}`,
      });
    },
  };
}
