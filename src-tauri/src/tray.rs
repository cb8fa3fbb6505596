//! The tray item: puts the pure menu and the drawn icon on the screen. Decides nothing.

#[cfg(target_os = "linux")]
pub(crate) mod host;
mod icon;
pub(crate) mod menu;
pub(crate) mod state;

use tauri::image::Image;
use tauri::menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Wry};

use icon::{SIZE, Shape};
use menu::{Click, Row};
use state::TrayState;

use crate::window;

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

fn system_menu(app: &AppHandle, rows: &[Row]) -> tauri::Result<Menu<Wry>> {
    let menu = Menu::new(app)?;
    for row in rows {
        // A single ampersand would mark a shortcut key.
        let item: Box<dyn IsMenuItem<Wry>> = match row {
            Row::Item(text, click) => {
                Box::new(MenuItem::with_id(app, click.id(), text.replace('&', "&&"), true, None::<&str>)?)
            }
            Row::Text(text) => Box::new(MenuItem::new(app, text.replace('&', "&&"), false, None::<&str>)?),
            Row::Line => Box::new(PredefinedMenuItem::separator(app)?),
        };
        menu.append(item.as_ref())?;
    }
    Ok(menu)
}

fn clicked(app: &AppHandle, id: &str) {
    match Click::of(id) {
        Some(Click::Open) => window::open(app, None),
        Some(Click::OpenApproval(id)) => window::open(app, Some(&id)),
        Some(Click::Quit) => app.exit(0),
        None => {}
    }
}

fn pointed(app: &AppHandle, event: &TrayIconEvent) {
    if let TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. } = event
    {
        window::toggle(app);
    }
}
