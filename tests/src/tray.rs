//! A tray host: owns `org.kde.StatusNotifierWatcher`, reads the items' state and menus, and clicks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use zbus::zvariant::{OwnedValue, Structure, Value};
use zbus::{Connection, Proxy};

use crate::desktop::Desktop;
use crate::wait;

/// A menu item as `GetLayout` of com.canonical.dbusmenu answers it: id, properties, children.
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

const NAME: &str = "org.kde.StatusNotifierWatcher";
const PATH: &str = "/StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";

type Items = Arc<Mutex<Vec<Address>>>;

/// Where an item lives.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Address {
    bus_name: String,
    path: String,
}

struct Watcher(Items);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    async fn register_status_notifier_item(
        &self,
        service: String,
        #[zbus(header)] header: zbus::message::Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> zbus::fdo::Result<()> {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        let address = if service.starts_with('/') {
            Address { bus_name: sender, path: service }
        } else {
            Address { bus_name: service, path: "/StatusNotifierItem".into() }
        };
        let text = format!("{}{}", address.bus_name, address.path);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(address);
        let everybody = None::<zbus::names::BusName<'_>>;
        connection.emit_signal(everybody, PATH, NAME, "StatusNotifierItemRegistered", &(text,)).await?;
        Ok(())
    }

    fn register_status_notifier_host(&self, _service: String) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        let items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        items.iter().map(|item| format!("{}{}", item.bus_name, item.path)).collect()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

/// The tray of one desktop.
#[derive(Debug)]
pub struct Tray {
    connection: Connection,
    items: Items,
}

impl Tray {
    /// Puts a tray on the desktop.
    ///
    /// # Errors
    /// When the bus refuses the name.
    pub async fn start(desktop: &Desktop) -> Result<Self> {
        let items = Items::default();
        let connection = desktop.bus().await?;
        connection.object_server().at(PATH, Watcher(Arc::clone(&items))).await?;
        connection.request_name(NAME).await.context("the tray's name is taken")?;
        Ok(Self { connection, items })
    }

    /// Waits for the first item.
    ///
    /// # Errors
    /// When no program puts one there.
    pub async fn item(&self) -> Result<TrayItem> {
        self.nth_item(0).await
    }

    /// Waits for the item that was registered after `n` others, also of programs that have ended since.
    ///
    /// # Errors
    /// When no program puts one there.
    pub async fn nth_item(&self, n: usize) -> Result<TrayItem> {
        let address = wait::until("an item in the tray", async || {
            self.items.lock().unwrap_or_else(PoisonError::into_inner).get(n).cloned()
        })
        .await?;
        Ok(TrayItem { connection: self.connection.clone(), address })
    }

    /// Takes the tray off the desktop, as a panel that crashes does.
    ///
    /// # Errors
    /// When the bus is gone.
    pub async fn end(self) -> Result<()> {
        self.connection.release_name(NAME).await?;
        self.connection.close().await?;
        Ok(())
    }

    /// How many items were ever registered.
    #[must_use]
    pub fn registrations(&self) -> usize {
        self.items.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// An icon in the tray.
#[derive(Clone, Debug)]
pub struct TrayItem {
    connection: Connection,
    address: Address,
}

/// Icon pixels: width, height, ARGB bytes.
pub type Pixmap = (i32, i32, Vec<u8>);

impl TrayItem {
    async fn proxy(&self) -> Result<Proxy<'static>> {
        let proxy = zbus::proxy::Builder::<Proxy<'_>>::new(&self.connection)
            .destination(self.address.bus_name.clone())?
            .path(self.address.path.clone())?
            .interface(ITEM)?
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await?;
        Ok(proxy)
    }

    /// Its title.
    ///
    /// # Errors
    /// When the item is gone.
    pub async fn title(&self) -> Result<String> {
        Ok(self.proxy().await?.get_property("Title").await?)
    }

    /// Name of a themed icon, if it uses one.
    ///
    /// # Errors
    /// When the item is gone.
    pub async fn icon_name(&self) -> Result<String> {
        Ok(self.proxy().await?.get_property("IconName").await?)
    }

    /// Its pixels, in every size it offers.
    ///
    /// # Errors
    /// When the item is gone.
    pub async fn icon(&self) -> Result<Vec<Pixmap>> {
        Ok(self.proxy().await?.get_property("IconPixmap").await?)
    }

    /// Title and text of its tooltip.
    ///
    /// # Errors
    /// When the item is gone.
    pub async fn tooltip(&self) -> Result<String> {
        let (_, _, title, text): (String, Vec<Pixmap>, String, String) =
            self.proxy().await?.get_property("ToolTip").await?;
        Ok(format!("{title}\n{text}").trim().to_owned())
    }

    /// Left click.
    ///
    /// # Errors
    /// When the item does not take it.
    pub async fn activate(&self) -> Result<()> {
        self.proxy().await?.call_method("Activate", &(0_i32, 0_i32)).await?;
        Ok(())
    }

    /// Click with the middle button.
    ///
    /// # Errors
    /// When the item does not take it.
    pub async fn activate_secondary(&self) -> Result<()> {
        self.proxy().await?.call_method("SecondaryActivate", &(0_i32, 0_i32)).await?;
        Ok(())
    }

    /// The whole menu as it is now.
    ///
    /// # Errors
    /// When the item has none.
    pub async fn menu(&self) -> Result<MenuNode> {
        let menu = self.menu_proxy().await?;
        let _: Result<bool, _> = menu.call("AboutToShow", &(0_i32,)).await;
        let no_names: Vec<String> = Vec::new();
        let (_, (id, properties, children)): (u32, Layout) =
            menu.call("GetLayout", &(0_i32, -1_i32, no_names)).await?;
        let properties = properties.iter().map(|(k, v)| (k.clone(), Value::from(v.clone()))).collect();
        let children = children.into_iter().map(|child| node(&Value::from(child))).collect::<Result<_>>()?;
        Ok(MenuNode::new(id, &properties, children))
    }

    /// Waits until the menu holds an entry whose label contains `text`.
    ///
    /// # Errors
    /// When it does not come; with the menu as it is.
    pub async fn wait_for_label(&self, text: &str) -> Result<MenuNode> {
        let found = wait::until(&format!("the tray's menu says {text:?}"), async || {
            self.menu().await.ok()?.find(text).cloned()
        })
        .await;
        match found {
            Ok(node) => Ok(node),
            Err(error) => Err(error.context(format!("menu: {:#?}", self.menu().await))),
        }
    }

    /// Waits until the tooltip contains `text`: it follows the menu.
    ///
    /// # Errors
    /// When it does not come; with the tooltip as it is.
    pub async fn wait_for_tooltip(&self, text: &str) -> Result<String> {
        wait::until(&format!("the tray's tooltip says {text:?}"), async || {
            self.tooltip().await.ok().filter(|tooltip| tooltip.contains(text))
        })
        .await
        .with_context(|| format!("the tooltip is there: {}", self.address.bus_name))
    }

    /// Waits for an entry whose label contains `text`, and clicks the first one.
    ///
    /// # Errors
    /// When there is none or it is disabled.
    pub async fn click(&self, text: &str) -> Result<()> {
        self.click_below("", text).await
    }

    /// Waits for an entry whose label contains `text` below the first one whose label contains `above`, and clicks it. What it
    /// clicks is looked up just before: a menu that is drawn anew gives its entries other numbers.
    ///
    /// # Errors
    /// When there is none or it is disabled.
    pub async fn click_below(&self, above: &str, text: &str) -> Result<()> {
        let found = wait::until(&format!("an entry {text:?} below {above:?}"), async || {
            self.menu().await.ok()?.find(above)?.find(text).cloned()
        })
        .await;
        let entry = match found {
            Ok(entry) => entry,
            Err(error) => return Err(error.context(format!("menu: {:#?}", self.menu().await))),
        };
        if !entry.enabled {
            bail!("the entry {:?} is disabled", entry.label);
        }
        let body = (entry.id, "clicked", Value::from(0_i32), 0_u32);
        self.menu_proxy().await?.call_method("Event", &body).await?;
        Ok(())
    }

    async fn menu_proxy(&self) -> Result<Proxy<'static>> {
        let path: zbus::zvariant::OwnedObjectPath = self.proxy().await?.get_property("Menu").await?;
        let proxy = zbus::proxy::Builder::<Proxy<'_>>::new(&self.connection)
            .destination(self.address.bus_name.clone())?
            .path(path)?
            .interface(MENU)?
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await?;
        Ok(proxy)
    }
}

/// An entry of a menu and what lies below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuNode {
    /// Id in the menu protocol.
    pub id: i32,
    /// Text, without the marks of access keys; empty for the root and for separators.
    pub label: String,
    /// Can be clicked.
    pub enabled: bool,
    /// `standard` or `separator`.
    pub kind: String,
    /// Entries below.
    pub children: Vec<Self>,
}

impl MenuNode {
    fn new(id: i32, properties: &HashMap<String, Value<'_>>, children: Vec<Self>) -> Self {
        let text = |name: &str| match properties.get(name) {
            Some(Value::Str(text)) => text.to_string(),
            _ => String::new(),
        };
        let kind = text("type");
        Self {
            id,
            label: text("label").replace("__", "\u{0}").replace('_', "").replace('\u{0}', "_"),
            enabled: !matches!(properties.get("enabled"), Some(Value::Bool(false))),
            kind: if kind.is_empty() { "standard".into() } else { kind },
            children,
        }
    }

    /// The first entry, in depth-first order, whose label contains `text`.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<&Self> {
        if self.label.contains(text) {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(text))
    }

    /// All labels, depth first, without separators.
    #[must_use]
    pub fn labels(&self) -> Vec<String> {
        let own = (!self.label.is_empty()).then(|| self.label.clone());
        own.into_iter().chain(self.children.iter().flat_map(Self::labels)).collect()
    }
}

/// Reads a child of a layout: a variant around `(ia{sv}av)`.
fn node(value: &Value<'_>) -> Result<MenuNode> {
    let structure: &Structure<'_> = match value {
        Value::Structure(structure) => structure,
        Value::Value(inner) => return node(inner),
        other => bail!("a menu entry is {other:?}"),
    };
    let [Value::I32(id), Value::Dict(dict), Value::Array(below)] = structure.fields() else {
        bail!("a menu entry is {structure:?}")
    };
    let properties: HashMap<String, Value<'_>> = dict.try_clone()?.try_into()?;
    let children = below.iter().map(node).collect::<Result<_>>()?;
    Ok(MenuNode::new(*id, &properties, children))
}
