package rtmp;

import flash.utils.ByteArray;

/** A whole RTMP message. **/
typedef Message = {
	var type:Int;
	var body:ByteArray;
}

/** What is remembered of one chunk stream between its chunks. **/
private class Channel {
	public var length = 0;
	public var type = 0;
	public var isExtended = false;
	public var body = new ByteArray();

	public function new() {}
}

/**
	RTMP's chunk stream: messages are cut into chunks, so that a long one does not hold up the others.

	A chunk is: format and channel (1 to 3 bytes), message header (11, 7, 3 or 0 bytes, the rest as in the chunk before on
	that channel), extended timestamp (4 bytes if the timestamp field is 0xFFFFFF), at most one chunk size of the body.
**/
class ChunkStream {
	/** Largest piece of a body that the peer sends; it may change it. **/
	public var chunkSizeIn = 128;

	static inline final CHUNK_SIZE_OUT = 128;

	final channels:Map<Int, Channel> = [];
	var buffer = new ByteArray();

	public function new() {}

	public function append(bytes:ByteArray):Void {
		final position = buffer.position;
		buffer.position = buffer.length;
		buffer.writeBytes(bytes);
		buffer.position = position;
	}

	public function available():Int {
		return buffer.bytesAvailable;
	}

	/** The next `length` bytes as they came. **/
	public function take(length:Int):ByteArray {
		final bytes = new ByteArray();
		buffer.readBytes(bytes, 0, length);
		return bytes;
	}

	/** The next whole message, or null until more bytes have come. **/
	public function read():Null<Message> {
		while (true) {
			final start = buffer.position;
			final complete = try readChunk() catch (end:flash.errors.EOFError) null;
			if (complete == null) {
				buffer.position = start;
				forgetRead();
				return null;
			}
			if (Std.int(complete.body.length) == complete.length) {
				final body = complete.body;
				complete.body = new ByteArray();
				body.position = 0;
				return {type: complete.type, body: body};
			}
		}
	}

	/** The bytes of one message. **/
	public function write(channel:Int, type:Int, body:ByteArray):ByteArray {
		final out = new ByteArray();
		out.writeByte(channel);
		writeInt24(out, 0); // timestamp
		writeInt24(out, body.length);
		out.writeByte(type);
		out.writeInt(0); // message stream 0: the connection itself
		final end:Int = body.length;
		var from = 0;
		while (from < end) {
			final length = Std.int(Math.min(CHUNK_SIZE_OUT, end - from));
			if (from > 0)
				out.writeByte(0xC0 | channel);
			out.writeBytes(body, from, length);
			from += length;
		}
		return out;
	}

	/** Reads one chunk into its channel. Throws EOFError, with nothing changed, if it is not all there. **/
	function readChunk():Channel {
		final first = buffer.readUnsignedByte();
		final format = first >> 6;
		final id = switch (first & 63) {
			case 0: 64 + buffer.readUnsignedByte();
			case 1: 64 + buffer.readUnsignedByte() + 256 * buffer.readUnsignedByte();
			case small: small;
		}
		final channel = channels.exists(id) ? channels[id] : channels[id] = new Channel();
		final isExtended = format < 3 ? readInt24() == 0xFFFFFF : channel.isExtended;
		final length = format < 2 ? readInt24() : channel.length;
		final type = format < 2 ? buffer.readUnsignedByte() : channel.type;
		if (format == 0)
			buffer.readInt();
		if (isExtended)
			buffer.readInt();
		final wanted = Std.int(Math.min(chunkSizeIn, length - channel.body.length));
		if (Std.int(buffer.bytesAvailable) < wanted)
			throw new flash.errors.EOFError();
		channel.isExtended = isExtended;
		channel.length = length;
		channel.type = type;
		if (wanted > 0)
			buffer.readBytes(channel.body, channel.body.length, wanted);
		return channel;
	}

	function forgetRead():Void {
		final rest = new ByteArray();
		if (buffer.bytesAvailable > 0)
			buffer.readBytes(rest);
		buffer = rest;
	}

	function readInt24():Int {
		return (buffer.readUnsignedByte() << 16) | buffer.readUnsignedShort();
	}

	static function writeInt24(out:ByteArray, value:Int):Void {
		out.writeByte(value >> 16);
		out.writeShort(value & 0xFFFF);
	}
}
