//! One row for each level, as the design has it: urgency, buttons, sound, and when it rings.

use super::*;

/// What one request of a level is told like, and in which minutes of its time.
struct Row {
    level: &'static str,
    lasts: i64,
    key: &'static str,
    critical: bool,
    sound: bool,
    buttons: &'static [Button],
    minutes: &'static [i64],
}

const REVIEW_AND_SNOOZE: &[Button] = &[Button::Review, Button::Snooze];
const FAIL_SAFE: &[Button] = &[Button::Review, Button::Reject, Button::Snooze];
const NO_SNOOZE: &[Button] = &[Button::Review, Button::Reject];

const TABLE: [Row; 4] = [
    Row {
        level: "low",
        lasts: 40,
        key: "low",
        critical: false,
        sound: false,
        buttons: REVIEW_AND_SNOOZE,
        minutes: &[30],
    },
    Row {
        level: "medium",
        lasts: 20,
        key: "approval:a",
        critical: false,
        sound: true,
        buttons: FAIL_SAFE,
        minutes: &[0],
    },
    Row {
        level: "high",
        lasts: 20,
        key: "high",
        critical: true,
        sound: true,
        buttons: FAIL_SAFE,
        minutes: &[0, 10, 15],
    },
    Row {
        level: "critical",
        lasts: 9,
        key: "approval:a",
        critical: true,
        sound: true,
        buttons: NO_SNOOZE,
        minutes: &[0, 2, 4, 6, 8],
    },
];

#[test]
fn each_level_is_told_as_the_table_has_it() {
    for row in TABLE {
        let mut scene = Scene::new();
        scene.ask("a", row.level);
        // Nothing that fits one line, so that no Approve is offered.
        scene.of("a").one_line = None;
        scene.of("a").expires_at = NOW + row.lasts * MINUTE;
        let mut minutes = Vec::new();
        for minute in 0..row.lasts {
            // Steps are microseconds apart, so that two minutes are a little more.
            scene.now = NOW + minute * (MINUTE + 10);
            for Showing { note, .. } in scene.look().show.into_iter().filter(|s| s.rings) {
                minutes.push(minute);
                assert_eq!(note.key, row.key);
                assert_eq!((note.critical, note.sound), (row.critical, row.sound), "{}", row.level);
                assert_eq!(note.buttons, row.buttons, "{}", row.level);
            }
        }
        assert_eq!(minutes, row.minutes, "{}", row.level);
    }
}

#[test]
fn several_of_a_level_can_be_put_off_together_and_not_decided() {
    for level in ["low", "medium", "high"] {
        let mut scene = Scene::new();
        for id in ["a", "b"] {
            scene.ask(id, level);
            scene.of(id).expires_at = NOW + 60 * MINUTE;
        }
        if level == "low" {
            scene.now += 31 * MINUTE;
        }
        let plan = scene.look();
        let [Showing { note, .. }] = plan.show.as_slice() else { panic!("{level}: {plan:?}") };
        assert_eq!((note.buttons.as_slice(), note.covers.len()), (REVIEW_AND_SNOOZE, 2), "{level}");
    }
}

#[test]
fn a_claim_stops_every_repeat() {
    for level in ["high", "critical"] {
        let mut scene = Scene::new();
        scene.ask("a", level);
        assert_eq!(scene.after(0).len(), 1);
        scene.of("a").claimed_by = Some(ClaimView { user: "carol".into(), at: 0 });
        assert!((0..19).all(|_| scene.after(60).iter().all(|(_, rings)| !rings)), "{level}");
    }
}
