import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buildPulumiCli, goBuildArguments, toolsModule } from '../../toolchain/go-build.ts';
import { pulumiVersion } from '../../toolchain/cli-version.ts';
import { fakeGo } from './fixtures/fake-programs.ts';
import { withTemporaryDirectory } from './fixtures/temporary-directory.ts';

test('go gets the arguments that the build was measured with, in the pinned module, with its own toolchain only', () =>
  withTemporaryDirectory(async (directory) => {
    await fakeGo(directory);
    await buildPulumiCli({
      directory: path.join(directory, 'cli'),
      environment: { PATH: `${directory}:/usr/bin:/bin`, GOTOOLCHAIN: 'auto', GOWORK: '/somewhere/go.work' },
      report: () => undefined,
      because: 'a test',
    });
    const called = (await readFile(path.join(directory, 'go.log'), 'utf8')).trim();
    expect(called).toBe(
      `0 local off ${toolsModule} build -v -o ${directory}/cli/bin/ -trimpath -tags osusergo,grpcnotrace ` +
        '-ldflags -s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.259.0 ' +
        'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
    );
  }));

test('a build that takes long says how far it is, every second', () =>
  withTemporaryDirectory(async (directory) => {
    await fakeGo(directory, { then: 'sleep 1.5' });
    const lines: string[] = [];
    await buildPulumiCli({
      directory: path.join(directory, 'cli'),
      environment: { PATH: `${directory}:/usr/bin:/bin` },
      report: (line) => lines.push(line),
      because: 'a test',
    });
    expect(lines[0]).toMatch(/0 modules downloaded, 0 packages compiled, 0:00$/);
    expect(lines[1]).toMatch(/^building the Pulumi CLI 3\.259\.0 .*1 modules downloaded, 1 packages compiled, 0:01$/);
  }));

test('the version stamp and the pinned module name the version of the Node SDK', async () => {
  const sdk = JSON.parse(await readFile(require.resolve('@pulumi/pulumi/package.json'), 'utf8')) as { version: string };
  expect(sdk.version).toBe(pulumiVersion);
  expect(goBuildArguments('/x').join(' ')).toContain(`version.Version=v${pulumiVersion}`);
  const module = await readFile(path.join(toolsModule, 'go.mod'), 'utf8');
  expect(module).toContain(`github.com/pulumi/pulumi/pkg/v3 v${pulumiVersion}`);
  expect(module).toContain(`github.com/pulumi/pulumi/sdk/v3 v${pulumiVersion}`);
});
