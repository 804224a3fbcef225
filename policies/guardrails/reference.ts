import type { Rule, Setting } from './rule.ts';

const introduction = `# Guardrails

What no deployment may contain, whoever wrote the program: \`sluice preview\` and \`sluice up\` hold every stack against these rules
(a Pulumi policy pack, policies/guardrails). They look at all resources of the aws and cloudflare providers, not only at those that
sluice's own components make. This page is written by \`node scripts/document-guardrails.ts\`.

- **A mandatory finding** ends a preview or a deployment with exit code 2. A preview has changed nothing by then. In a deployment,
  with \`--skip-preview\` too, a rule on one resource refuses it before it is created or changed; a rule on the stack looks when
  everything is made, so real deployments keep their preview.
- **A value that a preview does not know yet** is reported as _not known yet_, and refused by the deployment if it is bad.
- **A finding** names what, why and how to fix it, beside the resource. It never shows a property that may be secret.

## Levels and exceptions

\`guardrails.<stack>.json\`, beside the stack file, changes a rule for that stack: its level (\`mandatory\`, \`advisory\` or \`disabled\`), its
settings, and exceptions by a resource's name in the program or its URN. An exception needs a reason, and is still shown. Have
the file's owners review it as they review access.

    {
      "token-expiry": {
        "enforcementLevel": "mandatory",
        "daysMax": 90,
        "exceptions": [{ "resource": "nas", "because": "the NAS has no way to renew its token" }]
      },
      "key-beside-role": "disabled"
    }
`;

/** docs/guardrails.md: every rule, in order. */
export function guardrailReference(rules: readonly Rule[]): string {
  return [introduction, '## Rules\n', ...rules.map(section)].join('\n');
}

function section(rule: Rule): string {
  const looks = rule.kind === 'resource' ? 'each resource, before it is created or changed' : 'the whole stack';
  const settings = Object.entries(rule.settings ?? {}).map(([name, setting]) => `- ${settingText(name, setting)}`);
  return [
    `### ${rule.name}`,
    '',
    `${rule.title}.`,
    '',
    `- Level: ${rule.level}; looks at ${looks}; requirements ${rule.requirements.join(', ')}`,
    `- Why: ${asText(rule.why)}`,
    `- Fix: ${asText(rule.fix)}`,
    ...settings,
    '',
  ].join('\n');
}

function settingText(name: string, { description, minimum, maximum, default: usual }: Setting): string {
  return `Setting \`${name}\`: ${description}; ${minimum} to ${maximum}, ${usual} unless said`;
}

/** What Markdown would read as emphasis or as a tag stands as code. */
function asText(text: string): string {
  return text
    .split(' ')
    .map((word) => (/[*<>{]/.test(word) && !word.startsWith('`') ? codeWord(word) : word))
    .join(' ');
}

function codeWord(word: string): string {
  const [, before = '', inner = '', after = ''] = /^(\(?)(.*?)([).,;:]*)$/.exec(word) ?? [];
  return `${before}\`${inner}\`${after}`;
}
