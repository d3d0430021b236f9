//! Mouse, keyboard, pictures and windows.

use engine::desktop::capture::Region;
use engine::desktop::keys::{self, Chord};
use engine::desktop::mouse::{Button, Direction};
use engine::desktop::windows::WindowInfo;

use crate::program::{COLOUR, Program, Told};
use crate::world::{Sandbox, eventually};

const SHIFT: u16 = 1;
const CONTROL: u16 = 4;
const ALT: u16 = 8;
const FIRST_BUTTON: u16 = 0x100;

/// A desktop with the program on it, and where the program's window is.
async fn opened(title: &str) -> Option<(Sandbox, Program, WindowInfo)> {
    let sandbox = Sandbox::started().await?;
    let program = Program::open(&sandbox.display(), title);
    let listed = || sandbox.engine.windows().unwrap().into_iter().find(|window| window.id == program.window);
    eventually("it is listed and active", || listed().is_some_and(|window| window.active)).await;
    let window = listed().unwrap();
    assert_eq!(window.title, title);
    Some((sandbox, program, window))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_is_listed_with_its_title_and_place_and_one_is_active() {
    let Some((sandbox, program, window)) = opened("Žluťoučký kůň").await else { return };
    assert_eq!((window.id, window.width, window.height), (program.window, 320, 200));
    assert!(window.active);
    let other = Program::open(&sandbox.display(), "second");
    let active = || -> Vec<u32> {
        let windows = sandbox.engine.windows().unwrap();
        windows.iter().filter(|window| window.active).map(|window| window.id).collect()
    };
    eventually("the newer one is active", || active() == [other.window]).await;
    assert_eq!(sandbox.engine.windows().unwrap().len(), 2);
    assert_eq!(sandbox.engine.display_size().unwrap(), (1024, 768));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_reaches_the_place_meant_with_the_button_meant() {
    let Some((sandbox, program, window)) = opened("click").await else { return };
    let at = (window.x + 40, window.y + 30);
    for (button, number) in [(Button::Left, 1), (Button::Middle, 2), (Button::Right, 3)] {
        let pointer = sandbox.engine.click(at, button, 1, &[]).unwrap();
        assert_eq!((pointer.x, pointer.y), at);
        assert_eq!(program.next(), Told::Down(number, 40, 30, 0));
        assert_eq!(program.next(), Told::Up(number, 40, 30));
    }
    sandbox.engine.click(at, Button::Left, 2, &[]).unwrap();
    let twice: Vec<Told> = (0..4).map(|_| program.next()).collect();
    assert_eq!([&twice[0], &twice[1]], [&twice[2], &twice[3]]);
    let held = keys::modifiers(&["ctrl".to_owned(), "shift".to_owned()]).unwrap();
    sandbox.engine.click(at, Button::Left, 1, &held).unwrap();
    assert!(matches!(program.next(), Told::Key(..)));
    assert!(matches!(program.next(), Told::Key(..)));
    assert_eq!(program.next(), Told::Down(1, 40, 30, CONTROL | SHIFT));
    assert!(sandbox.engine.click(at, Button::Left, 0, &[]).is_err());
    let pointer = sandbox.engine.pointer().unwrap();
    assert_eq!((pointer.x, pointer.y), at);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pointer_stays_on_the_display() {
    let Some(sandbox) = Sandbox::started().await else { return };
    for (to, reached) in [((100, 200), (100, 200)), ((5000, 5000), (1023, 767)), ((-5, i64::MIN), (0, 0))] {
        let pointer = sandbox.engine.move_pointer(to).unwrap();
        assert_eq!((pointer.x, pointer.y), reached);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drag_presses_moves_and_lets_go() {
    let Some((sandbox, program, window)) = opened("drag").await else { return };
    let (from, to) = ((window.x + 10, window.y + 10), (window.x + 210, window.y + 110));
    let pointer = sandbox.engine.drag(from, to, Button::Left, &[]).unwrap();
    assert_eq!((pointer.x, pointer.y), to);
    assert_eq!(program.next(), Told::Down(1, 10, 10, 0));
    let mut places = Vec::new();
    loop {
        match program.next() {
            Told::Moved(x, y) => places.push((x, y)),
            told => {
                assert_eq!(told, Told::Up(1, 210, 110));
                break;
            }
        }
    }
    assert!(places.len() >= 10, "{places:?}");
    assert!(places.is_sorted());
    assert!(places.iter().all(|(x, y)| (x - 10) == 2 * (y - 10)), "{places:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wheel_turns_as_often_as_asked() {
    let Some((sandbox, program, window)) = opened("scroll").await else { return };
    let at = (window.x + 5, window.y + 5);
    sandbox.engine.scroll(at, Direction::Down, 3, &[]).unwrap();
    sandbox.engine.scroll(at, Direction::Up, 0, &[]).unwrap();
    let buttons: Vec<u8> = (0..8)
        .filter_map(|_| match program.next() {
            Told::Down(number, 5, 5, _) => Some(number),
            _ => None,
        })
        .collect();
    assert_eq!(buttons, [5, 5, 5, 4]);
    let refused = sandbox.engine.scroll(at, Direction::Up, -1, &[]).unwrap_err().to_string();
    assert_eq!(refused, "scroll amount must be greater than or equal to 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_stays_down_until_it_is_let_go() {
    let Some((sandbox, program, window)) = opened("hold").await else { return };
    sandbox.engine.hold_button(Some((window.x + 7, window.y + 8)), Button::Left, true).unwrap();
    assert_eq!(program.next(), Told::Down(1, 7, 8, 0));
    sandbox.engine.move_pointer((window.x + 9, window.y + 8)).unwrap();
    assert_eq!(program.next(), Told::Moved(9, 8));
    assert!(program.heard_all());
    sandbox.engine.hold_button(None, Button::Left, false).unwrap();
    assert_eq!(program.next(), Told::Up(1, 9, 8));
}

#[tokio::test(flavor = "multi_thread")]
async fn any_text_arrives_as_it_was_written() {
    let Some((sandbox, program, _)) = opened("type").await else { return };
    let text = "Hello, World! ~`'\"\\|\nÄÖü ß € Příliš žluťoučký Ω λ Привет 漢字 かな 한글 🦀😀";
    sandbox.engine.type_text(text, 0).unwrap();
    assert_eq!(program.text(text.chars().count()), text);
    assert!(sandbox.engine.type_text("a\u{7}", 0).is_err());
    sandbox.engine.type_text("z", 0).unwrap();
    assert_eq!(program.text(1), "z");
}

#[tokio::test(flavor = "multi_thread")]
async fn there_may_be_more_characters_in_a_text_than_keys_on_a_keyboard() {
    let Some((sandbox, program, _)) = opened("many").await else { return };
    let text: String = (0x4e00..0x4e00 + 300).filter_map(char::from_u32).collect();
    sandbox.engine.type_text(&text, 0).unwrap();
    assert_eq!(program.text(300), text);
    // What was lent away meanwhile comes back.
    let start: String = text.chars().take(20).collect();
    sandbox.engine.type_text(&start, 0).unwrap();
    assert_eq!(program.text(20), start);
}

#[tokio::test(flavor = "multi_thread")]
async fn capitals_that_are_on_do_not_turn_text_around() {
    let Some((sandbox, program, _)) = opened("capitals").await else { return };
    sandbox.engine.press(&Chord::press("capslock", &[]).unwrap()).unwrap();
    sandbox.engine.type_text("aB", 0).unwrap();
    assert_eq!(program.text(2), "aB");
    sandbox.engine.press(&Chord::press("x", &[]).unwrap()).unwrap();
    assert_eq!(program.text(1), "X");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_is_made_after_each_character() {
    let Some((sandbox, program, _)) = opened("slow").await else { return };
    let begun = std::time::Instant::now();
    sandbox.engine.type_text("abcdef", 50).unwrap();
    assert!(begun.elapsed() >= std::time::Duration::from_millis(250));
    assert_eq!(program.text(6), "abcdef");
}

#[tokio::test(flavor = "multi_thread")]
async fn chords_hold_what_they_name_and_let_it_go() {
    let Some((sandbox, program, _)) = opened("keys").await else { return };
    // What is lent to characters leaves the other keys as they were.
    sandbox.engine.type_text("漢字ж", 0).unwrap();
    assert_eq!(program.text(3), "漢字ж");
    let told = |program: &Program| loop {
        match program.next() {
            Told::KeyUp(_) => {}
            told => return told,
        }
    };
    sandbox.engine.press(&Chord::hotkey("ctrl+alt+insert").unwrap()).unwrap();
    assert_eq!(told(&program), Told::Key(0xffe3, 0));
    assert_eq!(told(&program), Told::Key(0xffe9, CONTROL));
    assert_eq!(told(&program), Told::Key(0xff63, CONTROL | ALT));
    sandbox.engine.press(&Chord::press("Escape", &[]).unwrap()).unwrap();
    assert_eq!(told(&program), Told::Key(0xff1b, 0));
    // A key that keyboards lack.
    sandbox.engine.press(&Chord::press("f24", &[]).unwrap()).unwrap();
    assert_eq!(told(&program), Told::Key(0xffd5, 0));
    sandbox.engine.press(&Chord::press("num7", &[]).unwrap()).unwrap();
    let mut last = told(&program);
    while last != Told::Key(0xffb7, SHIFT) {
        last = told(&program);
    }
    sandbox.engine.hold_key(keys::key("shift").unwrap(), true).unwrap();
    sandbox.engine.press(&Chord::press("q", &[]).unwrap()).unwrap();
    assert_eq!(program.text(1), "Q");
    sandbox.engine.hold_key(keys::key("shift").unwrap(), false).unwrap();
    sandbox.engine.press(&Chord::press("q", &[]).unwrap()).unwrap();
    assert_eq!(program.text(1), "q");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_shows_what_is_drawn_where_it_is_drawn() {
    let Some((sandbox, _program, window)) = opened("picture").await else { return };
    sandbox.engine.move_pointer((1000, 700)).unwrap();
    let whole = sandbox.engine.capture(None, false).unwrap();
    let (width, height) = (whole.picture.width, whole.picture.height);
    assert_eq!((width, height), (1024, 768));
    assert_eq!(whole.pointer, None);
    let pixel = |x: i64, y: i64| {
        let at = (y as usize * width + x as usize) * 3;
        [whole.picture.pixels[at], whole.picture.pixels[at + 1], whole.picture.pixels[at + 2]]
    };
    for (x, y) in [(0, 0), (319, 199), (160, 100)] {
        assert_eq!(pixel(window.x + x, window.y + y), COLOUR, "{x} {y}");
    }
    assert_ne!(pixel(window.x + 340, window.y + 100), COLOUR);
    let part = Region { x: window.x, y: window.y, width: 320, height: 200 };
    let part = sandbox.engine.capture(Some(part), false).unwrap().picture;
    assert!(part.pixels.chunks(3).all(|pixel| pixel == COLOUR));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_beyond_the_display_is_black() {
    let Some(sandbox) = Sandbox::started().await else { return };
    let take = |x, y, width, height| {
        sandbox.engine.capture(Some(Region { x, y, width, height }), false).map(|capture| capture.picture)
    };
    let outside = take(5000, 0, 10, 12).unwrap();
    assert_eq!((outside.width, outside.height), (10, 12));
    assert!(outside.pixels.iter().all(|part| *part == 0));
    let inside = take(0, 0, 5, 5).unwrap();
    let across = take(-5, -5, 10, 10).unwrap();
    let corner: Vec<u8> = across.pixels.chunks(30).skip(5).flat_map(|row| row[15..].to_vec()).collect();
    assert_eq!(corner, inside.pixels);
    let refused = take(1, 2, 1 << 40, 1 << 40).unwrap_err().to_string();
    assert!(
        refused.starts_with("failed to capture screenshot region x=1 y=2 width=1099511627776"),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pointer_is_marked_where_it_is() {
    let Some((sandbox, program, window)) = opened("mark").await else { return };
    let at = (window.x + 100, window.y + 100);
    sandbox.engine.move_pointer(at).unwrap();
    let part = Region { x: window.x, y: window.y, width: 200, height: 200 };
    let marked = sandbox.engine.capture(Some(part), true).unwrap();
    assert_eq!(marked.pointer.map(|pointer| (pointer.x, pointer.y)), Some(at));
    let pixel = |x: usize, y: usize| marked.picture.pixels[(y * 200 + x) * 3..][..3].to_vec();
    assert_eq!(pixel(100, 100), [255, 0, 0]);
    assert_eq!(pixel(108, 100), [255, 255, 255]);
    assert_eq!(pixel(100, 91), [255, 255, 255]);
    assert_eq!(pixel(108, 101), [0, 0, 0]);
    assert_eq!(pixel(115, 100), COLOUR);
    assert!(program.heard_all());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pressed_button_counts_as_held() {
    let Some((sandbox, program, window)) = opened("both").await else { return };
    let at = (window.x + 3, window.y + 3);
    sandbox.engine.hold_button(Some(at), Button::Left, true).unwrap();
    sandbox.engine.click(at, Button::Right, 1, &[]).unwrap();
    assert_eq!(program.next(), Told::Down(1, 3, 3, 0));
    let moved = program.next();
    let told = if matches!(moved, Told::Moved(..)) { program.next() } else { moved };
    assert_eq!(told, Told::Down(3, 3, 3, FIRST_BUTTON));
    sandbox.engine.hold_button(None, Button::Left, false).unwrap();
}
