package rtmp;

import flash.events.Event;
import flash.events.IOErrorEvent;
import flash.events.ProgressEvent;
import flash.events.SecurityErrorEvent;
import flash.net.ObjectEncoding;
import flash.net.Socket;
import flash.utils.ByteArray;

private typedef Responder = {
	var result:Dynamic->Void;
	var status:Dynamic->Void;
}

/**
	What flash.net.NetConnection does, spoken over flash.net.Socket: for players that have sockets but no RTMP.
	AMF0 only. The player itself encodes and decodes the values (`ByteArray.writeObject`, `readObject`).
**/
class NetConnection {
	/** Its fields are the methods that the server can call. **/
	public var client:Dynamic = {};

	/** Gets every information object: `{level, code, description}`. **/
	public var onStatus:Dynamic->Void = info -> {};

	public var isConnected(default, null) = false;

	static inline final HANDSHAKE_LENGTH = 1536;
	static inline final SET_CHUNK_SIZE = 1;
	static inline final ACKNOWLEDGEMENT = 3;
	static inline final USER_CONTROL = 4;
	static inline final WINDOW_ACKNOWLEDGEMENT_SIZE = 5;
	static inline final SHARED_OBJECT = 19;
	static inline final COMMAND = 20;
	static inline final PING_REQUEST = 6;
	static inline final PING_RESPONSE = 7;

	final socket = new Socket();
	final chunks = new ChunkStream();
	final responders:Map<Int, Responder> = [];
	final objects:Map<String, RemoteObject> = [];
	var afterGreeting:() -> Void;
	var transactions = 0;
	var isGreeted = false;
	var window = 0;
	var received = 0;
	var acknowledged = 0;

	public function new() {}

	/** `arguments` are what the application gets beside the URL, for example a nickname. **/
	public function connect(host:String, port:Int, app:String, arguments:Array<Dynamic>):Void {
		socket.addEventListener(Event.CONNECT, event -> greet());
		socket.addEventListener(ProgressEvent.SOCKET_DATA, event -> receive());
		socket.addEventListener(Event.CLOSE, event -> closed());
		socket.addEventListener(IOErrorEvent.IO_ERROR, event -> failed(event.text));
		socket.addEventListener(SecurityErrorEvent.SECURITY_ERROR, event -> failed(event.text));
		afterGreeting = () -> {
			final commandObject = {
				app: app,
				flashVer: "HAXE 1,0,0,0",
				tcUrl: 'rtmp://$host:$port/$app',
				fpad: false,
				capabilities: 15,
				audioCodecs: 0,
				videoCodecs: 0,
				objectEncoding: 0
			};
			final connected = info -> {
				isConnected = true;
				onStatus(info);
			};
			command("connect", await({result: connected, status: onStatus}), commandObject, arguments);
		};
		socket.connect(host, port);
	}

	/** Without `result` the server sends no answer. **/
	public function call(name:String, arguments:Array<Dynamic>, ?result:Dynamic->Void, ?status:Dynamic->Void):Void {
		final responder = {result: result, status: status == null ? onStatus : status};
		command(name, result == null ? 0 : await(responder), null, arguments);
	}

	/** The shared object of that name in the application that this connection is in. **/
	public function getRemote(name:String, isPersistent = false):RemoteObject {
		if (!objects.exists(name))
			objects[name] = new RemoteObject(name, isPersistent, body -> send(SHARED_OBJECT, body));
		return objects[name];
	}

	public function close():Void {
		socket.close();
		closed();
	}

	/** C0, the version, and C1: time, zero, padding. The server's S0, S1 and S2 have the same lengths. **/
	function greet():Void {
		socket.writeByte(3);
		final c1 = new ByteArray();
		c1.length = HANDSHAKE_LENGTH;
		for (i in 8...HANDSHAKE_LENGTH)
			c1[i] = Std.random(256);
		socket.writeBytes(c1);
		socket.flush();
	}

	function receive():Void {
		final bytes = new ByteArray();
		socket.readBytes(bytes);
		received += bytes.length;
		chunks.append(bytes);
		if (!isGreeted && !finishGreeting())
			return;
		var message = chunks.read();
		while (message != null) {
			handle(message.type, message.body);
			message = chunks.read();
		}
		acknowledge();
	}

	function finishGreeting():Bool {
		if (chunks.available() < 1 + 2 * HANDSHAKE_LENGTH)
			return false;
		isGreeted = true;
		chunks.take(1);
		final s1 = chunks.take(HANDSHAKE_LENGTH);
		chunks.take(HANDSHAKE_LENGTH);
		socket.writeBytes(s1); // C2
		afterGreeting();
		return true;
	}

	/** The server may stop sending when we do not say from time to time how much has come. **/
	function acknowledge():Void {
		if (window == 0 || received - acknowledged < window / 2)
			return;
		acknowledged = received;
		final body = new ByteArray();
		body.writeInt(received);
		send(ACKNOWLEDGEMENT, body);
	}

	function handle(type:Int, body:ByteArray):Void {
		body.objectEncoding = ObjectEncoding.AMF0;
		switch (type) {
			case SET_CHUNK_SIZE:
				chunks.chunkSizeIn = body.readInt();
			case WINDOW_ACKNOWLEDGEMENT_SIZE:
				window = body.readInt();
			case USER_CONTROL:
				if (body.readUnsignedShort() == PING_REQUEST)
					pong(body.readInt());
			case COMMAND:
				final name:String = body.readObject();
				final transaction = Std.int(body.readObject());
				body.readObject(); // command object: of no use here
				final arguments:Array<Dynamic> = [];
				while (body.bytesAvailable > 0)
					arguments.push(body.readObject());
				handleCommand(name, transaction, arguments);
			case SHARED_OBJECT:
				final object = objects[body.readUTF()];
				if (object != null)
					object.receive(body);
			default:
		}
	}

	function pong(time:Int):Void {
		final body = new ByteArray();
		body.writeShort(PING_RESPONSE);
		body.writeInt(time);
		send(USER_CONTROL, body);
	}

	function handleCommand(name:String, transaction:Int, arguments:Array<Dynamic>):Void {
		switch (name) {
			case "_result":
				final responder = settle(transaction);
				if (responder != null)
					responder.result(arguments[0]);
			case "_error":
				final responder = settle(transaction);
				if (responder != null)
					responder.status(arguments[0]);
			case "onStatus":
				onStatus(arguments[0]);
			case "close":
				close();
			default:
				serve(name, transaction, arguments);
		}
	}

	/** The server calls one of our methods. **/
	function serve(name:String, transaction:Int, arguments:Array<Dynamic>):Void {
		final method = Reflect.field(client, name);
		var answer = "_result";
		var value:Dynamic = {level: "error", code: "NetConnection.Call.Failed", description: 'Method not found ($name).'};
		if (Reflect.isFunction(method))
			value = Reflect.callMethod(client, method, arguments);
		else
			answer = "_error";
		if (transaction > 0)
			command(answer, transaction, null, [value]);
	}

	function await(responder:Responder):Int {
		responders[++transactions] = responder;
		return transactions;
	}

	function settle(transaction:Int):Null<Responder> {
		final responder = responders[transaction];
		responders.remove(transaction);
		return responder;
	}

	function command(name:String, transaction:Int, commandObject:Dynamic, arguments:Array<Dynamic>):Void {
		final body = new ByteArray();
		body.objectEncoding = ObjectEncoding.AMF0;
		body.writeObject(name);
		body.writeObject(transaction);
		body.writeObject(commandObject);
		for (argument in arguments)
			body.writeObject(argument);
		send(COMMAND, body);
	}

	/** Channel 2 is for control messages, 3 for everything else of a connection. **/
	function send(type:Int, body:ByteArray):Void {
		if (!socket.connected)
			return;
		socket.writeBytes(chunks.write(type < SHARED_OBJECT ? 2 : 3, type, body));
		socket.flush();
	}

	function failed(text:String):Void {
		isConnected = false;
		onStatus({level: "error", code: "NetConnection.Connect.Failed", description: text});
	}

	function closed():Void {
		if (!isConnected)
			return;
		isConnected = false;
		onStatus({level: "status", code: "NetConnection.Connect.Closed", description: ""});
	}
}
