/** What `runJob` starts: one job of one row, measured from inside. `node bench/job.ts ROW JOB INPUT` */
import { findBenchmark } from './benchmarks.ts';

const [row = '', name = '', input = 'null'] = process.argv.slice(2);
const job = (await findBenchmark(row))?.jobs?.[name];
if (job === undefined) throw new Error(`the row ${row} has no job ${name}`);
const before = process.cpuUsage();
const startedAt = performance.now();
const result = await job(JSON.parse(input));
const { user, system } = process.cpuUsage(before);
const answer = {
  seconds: (performance.now() - startedAt) / 1000,
  cpuSeconds: (user + system) / 1e6,
  peakMebibytes: process.resourceUsage().maxRSS / 1024,
  result,
};
process.stdout.write(JSON.stringify(answer));
