import { decodeAmf3, encodeAmf3 } from '../../../src/amf/amf3.js'
import { AmfArray, AmfExternalizable, AmfObject, type AmfValue } from '../../../src/amf/value.js'
import { fromHex, toHex } from '../../../src/util/bytes.js'
import { AmfError } from '../../../src/util/errors.js'

const encode = (value: AmfValue): string => toHex(encodeAmf3([value]))
const dsa = '0a0707445341'
const dsc = '0a0707445343'

describe('small messages [rtmp.md 5.3]', () => {
  it.each([
    ['one with an operation', `${dsc}0000010407`],
    ['one with flags beyond the known ones', `${dsa}808002040100`],
  ])('%s come out as they came in', (_, hex) => {
    expect(encode(decodeAmf3(fromHex(hex))[0])).toBe(hex)
  })

  it('name their fields', () => {
    const [message] = decodeAmf3(fromHex(`${dsc}0000010407`)) as AmfExternalizable[]
    expect(message).toEqual(new AmfExternalizable('DSC', AmfObject.of({ operation: 7 })))
  })

  it('keep fields that we have no name for', () => {
    const [message] = decodeAmf3(fromHex(`${dsa}808002040100`)) as AmfExternalizable[]
    expect(message!.body).toEqual(AmfObject.of({ 'unknown-0-15': 1 }))
  })

  it('leave out what is no field, and order the others', () => {
    const body = AmfObject.of({ nonsense: 1, correlationId: 2, clientId: 3, body: 4 })
    expect(encode(new AmfExternalizable('DSA', body))).toBe(`${dsa}03 0404 0403 01 0402`.replace(/ /g, ''))
  })

  it('have no more flags than anybody needs', () => {
    expect(() => decodeAmf3(fromHex(`${dsa}${'80'.repeat(5)}`))).toThrow(AmfError)
  })
})

describe('collections', () => {
  it('share traits and take a place in the table before their body', () => {
    const collection = new AmfExternalizable('flex.messaging.io.ArrayList')
    collection.body = new AmfArray([collection, new AmfExternalizable(collection.className, null)])
    const [again] = decodeAmf3(encodeAmf3([collection])) as AmfExternalizable[]
    const { items } = again!.body as AmfArray
    expect(items[0]).toBe(again)
    expect(items[1]).toEqual(new AmfExternalizable(collection.className, null))
  })
})
