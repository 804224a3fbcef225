import { inspect } from 'node:util';
import { specialSecretSig, specialSigKey, unknownValue as sdkUnknown } from '@pulumi/pulumi/runtime/rpc.js';
import fc from 'fast-check';
import struct from 'google-protobuf/google/protobuf/struct_pb.js';
import { fromStruct, toStruct } from '../../../../sandbox/stand-ins/provider/marshal.ts';
import {
  containsSecret,
  containsUnknown,
  type Properties,
  type PropertyValue,
  reveal,
  Secret,
  unknownValue,
} from '../../../../sandbox/stand-ins/provider/property-value.ts';

/** Google's library itself loses a member of this name; no provider has one. */
const anyName = fc.string().filter((name) => name !== '__proto__');
const anyValue = fc.letrec<{ value: PropertyValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.constant(unknownValue),
    fc.constant(null),
    fc.array(tie('value')),
    fc.dictionary(anyName, tie('value')),
    tie('value').map((value) => new Secret(value)),
  ),
})).value;

describe('properties on the wire', () => {
  test('come back as they went, whatever they hold', () => {
    fc.assert(
      fc.property(fc.dictionary(anyName, anyValue), (properties) => {
        const back = fromStruct(toStruct(properties));
        expect(toStruct(back).toJavaScript()).toEqual(toStruct(properties).toJavaScript());
        expect(reveal(back)).toEqual(reveal(properties));
      }),
    );
  });

  test("a secret and an unknown value have the forms of Pulumi's own SDK", () => {
    const wire = toStruct({ password: new Secret('p'), id: unknownValue }).toJavaScript();
    expect(wire).toEqual({ password: { [specialSigKey]: specialSecretSig, value: 'p' }, id: sdkUnknown });
  });

  test('a secret never prints its value', () => {
    expect(JSON.stringify({ password: new Secret('hunter2') })).not.toContain('hunter2');
    expect(inspect(new Secret('hunter2'), { showHidden: true })).not.toContain('hunter2');
  });

  test('a value of a known type that is not known yet is unknown too', () => {
    const message = struct.Struct.fromJavaScript({ count: '3eeb2bf0-c639-47a8-9e75-3b44932eb421' });
    expect(fromStruct(message)).toEqual({ count: unknownValue });
  });

  test('a resource stands for its id', () => {
    const reference = { [specialSigKey]: '5cf8f73096256a8f31e491e813e4eb8e', urn: 'urn', id: 'media' };
    expect(fromStruct(struct.Struct.fromJavaScript({ bucket: reference }))).toEqual({ bucket: 'media' });
  });

  test.each([
    ['an asset', 'c44067f5952c0a294b673a41bacd8c17', /"files\[0\].source" holds an asset or archive/],
    ['an archive', '0def7320c3a5731c473e5ecbe6d01bc7', /asset or archive/],
    ['anything of another signature', 'd0e6a833031e9bbcd3f4e8bde6ca49a4', /unknown kind/],
  ])('%s is refused by the name of its property', (_, signature, message) => {
    const wire = struct.Struct.fromJavaScript({ files: [{ source: { [specialSigKey]: signature, text: 'x' } }] });
    expect(() => fromStruct(wire)).toThrow(message);
  });

  test('secrets and unknown values are found however deep they lie', () => {
    const deep: Properties = { a: [{ b: new Secret(unknownValue) }] };
    expect([containsSecret(deep), containsUnknown(deep)]).toEqual([true, true]);
    expect([containsSecret({ a: [1] }), containsUnknown({ a: [1] })]).toEqual([false, false]);
  });
});
