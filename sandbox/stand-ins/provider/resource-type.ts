import type { Properties, PropertyValue } from './property-value.ts';
import type { ProviderSchema } from './schema.ts';

/** One kind of resource: everything that its schema does not say. Properties are plain here; secrecy is kept at the rim. */
export interface ResourceType<Cloud> {
  readonly token: string;

  /** Whether a replacement deletes the old one first: its id would otherwise be the new one's too. */
  readonly deletesBeforeReplace?: true;

  /** Rules between properties. Values may be unknown. */
  check?(inputs: Properties): readonly Problem[];

  /** Fills what the provider knows without asking the cloud, in Check: the region, all tags. Values may be secret here. */
  complete?(inputs: Properties, cloud: Cloud): Properties;

  /** Whether a changed property means the same to the cloud, and so is no change. */
  means?(property: string, before: PropertyValue, after: PropertyValue): boolean;

  /** Outputs that this update will change although the schema says that updates leave them. */
  renews?(before: Properties, after: Properties): readonly string[];

  create(cloud: Cloud, inputs: Properties): Promise<Existing>;

  /**
   * The resource as it is now, or undefined when it is gone. `state` is what was known: outputs and inputs in one, empty
   * on an import; what the cloud never tells (a secret, a flag of the provider) is taken from it.
   */
  read(cloud: Cloud, id: string, state: Properties): Promise<Existing | undefined>;

  /** Changes it in place and returns all its outputs. */
  update(cloud: Cloud, change: Change): Promise<Properties>;

  /** `state` holds the outputs. */
  delete(cloud: Cloud, id: string, state: Properties): Promise<void>;
}

export interface Problem {
  /** `policies[0].precedence` */
  readonly property: string;
  readonly reason: string;
}

export interface Existing {
  readonly id: string;
  readonly outputs: Properties;
}

export interface Change {
  readonly id: string;
  readonly inputs: Properties;
  readonly oldInputs: Properties;
  /** The outputs before. */
  readonly state: Properties;
}

/** A whole stand-in. */
export interface ProviderDefinition<Cloud> {
  readonly name: 'aws' | 'cloudflare';
  readonly schema: ProviderSchema;
  /** The version of the installed SDK package, which the engine compares with what the program asks for. */
  readonly version: string;
  /** Whether Check stores the defaults among the inputs (the Terraform SDKv2 bridge) or plans with them only. */
  readonly storesDefaults: boolean;
  /** Whether an update leaves every computed output (SDKv2), or only those whose schema says so. */
  readonly updatesKeepOutputs: boolean;
  readonly resourceTypes: readonly ResourceType<Cloud>[];
  /** What is wrong with the provider's own inputs, beyond unknown names. Values may be unknown. */
  checkConfiguration(inputs: Properties): readonly Problem[];
  /** Everything that the resource types need to reach the cloud. @throws Error when the configuration does not do. */
  configure(inputs: Properties): Promise<Cloud>;
}
