//! What the board says about each request, and when.

use navi_domain::delivery::Delivery;
use navi_domain::delivery::Step;
use navi_domain::delivery::preferences::{LevelRule, Show};
use navi_protocol::oncall::AlertView;
use navi_protocol::waiting::ClaimView;

use super::super::Button;
use super::super::rules::tests::{NOW, view};
use super::*;

mod limit;
mod looking;
mod table;

/// What the copy holds: requests and how far their news came; and the board that is asked.
struct Scene {
    board: Board,
    views: Vec<ApprovalView>,
    tracked: BTreeMap<About, Tracked>,
    preferences: NotifyPreferences,
    quiet: bool,
    on_call: bool,
    now: UtcMicros,
    digest_at: Option<UtcMicros>,
    language: Language,
    seen_by_others: bool,
    in_view: Option<&'static str>,
}

impl Scene {
    fn new() -> Self {
        let mut scene = Self {
            board: Board::default(),
            views: Vec::new(),
            tracked: BTreeMap::new(),
            preferences: NotifyPreferences::default(),
            quiet: false,
            on_call: false,
            now: NOW,
            digest_at: None,
            language: Language::En,
            seen_by_others: false,
            in_view: None,
        };
        // The first look is over.
        scene.look();
        scene
    }

    fn ask(&mut self, id: &str, level: &str) {
        let now = self.now;
        self.views.push(view(|v| {
            v.id = id.into();
            v.level = level.into();
            v.title = format!("title {id}");
            v.created_at = now;
            v.expires_at = now + 20 * MINUTE;
        }));
    }

    fn of(&mut self, id: &str) -> &mut ApprovalView {
        self.views.iter_mut().find(|v| v.id == id).unwrap()
    }

    fn end(&mut self, id: &str) {
        self.of(id).status = "approved".into();
    }

    /// Plans, and takes the steps that the announcer would take, with a desktop that shows everything.
    fn look(&mut self) -> Plan {
        let decider = Decider { user: "bob", ceiling: Some(Level::Critical), now: self.now };
        let moment = Moment {
            decider: &decider,
            preferences: &self.preferences,
            language: self.language,
            quiet: self.quiet,
            on_call: self.on_call,
            seen_by_others: self.seen_by_others,
            in_view: self.in_view,
            digest_at: self.digest_at,
        };
        let items: Vec<Item<'_>> = self
            .views
            .iter()
            .map(|view| Item {
                view,
                tracked: self.tracked.get(&rules::about(view)),
                snoozed: view.snoozed_until.is_some_and(|until| self.now < until),
            })
            .collect();
        let plan = self.board.plan(&items, &moment);
        for about in &plan.created {
            let delivery = Delivery::created(&about.approval_id, &about.digest, about.level, self.now);
            self.tracked.insert(about.clone(), Tracked { delivery, alerts: 0 });
        }
        for (about, why) in &plan.hindered {
            self.step(about, Step::Hindered(*why));
        }
        for (about, alerts) in &plan.alerts {
            self.tracked.get_mut(about).unwrap().alerts = *alerts;
        }
        if plan.summed_up {
            self.digest_at = Some(self.now);
        }
        for showing in plan.show.iter().filter(|showing| showing.rings) {
            for about in showing.note.covers.clone() {
                for step in [Step::Dispatched, Step::Accepted, Step::Shown] {
                    self.step(&about, step);
                }
            }
        }
        plan
    }

    fn step(&mut self, about: &About, step: Step) {
        if let Some(tracked) = self.tracked.get_mut(about)
            && let Some(next) = tracked.delivery.after(step, self.now)
        {
            tracked.delivery = next;
        }
    }

    /// Lets time pass; what is told then: summary, and whether it rings.
    fn after(&mut self, secs: i64) -> Vec<(String, bool)> {
        self.now += secs * SECOND;
        self.look().show.into_iter().map(|s| (s.note.summary, s.rings)).collect()
    }
}

fn rings(text: &str) -> Vec<(String, bool)> {
    vec![(text.to_owned(), true)]
}

#[test]
fn a_new_request_is_told_once() {
    let mut scene = Scene::new();
    scene.ask("a", "medium");
    let plan = scene.look();
    assert_eq!(plan.show.len(), 1);
    assert_eq!(plan.show[0].note.key, "approval:a");
    assert!(plan.show[0].note.sound && plan.show[0].rings);
    assert_eq!(plan.created, [rules::about(&scene.views[0])]);
    for _ in 0..30 {
        assert_eq!(scene.after(60), []);
    }
}

#[test]
fn medium_requests_that_come_together_stand_in_one_notification_replaced_in_place() {
    let mut scene = Scene::new();
    scene.ask("a", "medium");
    assert_eq!(scene.after(0), rings("Medium: title a"));
    scene.ask("b", "medium");
    assert_eq!(scene.after(4), rings("Medium: 2 requests wait"));
    scene.ask("c", "medium");
    let plan = scene.look();
    assert_eq!(plan.show[0].note.key, "approval:a", "in the place of the first");
    assert_eq!(plan.show[0].note.covers.len(), 3);
    scene.ask("d", "medium");
    assert_eq!(scene.after(11), rings("Medium: title d"), "later it is one of its own");
    scene.end("a");
    scene.end("b");
    assert_eq!(scene.after(1), [("Medium: title c".to_owned(), false)], "what is left can be approved again");
    scene.end("c");
    scene.now += SECOND;
    assert_eq!(scene.look().withdraw, ["approval:a"]);
}

#[test]
fn everything_high_stands_in_one_notification_that_rings_at_half_time_and_near_the_end() {
    let mut scene = Scene::new();
    scene.ask("a", "high");
    assert_eq!(scene.after(0), rings("HIGH 0.42: title a"));
    scene.ask("b", "high");
    assert_eq!(scene.after(60), rings("HIGH: 2 requests wait"));
    scene.end("b");
    assert_eq!(scene.after(60), [("HIGH 0.42: title a".to_owned(), false)]);
    assert_eq!(scene.after(470), []);
    assert_eq!(scene.after(10), rings("HIGH 0.42: title a"), "half time");
    assert_eq!(scene.after(300), rings("HIGH 0.42: title a"), "five minutes before the end");
    assert_eq!(scene.after(200), []);
}

#[test]
fn critical_requests_ring_every_two_minutes_until_somebody_is_on_it() {
    let mut scene = Scene::new();
    scene.ask("a", "critical");
    assert_eq!(scene.after(0), rings("CRITICAL 0.42: title a"));
    assert_eq!(scene.after(60), []);
    // Each step is a microsecond later than the one before.
    assert_eq!(scene.after(61), rings("CRITICAL 0.42: title a"));
    scene.of("a").claimed_by = Some(ClaimView { user: "carol".into(), at: 0 });
    assert_eq!(scene.after(120), []);
    scene.of("a").claimed_by = None;
    assert_eq!(scene.after(120), rings("CRITICAL 0.42: title a"));
}

#[test]
fn low_requests_are_summed_up_every_half_hour() {
    let mut scene = Scene::new();
    scene.ask("a", "low");
    scene.of("a").expires_at = NOW + 300 * MINUTE;
    assert_eq!(scene.after(0), []);
    assert_eq!(scene.tracked.values().next().unwrap().delivery.hindered.unwrap().0, Hindrance::Preference);
    scene.ask("b", "low");
    scene.of("b").expires_at = NOW + 300 * MINUTE;
    assert_eq!(scene.after(29 * 60), []);
    assert_eq!(scene.after(60), rings("2 low requests wait"));
    assert_eq!(scene.after(60), []);
    assert_eq!(scene.after(29 * 60), rings("2 low requests wait"));
}

#[test]
fn a_level_is_told_as_the_person_wants_it() {
    let mut scene = Scene::new();
    let rule = |show| LevelRule { show, sound: false, repeat: false };
    scene.preferences.levels.medium = rule(Show::Never);
    scene.preferences.levels.low = rule(Show::Bubble);
    scene.ask("a", "medium");
    scene.ask("b", "low");
    let plan = scene.look();
    assert_eq!(plan.show.len(), 1);
    assert_eq!((plan.show[0].note.key.as_str(), plan.show[0].note.sound), ("approval:b", false));
    assert_eq!(plan.hindered, [(rules::about(&scene.views[0]), Hindrance::Preference)]);
}

#[test]
fn quiet_holds_back_and_the_morning_sums_up() {
    let mut scene = Scene::new();
    scene.quiet = true;
    for (id, level) in [("a", "medium"), ("b", "high"), ("c", "critical")] {
        scene.ask(id, level);
        scene.of(id).expires_at = NOW + 600 * MINUTE;
    }
    let plan = scene.look();
    assert_eq!(plan.show, []);
    assert!(plan.hindered.iter().all(|(_, why)| *why == Hindrance::QuietHours));
    assert_eq!(plan.hindered.len(), 3, "each is told to the server as held back");
    scene.quiet = false;
    let told = ["While it was quiet: 2 requests wait · 1 high", "CRITICAL 0.42: title c"];
    assert_eq!(scene.after(3600), told.map(|text| (text.to_owned(), true)), "critical stands alone");
}

#[test]
fn quiet_lets_high_and_critical_through_to_who_is_on_call() {
    let mut scene = Scene::new();
    (scene.quiet, scene.on_call) = (true, true);
    for (id, level) in [("a", "medium"), ("b", "high"), ("c", "critical")] {
        scene.ask(id, level);
    }
    let summaries: Vec<_> = scene.look().show.into_iter().map(|s| s.note.summary).collect();
    assert_eq!(summaries, ["CRITICAL 0.42: title c", "HIGH 0.42: title b"]);
}

#[test]
fn whoever_is_next_in_line_is_told_in_any_case_and_once_an_alert() {
    let mut scene = Scene::new();
    scene.quiet = true;
    scene.ask("a", "medium");
    assert_eq!(scene.after(0), []);
    let alert = |users: &[&str]| AlertView {
        step: 0,
        users: users.iter().map(|u| (*u).to_owned()).collect(),
        cause: "time".into(),
        at: 0,
    };
    scene.of("a").alerts = vec![alert(&["eve"])];
    assert_eq!(scene.after(1), [], "somebody else is next");
    scene.of("a").alerts.push(alert(&["bob"]));
    assert_eq!(scene.after(1), rings("You are next in line: Medium: title a"));
    assert_eq!(scene.after(1), []);
    scene.end("a");
    scene.now += SECOND;
    assert_eq!(scene.look().withdraw, ["alert:a"]);
}

#[test]
fn fifty_that_waited_before_are_one_notification() {
    let mut scene = Scene::new();
    scene.board = Board::default();
    for n in 0..50 {
        scene.ask(&format!("a{n:02}"), if n % 10 == 0 { "high" } else { "medium" });
    }
    assert_eq!(scene.after(0), rings("50 requests wait for you · 5 high"));
    assert_eq!(scene.after(60), []);
    scene.end("a00");
    assert_eq!(scene.after(1), [("49 requests wait for you · 4 high".to_owned(), false)]);
    scene.board.closed("waiting");
    scene.end("a10");
    assert_eq!(scene.after(1), [], "what the person took away stays away");
}

#[test]
fn a_restart_tells_nothing_again_but_what_was_lost_on_the_way() {
    let mut scene = Scene::new();
    scene.ask("a", "medium");
    scene.after(0);
    scene.board = Board::default();
    assert_eq!(scene.after(1), [], "it was shown");
    scene.ask("b", "medium");
    let about = rules::about(scene.views.last().unwrap());
    let lost = Delivery::created("b", &about.digest, about.level, scene.now);
    let lost = lost.after(Step::Dispatched, scene.now).unwrap();
    scene.tracked.insert(about, Tracked { delivery: lost, alerts: 0 });
    assert_eq!(scene.after(1), [], "the desktop may still answer");
    scene.board = Board::default();
    assert_eq!(scene.after(1), rings("Medium: title b"));
}

#[test]
fn what_was_opened_rings_no_first_time_and_own_requests_never() {
    let mut scene = Scene::new();
    scene.ask("a", "high");
    let about = rules::about(&scene.views[0]);
    let opened = Delivery::created("a", &about.digest, about.level, NOW).after(Step::Opened, NOW).unwrap();
    scene.tracked.insert(about, Tracked { delivery: opened, alerts: 0 });
    scene.ask("b", "critical");
    scene.of("b").requester = "bob".into();
    assert_eq!(scene.after(0), []);
    assert_eq!(scene.after(10 * 60), rings("HIGH 0.42: title a"), "half time is another matter");
}

#[test]
fn what_was_put_off_is_neither_told_nor_kept_on_the_screen() {
    let mut scene = Scene::new();
    scene.ask("a", "medium");
    scene.after(0);
    let decider = Decider { user: "bob", ceiling: None, now: scene.now };
    let moment = Moment {
        decider: &decider,
        preferences: &scene.preferences,
        language: Language::En,
        quiet: false,
        on_call: false,
        seen_by_others: false,
        in_view: None,
        digest_at: None,
    };
    let tracked = scene.tracked.values().next();
    let plan = scene.board.plan(&[Item { view: &scene.views[0], tracked, snoozed: true }], &moment);
    assert_eq!(plan.withdraw, ["approval:a"]);
    assert_eq!(plan.hindered[0].1, Hindrance::Snoozed);
}

#[test]
fn another_language_rewords_what_is_on_the_screen_without_ringing() {
    let mut scene = Scene::new();
    scene.ask("a", "medium");
    scene.of("a").alerts =
        vec![AlertView { step: 0, users: vec!["bob".into()], cause: "time".into(), at: 0 }];
    scene.ask("b", "high");
    scene.after(0);
    scene.language = Language::De;
    let plan = scene.look();
    let said: Vec<_> =
        plan.show.iter().map(|s| (s.note.key.as_str(), s.note.summary.as_str(), s.rings)).collect();
    assert_eq!(
        said,
        [
            ("alert:a", "Du bist als Nächstes dran: Mittel: title a", false),
            ("high", "HOCH 0,42: title b", false),
        ]
    );
    assert_eq!(scene.after(1), [], "once");
}

#[test]
fn what_an_earlier_run_left_is_shown_anew_in_its_place_or_taken_away() {
    let mut scene = Scene::new();
    scene.ask("a", "medium");
    scene.ask("b", "high");
    scene.ask("c", "critical");
    scene.after(0);
    let left = std::mem::take(&mut scene.board.on_screen);
    assert_eq!(left.keys().collect::<Vec<_>>(), ["approval:a", "approval:c", "high"]);
    scene.end("c");
    scene.board = Board::with(left, Vec::new());
    let plan = scene.look();
    let shown: Vec<_> =
        plan.show.iter().map(|s| (s.note.key.as_str(), s.note.buttons.len(), s.rings)).collect();
    assert_eq!(shown, [("approval:a", 3, false), ("high", 3, false)], "with buttons, and without a sound");
    assert_eq!(plan.withdraw, ["approval:c"]);
    assert_eq!(scene.after(1), [], "once");
}

#[test]
fn a_screen_that_others_may_see_takes_back_what_a_notification_says() {
    let mut scene = Scene::new();
    scene.preferences.contents = Contents::HiddenWhenLocked;
    scene.ask("a", "medium");
    assert_eq!(scene.after(0), rings("Medium: title a"));
    scene.seen_by_others = true;
    assert_eq!(scene.after(1), [("Medium: a request waits".to_owned(), false)]);
    scene.seen_by_others = false;
    assert_eq!(scene.after(1), [("Medium: title a".to_owned(), false)]);
}
