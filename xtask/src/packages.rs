//! The packages of Debian that the project needs. The lists are the single source: setup installs them, and on another
//! system names them.

/// Needed to build and to run the console.
pub const BUILD: &[&str] = &[
    "build-essential",
    "file",
    "libayatana-appindicator3-dev",
    "libdbus-1-dev",
    "librsvg2-dev",
    "libssl-dev",
    "libwebkit2gtk-4.1-dev",
    "libxdo-dev",
    "pkg-config",
];

/// Needed by the tests: a private desktop, its services, and the browsers' drivers.
pub const TESTS: &[&str] = &[
    "chromium",
    "chromium-driver",
    "dbus",
    "dbus-x11",
    "dunst",
    "faketime",
    "fonts-dejavu-core",
    "gnome-keyring",
    "imagemagick",
    "libnotify-bin",
    "libsecret-tools",
    "openbox",
    "poppler-utils",
    "postgresql",
    "python3-dbus",
    "python3-gi",
    "python3-venv",
    "sqlite3",
    "strace",
    "webkit2gtk-driver",
    "x11-apps",
    "x11-utils",
    "xauth",
    "xdotool",
    "xfce4-notifyd",
    "xvfb",
];

/// Those of `wanted` that are not installed, by one look at the package database. `listing` is what
/// `dpkg-query --show --showformat='${Package} ${db:Status-Status}\n'` printed.
pub fn missing<'a>(wanted: &[&'a str], listing: &str) -> Vec<&'a str> {
    let is_installed = |package: &str| listing.lines().any(|line| line == format!("{package} installed"));
    wanted.iter().copied().filter(|package| !is_installed(package)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_was_removed_but_left_its_configuration_is_missing() {
        let listing = "xvfb installed\nopenbox config-files\n";
        assert_eq!(missing(&["xvfb", "openbox", "dunst"], listing), ["openbox", "dunst"]);
    }
}
