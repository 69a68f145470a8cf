import flash.Lib;
import flash.display.StageAlign;
import flash.display.StageScaleMode;
import flash.events.NetStatusEvent;
import flash.external.ExternalInterface;
import flash.media.Video;
import flash.net.NetConnection;
import flash.net.NetStream;

/**
	One live stream that fills the stage.

	FlashVars: `url`, of an FLV over HTTP, or of a server ("rtmp://host/app") and then `name`, which only Flash Player and AIR play.
**/
class Player {
	final connection = new NetConnection();
	final video = new Video(640, 360);
	final url:String;
	final name:String;
	var stream:NetStream;

	static function main():Void {
		new Player(Lib.current.loaderInfo.parameters);
	}

	function new(parameters:Dynamic<String>) {
		final given = (name:String) -> Reflect.hasField(parameters, name) ? Reflect.field(parameters, name) : null;
		url = given("url");
		name = given("name");
		final stage = Lib.current.stage;
		stage.scaleMode = StageScaleMode.SHOW_ALL;
		stage.align = StageAlign.TOP;
		Lib.current.addChild(video);

		connection.client = {onBWDone: () -> null};
		connection.addEventListener(NetStatusEvent.NET_STATUS, onStatus);
		if (name == null) {
			connection.connect(null);
			play(url);
		} else
			connection.connect(url);
	}

	/** A connection over HTTP is ready at once; whether it says so is up to the player. **/
	function play(what:String):Void {
		stream = new NetStream(connection);
		stream.bufferTime = 0.3;
		stream.client = {
			onMetaData: info -> log('metadata ${info.width} x ${info.height}'),
			onPlayStatus: info -> log('play status ${info.code}')
		};
		stream.addEventListener(NetStatusEvent.NET_STATUS, onStatus);
		video.attachNetStream(stream);
		video.smoothing = true;
		stream.play(what);
	}

	function onStatus(event:NetStatusEvent):Void {
		final code:String = event.info.code;
		log('status $code');
		if (code == "NetConnection.Connect.Success" && name != null)
			play(name);
	}

	static function log(text:String):Void {
		if (ExternalInterface.available)
			ExternalInterface.call("console.log", 'player: $text');
	}
}
