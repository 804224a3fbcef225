import struct from 'google-protobuf/google/protobuf/struct_pb.js';
import { isList, isProperties, type Properties, type PropertyValue, Secret, unknownValue } from './property-value.ts';

/**
 * Properties as the engine sends them: a protobuf Struct in which a secret, a resource or an asset is an object with
 * a signature, and a value not yet known is one of a few fixed strings.
 * Source: pulumi/pulumi, sdk/go/common/resource/plugin/rpc.go.
 */
const signatureKey = '4dabf18193072939515e22adb298388d';
const signatures = {
  secret: '1b47061264138c4ac30d75fd1eb44270',
  asset: 'c44067f5952c0a294b673a41bacd8c17',
  archive: '0def7320c3a5731c473e5ecbe6d01bc7',
  resource: '5cf8f73096256a8f31e491e813e4eb8e',
} as const;

const unknownText = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
/** Sent for values whose type the engine knows though it does not know the value: boolean, number, array, asset, archive, object. */
const typedUnknownTexts = [
  '1c4a061d-8072-4f0a-a4cb-0ff528b18fe7',
  '3eeb2bf0-c639-47a8-9e75-3b44932eb421',
  '6a19a0b0-7e62-4c92-b797-7f8e31da9cc2',
  '030794c1-ac77-496b-92df-f27374a8bd58',
  'e48ece36-62e2-4504-bad9-02848725956a',
  'dd056dcd-154b-4c76-9bd3-c8f88648b5ff',
];
const unknownTexts: ReadonlySet<string> = new Set([unknownText, ...typedUnknownTexts]);

/** @throws an Error that names the property when it holds an asset, an archive or a signature of another kind. */
export function fromStruct(message: struct.Struct | undefined): Properties {
  return message === undefined ? {} : readMembers(message.toJavaScript(), '');
}

/** The message that holds `properties`; secrets and unknown values keep their signatures. */
export function toStruct(properties: Properties): struct.Struct {
  return struct.Struct.fromJavaScript(writeMembers(properties));
}

/** What a Struct can hold; the library's own type says less. */
type Json = null | boolean | number | string | Json[] | JsonObject;
interface JsonObject {
  [name: string]: Json;
}

function readMembers(members: JsonObject, path: string): Properties {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, read(value, path === '' ? name : `${path}.${name}`)]),
  );
}

function read(value: Json, path: string): PropertyValue {
  if (typeof value === 'string') return unknownTexts.has(value) ? unknownValue : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((member, index) => read(member, `${path}[${String(index)}]`));
  const signature = value[signatureKey];
  return signature === undefined ? readMembers(value, path) : readSigned(signature, value, path);
}

function readSigned(signature: Json, value: JsonObject, path: string): PropertyValue {
  if (signature === signatures.secret) return new Secret(read(value['value'] ?? null, path));
  // A resource given where a string is meant stands for its id, as in Pulumi's Terraform bridge.
  if (signature === signatures.resource) return read(value['id'] ?? null, path);
  const isFile = signature === signatures.asset || signature === signatures.archive;
  throw new Error(
    `"${path}" holds ${isFile ? 'an asset or archive' : 'a value of an unknown kind'}, which no property here takes`,
  );
}

function writeMembers(properties: Properties): JsonObject {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, write(value)]));
}

function write(value: PropertyValue): Json {
  if (value === unknownValue) return unknownText;
  if (value instanceof Secret) return { [signatureKey]: signatures.secret, value: write(value.reveal()) };
  if (isList(value)) return value.map(write);
  return isProperties(value) ? writeMembers(value) : value;
}
