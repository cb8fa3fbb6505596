#!/usr/bin/python3
"""The least that a notification service is: owns org.freedesktop.Notifications on the session bus and appends the instant
of each Notify (microseconds since 1970) to the first file it is given, of each CloseNotification to the second. Prints a
line when ready."""

import sys
import time

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

NAME = "org.freedesktop.Notifications"


class Service(dbus.service.Object):
    def __init__(self, bus, stamps):
        super().__init__(bus, "/org/freedesktop/Notifications")
        self.stamps = stamps
        self.last = 0

    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, summary, body, actions, hints, timeout):
        print(time.time_ns() // 1000, file=self.stamps, flush=True)
        if replaces:
            return replaces
        self.last += 1
        return self.last

    @dbus.service.method(NAME, in_signature="u")
    def CloseNotification(self, number):
        self.NotificationClosed(number, 3)
        with open(sys.argv[2], "a", encoding="ascii") as stamps:
            print(time.time_ns() // 1000, file=stamps)

    @dbus.service.method(NAME, out_signature="as")
    def GetCapabilities(self):
        return ["actions", "body"]

    @dbus.service.method(NAME, out_signature="ssss")
    def GetServerInformation(self):
        return ("bench", "navi", "1", "1.2")

    @dbus.service.signal(NAME, signature="uu")
    def NotificationClosed(self, number, reason):
        pass


DBusGMainLoop(set_as_default=True)
session = dbus.SessionBus()
service = Service(session, open(sys.argv[1], "a", encoding="ascii"))
name = dbus.service.BusName(NAME, session, do_not_queue=True)
print("ready", flush=True)
GLib.MainLoop().run()
