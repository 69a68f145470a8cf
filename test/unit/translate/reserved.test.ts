import { isReservedName, reservedNames } from '../../../src/translate/reserved.js'

// design 2, "What others may call in a client"
const LIST = `_result _error _checkbw onStatus onBWDone onBWCheck onFCPublish onFCUnpublish onFCSubscribe onFCUnsubscribe onMetaData
close connect call createStream deleteStream closeStream initStream releaseStream FCPublish FCUnpublish publish play play2 pause pauseRaw seek receiveAudio
receiveVideo setBufferTime psyc onPsyc`

test('the names of the list may not be called', () => {
  expect(LIST.split(/\s+/)).toEqual([...reservedNames])
  for (const name of reservedNames) expect(isReservedName(name)).toBe(true)
})

test.each(['onstatus', 'ONSTATUS', '_RESULT', 'onStatus\0x', 'close\0'])(
  '%j is one of them to some player',
  (name) => expect(isReservedName(name)).toBe(true),
)

test.each(['receiveMessage', 'Play', 'Close', 'onStatusChange', 'a/onStatus', '', '\0', '__proto__', 'on'])(
  '%j may be called',
  (name) => expect(isReservedName(name)).toBe(false),
)
