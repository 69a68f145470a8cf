import flash.Lib;
import rtmp.NetConnection;
import rtmp.RemoteObject;

/**
	A chat room with a ball that everybody sees at the same place.

	FlashVars: `host`, `port`, `app` (application/instance), `nick`.
**/
class Chat {
	final view = new View();
	final connection = new NetConnection();
	final members:Array<String> = [];
	var ball:RemoteObject;
	var nick:String;

	static function main():Void {
		new Chat(Lib.current.loaderInfo.parameters);
	}

	function new(parameters:Dynamic<String>) {
		final given = (name:String, otherwise:String) -> Reflect.hasField(parameters, name) ? Reflect.field(parameters, name) : otherwise;
		nick = given("nick", "");
		view.onSay = say;
		view.onWave = wave;
		view.onMove = moveBall;
		view.onKick = kickBall;
		PageControl.offer("say", say);
		PageControl.offer("wave", wave);
		PageControl.offer("moveBall", moveBall);
		PageControl.offer("kickBall", kickBall);

		connection.client = {
			receiveMessage: receiveMessage,
			userJoined: userJoined,
			userLeft: userLeft,
			userList: userList,
			onGreet: onGreet,
			onBWDone: () -> null
		};
		connection.onStatus = onStatus;
		connection.connect(given("host", "127.0.0.1"), Std.parseInt(given("port", "1935")), given("app", "chat/lobby"), nick == "" ? [] : [nick]);
	}

	function onStatus(info:Dynamic):Void {
		switch (info.code) {
			case "NetConnection.Connect.Success":
				if (info.nick != null)
					nick = info.nick;
				Log.line('connected $nick');
				view.showStatus('You are $nick.');
				join();
			case code:
				Log.line('status $code ${info.description}');
				view.showStatus('$code ${info.description}');
		}
	}

	/** The first things that a client does make it a member whom the others see. **/
	function join():Void {
		final sentAt = Lib.getTimer();
		connection.call("echo", [{text: "hello", list: [1, 2.5, -3]}], answer -> {
			Log.line('result ${haxe.Json.stringify(answer)}');
			view.showStatus('You are $nick. The server answers in ${Lib.getTimer() - sentAt} ms.');
		});

		ball = connection.getRemote("ball");
		ball.onSync = onSync;
		ball.client = {onMsg: onMsg};
		ball.onStatus = info -> Log.line('status ${info.code}');
		ball.use();
	}

	function say(text:String):Void {
		connection.call("sendMessage", [text], answer -> Log.line("said"));
	}

	/** The server calls `onGreet` in everybody who is here. **/
	function wave():Void {
		connection.call("broadcast", ["onGreet", nick], count -> Log.line('broadcast $count'));
	}

	function moveBall(x:Float, y:Float):Void {
		ball.set("x", Math.round(x));
		ball.set("y", Math.round(y));
	}

	/** Calls `onMsg` in everybody who uses the object. **/
	function kickBall():Void {
		ball.send("onMsg", ['$nick kicks the ball']);
	}

	function receiveMessage(from:String, text:String):Void {
		Log.line('message $from: $text');
		view.showLine('$from: $text');
	}

	function userJoined(who:String, uniform:Dynamic):Void {
		Log.line('joined $who');
		members.remove(who);
		members.push(who);
		view.showLine('$who comes in.');
		view.showMembers(members);
	}

	function userLeft(who:String, uniform:Dynamic):Void {
		Log.line('left $who');
		members.remove(who);
		view.showLine('$who leaves.');
		view.showMembers(members);
	}

	/** Who is here. **/
	function userList(list:Array<{nick:String, uniform:String}>):Void {
		members.resize(0);
		for (member in list)
			members.push(member.nick);
		Log.line('members ${members.join(" ")}');
		view.showMembers(members);
	}

	function onGreet(from:String):String {
		Log.line('called onGreet $from');
		view.showLine('$from waves.');
		return 'hello $from';
	}

	function onMsg(text:String):Void {
		Log.line('send $text');
		view.showLine(text);
		view.bounce();
	}

	function onSync(changes:Array<Change>):Void {
		final list = changes.map(change -> change.name == null ? change.code : '${change.code}:${change.name}');
		Log.line('sync ${list.join(" ")} ${haxe.Json.stringify(ball.data)}');
		if (ball.data.x != null && ball.data.y != null)
			view.placeBall(ball.data.x, ball.data.y);
	}
}
