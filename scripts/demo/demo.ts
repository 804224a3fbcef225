import { join } from 'node:path';
import { exitCodes, UserError } from '../../base/user-error.ts';
import { runOperation } from '../../engine/run.ts';
import type { Configuration } from '../../policies/configuration.ts';
import type { CredentialsOutput } from '../../policies/stack-outputs.ts';
import { resetSandbox, startSandboxProcess } from '../../sandbox/process.ts';
import { administratorsOf } from '../administrators.ts';
import { sandboxDirectory } from '../checkout.ts';
import { deploy } from '../deploy.ts';
import { formatBytes, formatCount, narrate } from '../output.ts';
import { startProgress } from '../progress.ts';
import { type PostDeployReport, postDeploy } from '../post-deploy.ts';
import { planRotation, writeRotation } from '../rotate.ts';
import { openStack, pulumiWorkspace, readCredentials, readDeployedGenerations, type Stack } from '../stack.ts';
import { credentialsIn, type GenerationProof, prove } from './rotation-proof.ts';
import { layOutSourceTree } from './source-tree.ts';

/** The stack of Pulumi.dev.yaml. */
const stackName = 'dev';

export interface DemoReport {
  readonly stack: string;
  readonly postDeploy: PostDeployReport;
  readonly generations: readonly GenerationProof[];
  readonly seconds: number;
  readonly exitCode: number;
}

/**
 * The whole story in the sandbox: deploy, prove, copy, verify, rotate in two further deploys. Starts from an empty sandbox
 * unless `keep`, in which case it goes on from what is deployed.
 */
export async function runDemo({ keep }: { readonly keep: boolean }): Promise<DemoReport> {
  const startedAt = performance.now();
  chapter('the local clouds');
  if (!keep) {
    narrate('starting from an empty sandbox; --keep goes on from what it holds');
    await resetSandbox(sandboxDirectory);
  }
  const sandbox = await startSandboxProcess({ directory: sandboxDirectory });
  narrate(`AWS ${sandbox.aws.endpoint}, Cloudflare ${sandbox.cloudflare.apiBaseUrl}, edge ${sandbox.edge.http}`);

  chapter('deploy: pulumi up on the real engine');
  const stack = await deployDemo();

  chapter('real files in the source bucket');
  await fillSource(stack);

  chapter('prove, copy, verify, prove again');
  const first = await credentialsOf(stack);
  const report = await postDeploy(stack, { credentials: first });
  if (report.interrupted) throw new UserError({ what: 'the demo was interrupted', exitCode: exitCodes.failed });

  chapter('rotate: a second generation beside the first');
  const both = await rotateAndDeploy(stack);
  const alive = await prove(credentialsIn(both), 'alive');
  tell(alive);

  chapter('rotate: the first generation dies');
  const after = await rotateAndDeploy(stack);
  const old = credentialsIn(both).filter(
    (was) => !credentialsIn(after).some(({ credential }) => credential.accessKeyId === was.credential.accessKeyId),
  );
  const rest = [...(await prove(credentialsIn(after), 'alive')), ...(await prove(old, 'dead'))];
  tell(rest);

  const generations = [...alive, ...rest];
  const proven = generations.every((proof) => proof.report.proven);
  return {
    stack: stackName,
    postDeploy: report,
    generations,
    seconds: (performance.now() - startedAt) / 1000,
    exitCode: report.exitCode === exitCodes.done && !proven ? exitCodes.accessCheckFailed : report.exitCode,
  };
}

function deployDemo(): Promise<Stack> {
  return deploy({ stack: stackName, quiet: true });
}

async function rotateAndDeploy({ name }: Stack): Promise<CredentialsOutput> {
  const stack = await openStack(name);
  await writeRotation(stack, planRotation(stack, await readDeployedGenerations(stack, await pulumiWorkspace(stack))));
  return credentialsOf(await deployDemo());
}

async function credentialsOf(stack: Stack): Promise<CredentialsOutput> {
  return readCredentials(stack, await pulumiWorkspace(stack));
}

async function fillSource(stack: Stack): Promise<void> {
  const directory = join(sandboxDirectory, 'demo-source');
  const progress = startProgress('filling the source bucket');
  const files = await layOutSourceTree(directory);
  const summary = await runOperation({
    operation: 'copy',
    source: { kind: 'directory', path: directory },
    destination: await administratorsOf(stack).place(sourceOf(stack.configuration)),
    verification: 'listing',
    deletesMax: 0,
    deletesMaxPercent: 0,
    onProgress: ({ objectsDone }) =>
      progress.update(`filling the source bucket: ${formatCount(objectsDone)} files`, {
        done: objectsDone,
        total: files,
      }),
  });
  if (summary.failures.length > 0) {
    progress.fail('the source bucket could not be filled');
    throw new UserError({
      where: 'demo',
      what: `${summary.failures.length} files could not be uploaded: ${summary.failures[0]?.because ?? ''}`,
      exitCode: exitCodes.failed,
    });
  }
  progress.finish(`${formatCount(files)} files, ${formatBytes(summary.bytesCopied)} uploaded`);
}

function sourceOf({ migrations }: Configuration) {
  const location = migrations[0]?.source.location;
  if (location?.provider !== 'aws') {
    throw new UserError({
      where: `Pulumi.${stackName}.yaml`,
      what: 'its first migration does not read from AWS',
      fix: 'the demo needs the stack file as it comes with sluice',
    });
  }
  return location;
}

function chapter(title: string): void {
  narrate(`\n== ${title}`);
}

function tell(proofs: readonly GenerationProof[]): void {
  for (const { access, generation, expected, report } of proofs) {
    narrate(`${access} generation ${generation}: ${report.proven ? expected : `NOT ${expected}`} (${report.because})`);
  }
}
