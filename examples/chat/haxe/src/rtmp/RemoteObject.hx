package rtmp;

import flash.net.ObjectEncoding;
import flash.utils.ByteArray;

/** One entry of a change list, as flash.events.SyncEvent has it. **/
typedef Change = {
	/** `change`: by somebody else; `success`: our own was taken; `delete`; `clear`: all gone. **/
	var code:String;

	var ?name:String;
}

/**
	What a remote flash.net.SharedObject does: named slots, the same for everybody who uses the object.

	A message is: name, version, flags (2: persistent), reserved; then events of type, length, data.
**/
class RemoteObject {
	/** The slots as we know them. Set them by `set`. **/
	public final data:Dynamic = {};

	/** Its fields are the methods that `send` calls. **/
	public var client:Dynamic = {};

	/** After every message that changed something, and once when the object is first in step. **/
	public var onSync:Array<Change>->Void = changes -> {};

	/** An information object `{code, level}` when something was refused. **/
	public var onStatus:Dynamic->Void = info -> {};

	static inline final USE = 1;
	static inline final RELEASE = 2;
	static inline final REQUEST_CHANGE = 3;
	static inline final CHANGE = 4;
	static inline final SUCCESS = 5;
	static inline final SEND_MESSAGE = 6;
	static inline final STATUS = 7;
	static inline final CLEAR = 8;
	static inline final REMOVE = 9;
	static inline final REQUEST_REMOVE = 10;
	static inline final USE_SUCCESS = 11;

	final name:String;
	final flags:Int;
	final transmit:ByteArray->Void;
	var version = 0;

	public function new(name:String, isPersistent:Bool, transmit:ByteArray->Void) {
		this.name = name;
		this.flags = isPersistent ? 2 : 0;
		this.transmit = transmit;
	}

	public function use():Void {
		event(USE, newData());
	}

	public function release():Void {
		event(RELEASE, newData());
	}

	/** null deletes the slot. **/
	public function set(slot:String, value:Dynamic):Void {
		final body = newData();
		body.writeUTF(slot);
		if (value == null) {
			Reflect.deleteField(data, slot);
			event(REQUEST_REMOVE, body);
		} else {
			Reflect.setField(data, slot, value);
			body.writeObject(value);
			event(REQUEST_CHANGE, body);
		}
	}

	/** Calls `handler` in the `client` of everybody who uses the object, ours too. **/
	public function send(handler:String, arguments:Array<Dynamic>):Void {
		final body = newData();
		body.writeObject(handler);
		for (argument in arguments)
			body.writeObject(argument);
		event(SEND_MESSAGE, body);
	}

	/** The rest of a message after the name. **/
	public function receive(body:ByteArray):Void {
		version = body.readInt();
		body.readInt(); // flags
		body.readInt(); // reserved
		final changes:Array<Change> = [];
		var isSynchronised = false;
		while (body.bytesAvailable > 0) {
			final type = body.readUnsignedByte();
			final length = body.readInt();
			final data = newData();
			if (length > 0)
				body.readBytes(data, 0, length);
			isSynchronised = isSynchronised || type == USE_SUCCESS;
			apply(type, data, changes);
		}
		if (changes.length > 0 || isSynchronised)
			onSync(changes);
	}

	function apply(type:Int, event:ByteArray, changes:Array<Change>):Void {
		switch (type) {
			case CHANGE:
				while (event.bytesAvailable > 0) {
					final slot = event.readUTF();
					Reflect.setField(data, slot, event.readObject());
					changes.push({code: "change", name: slot});
				}
			case SUCCESS:
				while (event.bytesAvailable > 0)
					changes.push({code: "success", name: event.readUTF()});
			case REMOVE:
				while (event.bytesAvailable > 0) {
					final slot = event.readUTF();
					Reflect.deleteField(data, slot);
					changes.push({code: "delete", name: slot});
				}
			case CLEAR:
				for (slot in Reflect.fields(data))
					Reflect.deleteField(data, slot);
				changes.push({code: "clear"});
			case SEND_MESSAGE:
				final method = Reflect.field(client, event.readObject());
				final arguments:Array<Dynamic> = [];
				while (event.bytesAvailable > 0)
					arguments.push(event.readObject());
				if (Reflect.isFunction(method))
					Reflect.callMethod(client, method, arguments);
			case STATUS:
				onStatus({code: event.readUTF(), level: event.readUTF()});
			default:
		}
	}

	function event(type:Int, data:ByteArray):Void {
		final body = new ByteArray();
		body.writeUTF(name);
		body.writeInt(version);
		body.writeInt(flags);
		body.writeInt(0);
		body.writeByte(type);
		body.writeInt(data.length);
		body.writeBytes(data);
		transmit(body);
	}

	static function newData():ByteArray {
		final bytes = new ByteArray();
		bytes.objectEncoding = ObjectEncoding.AMF0;
		return bytes;
	}
}
