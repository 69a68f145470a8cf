import flash.external.ExternalInterface;

/** Lets the page around the SWF do what a user can do. **/
class PageControl {
	public static function offer(name:String, action:Dynamic):Void {
		if (ExternalInterface.available)
			ExternalInterface.addCallback(name, action);
	}
}
