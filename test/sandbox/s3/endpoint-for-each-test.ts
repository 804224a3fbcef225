import type { S3Client } from '@aws-sdk/client-s3';
import { startEndpoint, type TestEndpoint, type TestEndpointOptions } from './endpoint.ts';

/** The endpoint of the test that runs, with nothing in it but the bucket that was asked for, and a client for it. */
export interface EndpointOfTheTest {
  readonly endpoint: TestEndpoint;
  readonly s3: S3Client;
  /** What the endpoint allows; a test may set it, and the next one starts with whatever is signed again. */
  allows: NonNullable<TestEndpointOptions['allows']>;
}

const allowsWhatIsSigned: EndpointOfTheTest['allows'] = (_request, caller) => caller !== undefined;

/** Starts an endpoint before each test of the calling file, and closes it after; `bucket` is made in it where one is named. */
export function endpointForEachTest(bucket?: string): EndpointOfTheTest {
  let endpoint: TestEndpoint;
  let s3: S3Client;
  const ofTheTest: EndpointOfTheTest = {
    get endpoint() {
      return endpoint;
    },
    get s3() {
      return s3;
    },
    allows: allowsWhatIsSigned,
  };
  beforeEach(async () => {
    ofTheTest.allows = allowsWhatIsSigned;
    endpoint = await startEndpoint({ allows: (request, caller) => ofTheTest.allows(request, caller) });
    s3 = endpoint.client();
    if (bucket !== undefined) await endpoint.world.createBucket(bucket, {});
  });
  afterEach(() => endpoint.close());
  return ofTheTest;
}
