import { ChunkStreamId, chunkStreamIdFor } from '../../../../../src/rtmp/wire/chunk/chunk-stream-id.js'
import { MessageType } from '../../../../../src/rtmp/wire/message.js'

test.each([
  [MessageType.SetChunkSize, 0, ChunkStreamId.Control],
  [MessageType.UserControl, 0, ChunkStreamId.Control],
  [MessageType.Command, 0, ChunkStreamId.Command],
  [MessageType.CommandAmf3, 0, ChunkStreamId.Command],
  [MessageType.Command, 1, ChunkStreamId.StreamStatus],
  [MessageType.Audio, 1, ChunkStreamId.Audio],
  [MessageType.Video, 1, ChunkStreamId.Video],
  [MessageType.Data, 1, ChunkStreamId.Data],
  [MessageType.DataAmf3, 1, ChunkStreamId.Data],
  [MessageType.Audio, 2, 8],
  [MessageType.Video, 2, 9],
  [MessageType.DataAmf3, 2, 10],
  [MessageType.Audio, 3, 11],
  [MessageType.Video, 0xffffffff, ChunkStreamId.Video],
  [MessageType.SharedObject, 0, ChunkStreamId.SharedObject],
  [MessageType.SharedObjectAmf3, 0, ChunkStreamId.SharedObject],
])('type %s of message stream %s goes out on chunk stream %s [rtmp.md 2.5]', (type, stream, id) => {
  expect(chunkStreamIdFor(type, stream)).toBe(id)
})
