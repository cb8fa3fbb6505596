//! At most four new notifications in ten minutes, then a digest; critical ones apart from that.

use super::*;

/// Asks for one more, a quarter of a minute later, so that nothing is gathered; what is told then.
fn one_more(scene: &mut Scene, id: &str, level: &str) -> Vec<(String, bool)> {
    scene.now += 15 * SECOND;
    scene.ask(id, level);
    scene.after(0)
}

/// Four medium requests, each told on its own.
fn full(scene: &mut Scene) {
    for id in ["m1", "m2", "m3", "m4"] {
        assert_eq!(one_more(scene, id, "medium"), rings(&format!("Medium: title {id}")));
    }
}

#[test]
fn the_fifth_in_ten_minutes_stands_in_a_digest_that_counts_and_is_replaced_in_place() {
    let mut scene = Scene::new();
    full(&mut scene);
    assert_eq!(one_more(&mut scene, "m5", "medium"), rings("1 more request waits"));
    scene.now += 15 * SECOND;
    scene.ask("m6", "medium");
    let plan = scene.look();
    let [Showing { note, rings: true }] = plan.show.as_slice() else { panic!("{plan:?}") };
    assert_eq!((note.key.as_str(), note.summary.as_str()), ("digest", "2 more requests wait"));
    assert_eq!((note.buttons.as_slice(), note.sound), (&[Button::Review][..], false), "it sounded once");
    assert!(note.stays && note.body.starts_with("title m5\ntitle m6\n"), "{note:?}");
    scene.end("m5");
    assert_eq!(scene.after(1), [("1 more request waits".to_owned(), false)]);
    scene.end("m6");
    scene.now += SECOND;
    assert_eq!(scene.look().withdraw, ["digest"]);
    for _ in 0..10 {
        assert_eq!(scene.after(60), [], "each was told once");
    }
    assert_eq!(one_more(&mut scene, "m7", "medium"), rings("Medium: title m7"), "ten minutes have passed");
}

#[test]
fn critical_is_never_held_back_and_does_not_count() {
    let mut scene = Scene::new();
    for n in 0..9 {
        scene.ask(&format!("c{n}"), "critical");
    }
    let told = scene.look().show;
    assert_eq!(told.len(), 9);
    assert!(told.iter().all(|s| s.note.key.starts_with("approval:c")), "{told:?}");
    for id in ["m1", "m2", "m3", "m4", "m5"] {
        scene.now += 15 * SECOND;
        scene.ask(id, "medium");
        let told: Vec<_> = scene.look().show.into_iter().map(|s| s.note.key).collect();
        assert_eq!(told, [if id == "m5" { "digest".to_owned() } else { format!("approval:{id}") }]);
    }
    assert_eq!(one_more(&mut scene, "c9", "critical"), rings("CRITICAL 0.42: title c9"));
}

#[test]
fn what_is_high_joins_the_digest_loudly_and_leaves_it_for_a_notification_of_its_own() {
    let mut scene = Scene::new();
    full(&mut scene);
    one_more(&mut scene, "m5", "medium");
    scene.now += SECOND;
    scene.ask("h1", "high");
    let plan = scene.look();
    assert_eq!(plan.show[0].note.summary, "2 more requests wait · 1 high");
    assert!(plan.show[0].note.critical && plan.show[0].note.sound, "{plan:?}");
    assert!(plan.show[0].note.body.starts_with("title h1"), "the gravest first");
    let told = scene.after(10 * 60);
    let expected = [("HIGH 0.42: title h1", true), ("1 more request waits", false)];
    assert_eq!(told, expected.map(|(text, rings)| (text.to_owned(), rings)), "half time, and there is room");
}

#[test]
fn what_only_takes_the_place_of_what_is_there_does_not_count() {
    let mut scene = Scene::new();
    scene.ask("h0", "high");
    scene.after(0);
    for n in 1..9 {
        let told = one_more(&mut scene, &format!("h{n}"), "high");
        assert_eq!(told, rings(&format!("HIGH: {} requests wait", n + 1)));
    }
    for id in ["m1", "m2", "m3"] {
        assert_eq!(one_more(&mut scene, id, "medium"), rings(&format!("Medium: title {id}")));
    }
    assert_eq!(one_more(&mut scene, "m4", "medium"), rings("1 more request waits"));
}

#[test]
fn another_run_goes_on_counting_and_keeps_the_digest() {
    let mut scene = Scene::new();
    let mut kept = None;
    for id in ["m1", "m2", "m3", "m4"] {
        scene.now += 15 * SECOND;
        scene.ask(id, "medium");
        kept = scene.look().bubbles;
    }
    one_more(&mut scene, "m5", "medium");
    let left = std::mem::take(&mut scene.board.on_screen);
    scene.board = Board::with(left, kept.unwrap());
    scene.look();
    assert_eq!(one_more(&mut scene, "m6", "medium"), rings("2 more requests wait"));
}

#[test]
fn what_waited_at_the_start_is_counted_without_what_is_critical() {
    let mut scene = Scene::new();
    scene.board = Board::default();
    for n in 0..5 {
        scene.ask(&format!("m{n}"), "medium");
    }
    scene.ask("c", "critical");
    let told = ["5 requests wait for you", "CRITICAL 0.42: title c"];
    assert_eq!(scene.after(0), told.map(|text| (text.to_owned(), true)));
}
