//! What the focused window shows is not told beside it, and is told when its person leaves without deciding. What was put
//! off comes back.

use super::*;

/// The window shows it, which is a step of its news.
fn open(scene: &mut Scene, id: &'static str) {
    scene.in_view = Some(id);
    let about = rules::about(scene.of(id));
    scene.look();
    scene.step(&about, Step::Opened);
}

#[test]
fn what_is_before_their_eyes_is_told_when_they_leave_without_deciding() {
    for level in ["medium", "high", "critical"] {
        let mut scene = Scene::new();
        scene.ask("a", level);
        open(&mut scene, "a");
        assert_eq!(scene.after(10), [], "{level}");
        scene.in_view = None;
        assert_eq!(scene.after(1).len(), 1, "{level}");
        assert_eq!(scene.after(1), [], "{level}: once");
    }
}

#[test]
fn who_decided_before_leaving_is_told_nothing() {
    let mut scene = Scene::new();
    scene.ask("a", "high");
    open(&mut scene, "a");
    scene.end("a");
    scene.in_view = None;
    assert_eq!(scene.after(1), []);
}

#[test]
fn repeats_wait_too_and_others_do_not() {
    let mut scene = Scene::new();
    scene.ask("a", "critical");
    assert_eq!(scene.after(0).len(), 1);
    scene.in_view = Some("a");
    assert_eq!(scene.after(300), []);
    scene.ask("b", "critical");
    assert_eq!(scene.after(1), rings("CRITICAL 0.42: title b"));
    scene.in_view = None;
    assert_eq!(scene.after(1), rings("CRITICAL 0.42: title a"));
}

#[test]
fn an_alert_of_what_they_read_is_told_when_they_leave() {
    let mut scene = Scene::new();
    scene.ask("a", "medium");
    scene.after(0);
    let alert = AlertView { step: 0, users: vec!["bob".into()], cause: "time".into(), at: 0 };
    scene.of("a").alerts = vec![alert];
    scene.in_view = Some("a");
    assert_eq!(scene.after(1), []);
    scene.in_view = None;
    assert_eq!(scene.after(1), rings("You are next in line: Medium: title a"));
}

#[test]
fn what_was_put_off_is_told_again_when_that_is_over() {
    for opened in [false, true] {
        let mut scene = Scene::new();
        scene.ask("a", "medium");
        assert_eq!(scene.after(0), rings("Medium: title a"));
        if opened {
            let about = rules::about(scene.of("a"));
            scene.step(&about, Step::Opened);
        }
        scene.of("a").snoozed_until = Some(scene.now + 15 * MINUTE);
        assert_eq!(scene.after(1), []);
        assert_eq!(scene.after(14 * 60), []);
        assert_eq!(scene.after(60), rings("Medium: title a"), "opened: {opened}");
        assert_eq!(scene.after(1), [], "once");
    }
    // A newer view of it need not say until when it was put off.
    let mut scene = Scene::new();
    scene.ask("a", "medium");
    scene.after(0);
    scene.of("a").snoozed_until = Some(scene.now + MINUTE);
    scene.after(1);
    scene.of("a").snoozed_until = None;
    assert_eq!(scene.after(60), rings("Medium: title a"));
}
