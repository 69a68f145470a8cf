import flash.Lib;
import flash.display.Sprite;
import flash.events.Event;
import flash.events.KeyboardEvent;
import flash.events.MouseEvent;
import flash.geom.Rectangle;
import flash.text.TextField;
import flash.text.TextFieldType;
import flash.text.TextFormat;

/** What is on the stage: the talk, the line to type in, who is here, and the field with the ball. **/
class View {
	public var onSay:String->Void;
	public var onWave:() -> Void;
	public var onMove:(Float, Float) -> Void;
	public var onKick:() -> Void;

	static inline final RADIUS = 14;
	static inline final FIELD_WIDTH = 230;
	static inline final FIELD_HEIGHT = 180;

	final stage = Lib.current;
	final ball = new Sprite();
	final status:TextField;
	final talk:TextField;
	final input:TextField;
	final members:TextField;
	var height = 0.0;

	public function new() {
		status = box(10, 8, 620, 22, false);
		talk = box(10, 36, 380, 318, true);
		input = box(10, 362, 310, 26, true);
		input.type = TextFieldType.INPUT;
		input.selectable = true;
		input.maxChars = 400;
		input.addEventListener(KeyboardEvent.KEY_DOWN, (event:KeyboardEvent) -> if (event.keyCode == 13) enter());
		members = box(400, 36, FIELD_WIDTH, 130, true);
		button("Wave", 330, 362, () -> onWave());
		addField(400, 174);
		showStatus("Connecting …");
	}

	public function showStatus(text:String):Void {
		status.text = text;
	}

	public function showLine(text:String):Void {
		talk.appendText(text + "\n");
		talk.scrollV = talk.maxScrollV;
	}

	public function showMembers(names:Array<String>):Void {
		members.text = names.join("\n");
	}

	public function placeBall(x:Float, y:Float):Void {
		ball.x = Math.max(RADIUS, Math.min(FIELD_WIDTH - RADIUS, x));
		ball.y = Math.max(RADIUS, Math.min(FIELD_HEIGHT - RADIUS, y));
	}

	public function bounce():Void {
		height = 1;
	}

	function enter():Void {
		if (input.text != "")
			onSay(input.text);
		input.text = "";
	}

	function box(x:Float, y:Float, width:Float, height:Float, hasFrame:Bool):TextField {
		final field = new TextField();
		field.defaultTextFormat = new TextFormat("_sans", 13, 0x222222);
		field.x = x;
		field.y = y;
		field.width = width;
		field.height = height;
		field.multiline = field.wordWrap = height > 30;
		field.border = field.background = hasFrame;
		field.borderColor = 0xB0B8C0;
		stage.addChild(field);
		return field;
	}

	function button(label:String, x:Float, y:Float, action:() -> Void):Void {
		final sprite = new Sprite();
		sprite.graphics.beginFill(0x2F6DB5);
		sprite.graphics.drawRoundRect(0, 0, 60, 26, 8);
		final text = new TextField();
		text.defaultTextFormat = new TextFormat("_sans", 13, 0xFFFFFF);
		text.x = 12;
		text.y = 3;
		text.width = 48;
		text.height = 22;
		text.text = label;
		text.mouseEnabled = false;
		sprite.addChild(text);
		sprite.x = x;
		sprite.y = y;
		sprite.buttonMode = true;
		sprite.addEventListener(MouseEvent.CLICK, event -> action());
		stage.addChild(sprite);
	}

	/** Drag the ball to move it for everybody; a click without moving kicks it. **/
	function addField(x:Float, y:Float):Void {
		final field = new Sprite();
		field.graphics.lineStyle(1, 0xB0B8C0);
		field.graphics.beginFill(0xE4F1E4);
		field.graphics.drawRect(0, 0, FIELD_WIDTH, FIELD_HEIGHT);
		field.x = x;
		field.y = y;
		ball.graphics.beginFill(0xD9502E);
		ball.graphics.drawCircle(0, 0, RADIUS);
		ball.buttonMode = true;
		placeBall(FIELD_WIDTH / 2, FIELD_HEIGHT / 2);
		field.addChild(ball);
		stage.addChild(field);

		var grabbedAt = "";
		ball.addEventListener(MouseEvent.MOUSE_DOWN, event -> {
			grabbedAt = '${ball.x} ${ball.y}';
			ball.startDrag(false, new Rectangle(RADIUS, RADIUS, FIELD_WIDTH - 2 * RADIUS, FIELD_HEIGHT - 2 * RADIUS));
		});
		stage.stage.addEventListener(MouseEvent.MOUSE_UP, event -> {
			if (grabbedAt == "")
				return;
			ball.stopDrag();
			if (grabbedAt == '${ball.x} ${ball.y}')
				onKick();
			else
				onMove(ball.x, ball.y);
			grabbedAt = "";
		});
		stage.addEventListener(Event.ENTER_FRAME, event -> {
			height = height < 0.02 ? 0 : height * 0.9;
			ball.scaleX = ball.scaleY = 1 + height;
		});
	}
}
