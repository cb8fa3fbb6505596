/** English. */
export const en = {
  told: "Told", line: "{{who}}: {{how}}",
  decided: "decided {{ago}} ago", opened: "opened {{ago}} ago", shown: "shown {{ago}} ago",
  accepted: "handed to the desktop {{ago}} ago", dispatched: "sent to the desktop {{ago}} ago",
  open: "console open", closed: "console closed", held_closed: "{{why}}, console closed",
  no_service: "the desktop shows no notifications", service_gone: "the desktop's notifications ended",
  do_not_disturb: "do not disturb", screen_locked: "screen locked", quiet_hours: "quiet hours",
  preference: "told in a digest", snoozed: "put off", held: "held back",
  as_of: "As it was {{ago}} ago.",
  secs: "{{n}} s", mins: "{{n}} min", hours: "{{n}} h",
};
