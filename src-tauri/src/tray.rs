//! The tray item: puts the pure menu and the drawn icon on the screen. Decides nothing.

mod act;
#[cfg(target_os = "linux")]
pub(crate) mod host;
mod icon;
pub(crate) mod menu;
pub(crate) mod state;

use std::sync::{Mutex, PoisonError};

use tauri::image::Image;
use tauri::menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager as _, Wry};

use icon::{SIZE, Shape};
use menu::{Click, Row};
use state::TrayState;

use crate::{once, window};

/// The most urgent request, for the middle button.
#[derive(Debug, Default)]
pub(crate) struct MostUrgent(Mutex<Option<String>>);

/// The item on the screen, and what it shows.
pub(crate) struct Tray {
    item: TrayIcon<Wry>,
    rows: Vec<Row>,
    shape: Shape,
}

impl Tray {
    /// Puts the item into the tray. On the main thread.
    ///
    /// # Errors
    /// When there is no tray, or it does not take the item.
    pub(crate) fn new(app: &AppHandle, state: &TrayState) -> tauri::Result<Self> {
        let (rows, shape) = (menu::menu(state), Shape::of(state));
        remember_most_urgent(app, state);
        let item = TrayIconBuilder::with_id("navi-governance")
            .title("Navi Governance")
            .tooltip(menu::headline(state))
            .icon(image(shape))
            .menu(&system_menu(app, &rows)?)
            .show_menu_on_left_click(false)
            .on_menu_event(|app, event| clicked(app, event.id().as_ref()))
            .on_tray_icon_event(|item, event| pointed(item.app_handle(), &event))
            .build(app)?;
        Ok(Self { item, rows, shape })
    }

    /// Shows another state; touches only what differs. On the main thread.
    ///
    /// # Errors
    /// When the tray does not take it.
    pub(crate) fn show(&mut self, app: &AppHandle, state: &TrayState) -> tauri::Result<()> {
        let (rows, shape) = (menu::menu(state), Shape::of(state));
        remember_most_urgent(app, state);
        if rows != self.rows {
            self.item.set_menu(Some(system_menu(app, &rows)?))?;
            self.item.set_tooltip(Some(menu::headline(state)))?;
            self.rows = rows;
        }
        if shape != self.shape {
            self.item.set_icon(Some(image(shape)))?;
            self.shape = shape;
        }
        Ok(())
    }
}

fn image(shape: Shape) -> Image<'static> {
    let edge = u32::try_from(SIZE).unwrap_or_default();
    Image::new_owned(shape.draw(), edge, edge)
}

fn remember_most_urgent(app: &AppHandle, state: &TrayState) {
    if let Some(kept) = app.try_state::<MostUrgent>() {
        let urgent = state.urgent.first().map(|request| request.approval_id.clone());
        *kept.0.lock().unwrap_or_else(PoisonError::into_inner) = urgent;
    }
}

fn system_menu(app: &AppHandle, rows: &[Row]) -> tauri::Result<Menu<Wry>> {
    let menu = Menu::new(app)?;
    for item in items(app, rows, "")? {
        menu.append(item.as_ref())?;
    }
    Ok(menu)
}

/// `above` is the place of the row that these lie below.
fn items(app: &AppHandle, rows: &[Row], above: &str) -> tauri::Result<Vec<Box<dyn IsMenuItem<Wry>>>> {
    let mut items: Vec<Box<dyn IsMenuItem<Wry>>> = Vec::with_capacity(rows.len());
    for (nth, row) in rows.iter().enumerate() {
        // A single ampersand would mark a shortcut key.
        let plain = |text: &str| text.replace('&', "&&");
        items.push(match row {
            Row::Item(text, click) => {
                let id = format!("{}#{above}{nth}", click.id());
                Box::new(MenuItem::with_id(app, id, plain(text), true, None::<&str>)?)
            }
            Row::Below(text, rows) => {
                let below = Submenu::new(app, plain(text), true)?;
                for item in self::items(app, rows, &format!("{above}{nth}."))? {
                    below.append(item.as_ref())?;
                }
                Box::new(below)
            }
            Row::Text(text) => Box::new(MenuItem::new(app, plain(text), false, None::<&str>)?),
            Row::Line => Box::new(PredefinedMenuItem::separator(app)?),
        });
    }
    Ok(items)
}

fn clicked(app: &AppHandle, id: &str) {
    match Click::of(id) {
        Some(Click::Open) => window::open(app, None),
        Some(Click::OpenQueue) => window::open_at(app, window::QUEUE),
        Some(Click::OpenApproval(id)) => window::open(app, Some(&id)),
        Some(Click::OpenUnsent) => window::open_at(app, "/?tab=unsent"),
        Some(Click::OpenEmergency) => window::open_at(app, window::EMERGENCY),
        Some(Click::OpenSettings) => window::open_at(app, "/settings"),
        Some(Click::ClaimAll) => act::claim_all(app),
        Some(Click::UndoReject(id)) => act::undo_reject(app, &id),
        Some(Click::Stop(scope)) => act::stop(app, scope),
        Some(Click::Quiet(quiet)) => act::quiet(app, quiet),
        Some(Click::Quit) => once::quit(app, 0),
        None => {}
    }
}

/// Left shows or hides the window, the middle button opens what is most urgent.
fn pointed(app: &AppHandle, event: &TrayIconEvent) {
    let TrayIconEvent::Click { button, button_state: MouseButtonState::Up, .. } = event else { return };
    match button {
        MouseButton::Left => window::toggle(app),
        MouseButton::Middle => {
            let kept = app.try_state::<MostUrgent>();
            let urgent = kept.and_then(|kept| kept.0.lock().unwrap_or_else(PoisonError::into_inner).clone());
            window::open(app, urgent.as_deref());
        }
        MouseButton::Right => {}
    }
}
