import assert from 'node:assert';
import { decideGrant } from '../../policies/dialects/index.ts';
import type { Grant } from '../../policies/grant.ts';
import type { StorageRequest } from '../../policies/storage-request.ts';
import { benchRow, type Benchmark } from '../benchmark.ts';
import type { Job } from '../benchmarks.ts';
import { runJob } from '../measured-process.ts';

const decisions = 20_000;

/** How fast a rendered policy is parsed and decides a request, as the review of many migrations needs. */
export const benchmark: Benchmark = {
  name: 'evaluator',
  about: 'decisions on requests by a grant rendered as an IAM policy',
  async run() {
    const ours = await runJob('evaluator', 'decide', null);
    return [benchRow({ name: 'evaluator', unit: 'decisions/s', ours: decisions / ours.cpuSeconds, better: 'higher' })];
  },
};

export const jobs: Readonly<Record<string, Job>> = {
  decide() {
    const grant: Grant = {
      access: 'bench/source',
      location: {
        provider: 'aws',
        bucket: 'media-prod',
        prefix: 'uploads/',
        region: 'eu-west-1',
        accountId: '123456789012',
        partition: 'aws',
      },
      abilities: ['list', 'read'],
    };
    let allowed = 0;
    for (let index = 0; index < decisions; index += 1) {
      const key = index % 2 === 0 ? `uploads/${index}` : `private/${index}`;
      const request: StorageRequest = { operation: 'GetObject', bucket: 'media-prod', key, secure: true };
      if (decideGrant(grant, request).verdict === 'allowed') allowed += 1;
    }
    assert(allowed === decisions / 2, 'the grant allows exactly what lies under its prefix');
    return Promise.resolve(decisions);
  },
};
