import { createSigner, encodePath } from '../../engine/signer.ts';
import { benchRow, type Benchmark } from '../benchmark.ts';
import type { Job } from '../benchmarks.ts';
import { runJob } from '../measured-process.ts';

const requests = 200_000;

/** What a signature costs: each request has two, one a side. */
export const benchmark: Benchmark = {
  name: 'signing',
  about: 'one signature of a PUT with its headers',
  async run() {
    const ours = await runJob('signing', 'engine', null);
    const microseconds = (ours.cpuSeconds / requests) * 1e6;
    return [
      benchRow({
        name: 'signing',
        unit: 'us per request',
        ours: microseconds,
        better: 'lower',
        target: { of: 'ours', atMost: 10 },
      }),
    ];
  },
};

export const jobs: Readonly<Record<string, Job>> = {
  engine() {
    const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench'.repeat(8) };
    const signer = createSigner({ credentials, region: 'eu-west-1' });
    const headers = { 'content-length': '4096', 'content-type': 'image/jpeg', 'content-md5': 'x'.repeat(24) };
    for (let index = 0; index < requests; index += 1) {
      const path = encodePath('bench', `data/${index}.jpg`);
      signer.sign({ method: 'PUT', host: 'bench.example', path, headers });
    }
    return Promise.resolve(requests);
  },
};
