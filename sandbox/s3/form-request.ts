import { addressOf } from './address.ts';
import { authenticateForm, type Gate } from './authentication.ts';
import type { Identity } from './authorizer.ts';
import type { Call } from './call.ts';
import { allowCrossOrigin } from './cross-origin.ts';
import { refuseCustomerKeys } from './encryption.ts';
import { callOf, heard, type Exchange, type S3ListenerOptions } from './exchange.ts';
import { uploadOf } from './form-upload.ts';
import { readForm } from './multipart-form.ts';
import { postObject } from './operations/post-object.ts';
import { payloadExpectations, verifiedBody, withSum } from './payload.ts';
import { checkPostPolicy, withinRange } from './post-policy.ts';
import type { RawRequest, Recognised } from './recognise.ts';
import { S3Error } from './s3-error.ts';

/** A browser's upload, whose key, signature and policy are in its body: that is read before anything can be decided. */
export async function serveForm<Caller extends Identity>(
  exchange: Exchange,
  options: S3ListenerOptions<Caller>,
  {
    gate,
    raw,
    boundary,
    now,
  }: { readonly gate: Gate<Caller>; readonly raw: RawRequest; readonly boundary: string; readonly now: Date },
): Promise<void> {
  const { request, response } = exchange;
  const { world, profile, authorizer } = options;
  const { bucket, key: none } = addressOf(raw.rawPath, request.headers.host, options.ownHosts ?? []);
  if (bucket === undefined || none !== undefined) throw new S3Error('MethodNotAllowed');
  if (profile.provider === 'r2') throw new S3Error('NotImplemented', 'POST Object not implemented');
  allowCrossOrigin(exchange, world, { bucket });
  if (exchange.awaitsContinue) {
    response.writeContinue();
    response.shouldKeepAlive = true;
  }
  const form = await readForm(request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>, boundary);
  const { fields, key, policy, content, amz } = uploadOf(form, bucket);
  const address = { bucket, key };
  const asked = { operation: 'PutObject', ...address } as const;
  const authenticated = heard(exchange, options, asked, now, () => authenticateForm(fields, gate, now));
  if (authenticated.caller !== undefined) authorizer.used?.(authenticated.caller, now);
  if (policy !== undefined) checkPostPolicy(policy, fields, now);
  refuseCustomerKeys(amz, 'encrypted' in request.socket);
  const recognised: Recognised = { operation: 'PutObject', address, query: new Map(), headers: amz };
  const file = policy === undefined ? form.file : withinRange(form.file, policy);
  const call: Call = {
    ...callOf(exchange, options, { operation: 'PutObject', recognised, authenticated, now }),
    body(sum) {
      const md5 = { 'content-md5': fields.get('content-md5') };
      return verifiedBody(file, withSum(payloadExpectations(md5, amz, authenticated.payload, undefined), sum));
    },
  };
  const decision = call.decide({});
  if (decision.verdict !== 'allowed') throw call.denied({}, decision);
  if (world.bucket(bucket) === undefined) throw new S3Error('NoSuchBucket', undefined, { BucketName: bucket });
  await postObject(call, content, fields);
}
