//! The tray icon, drawn by us: the state is a shape first and a colour second, and the count is part of the picture.

use super::state::{Link, Standing, TrayState};

/// Edge of the square icon in pixels.
pub(crate) const SIZE: usize = 44;

const INK: [u8; 3] = [0xF5, 0xF5, 0xF5];
const RIM: [u8; 3] = [0x20, 0x24, 0x2C];
const BLUE: [u8; 3] = [0x3B, 0x82, 0xF6];
const RED: [u8; 3] = [0xDC, 0x26, 0x26];
const GREY: [u8; 3] = [0x6B, 0x72, 0x80];

/// Which picture is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An open ring: nothing waits.
    Idle,
    /// A filled disc with the count.
    Waiting(usize),
    /// A filled triangle with the count: high or critical waits.
    Grave(usize),
    /// A struck-through ring; with a dot when votes are unsent.
    Offline {
        /// Votes not accepted yet.
        unsent: bool,
    },
    /// A red octagon with an exclamation mark: the record contradicts itself, and approving stopped.
    Broken,
    /// A padlock: not enrolled, locked or signed out.
    Shut,
    /// A disc with a bite out of it: the copy cannot be used.
    Damaged,
    /// Two bars: somebody has paused agents.
    Paused,
    /// A red key: a bypass is in force.
    Bypass,
}

impl Shape {
    /// The picture for a state.
    pub(crate) fn of(state: &TrayState) -> Self {
        match state.standing {
            Standing::Enrolled | Standing::Starting => {}
            Standing::Damaged => return Self::Damaged,
            Standing::NotEnrolled | Standing::Locked | Standing::SignedOut => return Self::Shut,
        }
        if state.broken_record {
            return Self::Broken;
        }
        if state.bypass_minutes.is_some() {
            return Self::Bypass;
        }
        if matches!(state.link, Link::OfflineSince(_)) {
            return Self::Offline { unsent: state.unsent > 0 };
        }
        match (state.waiting, state.grave) {
            (_, 1..) => Self::Grave(state.waiting),
            (_, 0) if state.freezes > 0 => Self::Paused,
            (0, _) => Self::Idle,
            (count, 0) => Self::Waiting(count),
        }
    }

    /// RGBA, [`SIZE`] × [`SIZE`], row by row.
    pub(crate) fn draw(self) -> Vec<u8> {
        let count = match self {
            Self::Waiting(n) | Self::Grave(n) => Some(n),
            _ => None,
        };
        let mut rgba = Vec::with_capacity(SIZE * SIZE * 4);
        for y in 0..SIZE {
            for x in 0..SIZE {
                rgba.extend(self.pixel(x, y, count));
            }
        }
        rgba
    }

    /// Four samples per pixel and axis make smooth edges.
    fn pixel(self, x: usize, y: usize, count: Option<usize>) -> [u8; 4] {
        let mut sum = [0_u32; 4];
        for sub_y in 0..4_u8 {
            for sub_x in 0..4_u8 {
                let at = |pixel: usize, sub: u8| pixel as f32 + (f32::from(sub) + 0.5) / 4.0;
                let (px, py) = (at(x, sub_x), at(y, sub_y));
                let colour = match count {
                    Some(n) if digits(n, self.text_middle(), px, py) => Some(INK),
                    _ => self.colour(px - 22.0, py - 22.0),
                };
                if let Some([r, g, b]) = colour {
                    for (total, part) in sum.iter_mut().zip([r, g, b, 255]) {
                        *total += u32::from(part);
                    }
                }
            }
        }
        let [r, g, b, a] = sum;
        let covered = a / 255;
        let mean = |total: u32| u8::try_from(total.checked_div(covered).unwrap_or(0)).unwrap_or(u8::MAX);
        [mean(r), mean(g), mean(b), u8::try_from(a / 16).unwrap_or(u8::MAX)]
    }

    fn text_middle(self) -> f32 {
        if matches!(self, Self::Grave(_)) { 29.0 } else { 22.0 }
    }

    /// The colour at a point seen from the middle; `None` outside the shape.
    fn colour(self, x: f32, y: f32) -> Option<[u8; 3]> {
        let radius = x.hypot(y);
        match self {
            Self::Idle => ring(radius, BLUE),
            Self::Waiting(_) => (radius < 21.0).then_some(if radius < 19.0 { BLUE } else { RIM }),
            Self::Grave(_) => {
                let side =
                    |grow: f32| y < 19.0 + grow && y > -20.0 - grow && x.abs() < (y + 20.5 + grow) * 0.56;
                side(0.0).then_some(RED).or_else(|| side(1.5).then_some(RIM))
            }
            Self::Offline { unsent } => {
                let dot = (x - 13.0).hypot(y + 13.0);
                if unsent && dot < 8.5 {
                    return Some(if dot < 7.0 { BLUE } else { RIM });
                }
                let strike = (x - y).abs();
                if strike < 3.5 && radius < 21.0 {
                    return Some(if strike < 2.2 { INK } else { RIM });
                }
                ring(radius, GREY)
            }
            Self::Broken => {
                let edge = x.abs().max(y.abs()).max((x.abs() + y.abs()) * std::f32::consts::FRAC_1_SQRT_2);
                let mark = x.abs() < 2.6 && ((-12.0..4.0).contains(&y) || (8.0..13.0).contains(&y));
                (edge < 21.0).then_some(if mark {
                    INK
                } else if edge < 19.0 {
                    RED
                } else {
                    RIM
                })
            }
            Self::Damaged => {
                let bite = (x - 12.0).hypot(y + 12.0);
                let crack = (x + y * 0.35).abs() < 1.8 && y > -6.0;
                let inside = radius < 19.0 && bite > 11.0;
                if inside {
                    return Some(if crack { INK } else { GREY });
                }
                (radius < 21.0 && bite > 9.0).then_some(RIM)
            }
            Self::Paused => {
                let bar = |grow: f32| (x.abs() - 9.0).abs() < 5.0 + grow && y.abs() < 17.0 + grow;
                bar(0.0).then_some(BLUE).or_else(|| bar(1.8).then_some(RIM))
            }
            Self::Bypass => {
                let key = |grow: f32| {
                    let head = (x + 9.0).hypot(y);
                    let ring = (4.0 - grow..11.0 + grow).contains(&head);
                    let stem = (0.0 - grow..20.0 + grow).contains(&x) && y.abs() < 2.8 + grow;
                    let teeth = ((8.0 - grow..12.0 + grow).contains(&x)
                        || (15.5 - grow..19.5 + grow).contains(&x))
                        && (0.0..9.0 + grow).contains(&y);
                    ring || stem || teeth
                };
                key(0.0).then_some(RED).or_else(|| key(1.5).then_some(RIM))
            }
            Self::Shut => {
                let body = |grow: f32| x.abs() < 14.0 + grow && y > -3.0 - grow && y < 18.0 + grow;
                let bow = (x.hypot(y + 4.0) - 9.5).abs();
                let above = y < -2.0;
                if body(0.0) {
                    let hole = x.hypot(y - 6.0) < 3.0 || (x.abs() < 1.5 && (6.0..12.0).contains(&y));
                    return Some(if hole { INK } else { GREY });
                }
                if above && bow < 2.5 {
                    return Some(GREY);
                }
                (body(1.5) || (above && bow < 4.0)).then_some(RIM)
            }
        }
    }
}

fn ring(radius: f32, colour: [u8; 3]) -> Option<[u8; 3]> {
    let off = (radius - 15.5).abs();
    (off < 5.0).then_some(if off < 3.5 { colour } else { RIM })
}

/// Rows of a 3 × 5 font, three bits each; the last one is `+`.
const FONT: [[u8; 5]; 11] = [
    [0b111, 0b101, 0b101, 0b101, 0b111],
    [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111],
    [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001],
    [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111],
    [0b111, 0b001, 0b010, 0b010, 0b010],
    [0b111, 0b101, 0b111, 0b101, 0b111],
    [0b111, 0b101, 0b111, 0b001, 0b111],
    [0b000, 0b010, 0b111, 0b010, 0b000],
];

/// Whether a point lies in the count, which is centred at (22, `middle`). Above nine it reads `9+`.
fn digits(count: usize, middle: f32, x: f32, y: f32) -> bool {
    let (glyphs, cell): (&[usize], f32) = if count > 9 { (&[9, 10], 3.0) } else { (&[count], 4.4) };
    let width = (glyphs.len() * 4 - 1) as f32 * cell;
    let column = ((x - 22.0 + width / 2.0) / cell).floor();
    let row = ((y - middle + 2.5 * cell) / cell).floor();
    if column < 0.0 || row < 0.0 {
        return false;
    }
    let (column, row) = (column as usize, row as usize);
    let Some(bits) = glyphs.get(column / 4).and_then(|g| FONT.get(*g)).and_then(|rows| rows.get(row)) else {
        return false;
    };
    column % 4 < 3 && bits & (0b100 >> (column % 4)) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(waiting: usize, grave: usize, link: Link) -> TrayState {
        TrayState { standing: Standing::Enrolled, link, waiting, grave, ..TrayState::default() }
    }

    #[test]
    fn the_state_chooses_the_shape() {
        assert_eq!(Shape::of(&state(0, 0, Link::Live)), Shape::Idle);
        assert_eq!(Shape::of(&state(3, 0, Link::Live)), Shape::Waiting(3));
        assert_eq!(Shape::of(&state(3, 1, Link::Live)), Shape::Grave(3));
        let offline = TrayState { unsent: 1, ..state(3, 1, Link::OfflineSince("1:00".into())) };
        assert_eq!(Shape::of(&offline), Shape::Offline { unsent: true });
        let broken = TrayState { broken_record: true, ..offline.clone() };
        assert_eq!(Shape::of(&broken), Shape::Broken);
        let bypass = TrayState { bypass_minutes: Some(5), ..offline.clone() };
        assert_eq!(Shape::of(&bypass), Shape::Bypass);
        let paused = TrayState { freezes: 1, ..state(3, 0, Link::Live) };
        assert_eq!(Shape::of(&paused), Shape::Paused);
        assert_eq!(
            Shape::of(&TrayState { grave: 1, ..paused }),
            Shape::Grave(3),
            "what is grave is shown first"
        );
        let damaged = TrayState { standing: Standing::Damaged, ..TrayState::default() };
        assert_eq!(Shape::of(&damaged), Shape::Damaged);
        let locked = TrayState { standing: Standing::Locked, ..TrayState::default() };
        assert_eq!(Shape::of(&locked), Shape::Shut);
    }

    /// Which pixels are opaque: the shape without its colours.
    fn outline(shape: Shape) -> Vec<bool> {
        shape.draw().chunks(4).map(|p| p[3] > 127).collect()
    }

    #[test]
    fn states_differ_by_outline_or_by_ink_and_not_by_colour_alone() {
        let shapes = [
            Shape::Idle,
            Shape::Waiting(1),
            Shape::Grave(1),
            Shape::Offline { unsent: false },
            Shape::Broken,
            Shape::Shut,
            Shape::Damaged,
            Shape::Paused,
            Shape::Bypass,
        ];
        for (i, a) in shapes.iter().enumerate() {
            assert_eq!(a.draw().len(), SIZE * SIZE * 4);
            for b in &shapes[i + 1..] {
                assert_ne!(outline(*a), outline(*b), "{a:?} {b:?}");
            }
        }
        assert_ne!(Shape::Offline { unsent: false }.draw(), Shape::Offline { unsent: true }.draw());
        let counts: Vec<_> = (1..=10).map(|n| Shape::Waiting(n).draw()).collect();
        for (i, a) in counts.iter().enumerate() {
            assert!(counts[i + 1..].iter().all(|b| a != b), "{i}");
        }
        assert_eq!(Shape::Waiting(10).draw(), Shape::Waiting(99).draw());
    }
}
