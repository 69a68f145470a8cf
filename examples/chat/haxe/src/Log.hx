import flash.external.ExternalInterface;

/** Lines about what happens, for whoever looks into the browser's console or the player's log. **/
class Log {
	public static function line(text:String):Void {
		if (ExternalInterface.available)
			ExternalInterface.call("console.log", 'chat: $text');
		else
			flash.Lib.trace('chat: $text');
	}
}
