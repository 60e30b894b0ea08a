// Package strategy decides when a host may reboot into an update that is staged already.
//
// [New] makes a [Strategy] from [Settings]; the update agent asks it with [Strategy.ReportSteady] once after each boot,
// and with [Strategy.CanFinalize] before each attempt to reboot. A [Calendar] is a weekly schedule by itself.
//
//	name          ReportSteady            CanFinalize
//	immediate     yes                     yes
//	periodic      yes                     is the clock on the wall within a weekly window?
//	fleet_lock    POST v1/steady-state    POST v1/pre-reboot; with windows: only asked inside of them
//	marker_file   yes                     is there a file of root's that has not expired?
//
// # Calendars
//
// A [Window] opens on some days of the week at a time, for a number of minutes. It is still open in its last minute:
// 14:30 for 120 minutes covers 16:30:59. Windows may go over the end of the week, overlap and touch.
//
// What counts is what a clock on the wall shows in a [Zone]. Where it is put forward, a window is shortened or left
// out; where it is put back, part of a window comes twice. Zones are read from the system's own database, with all of
// their rule for the future, so that both "fat" and "slim" files give the same answers for any year.
// [Strategy.NextWindow] knows of these changes too: an agent that sleeps until then misses no window, however short.
// Everything is computed from the present time alone; a clock that jumps does no harm.
//
// # Lock and windows together
//
// The lock server is only asked while a window is open. When it closes on a host that holds a slot (or may hold one,
// because an answer was lost), the slot is given back at the next question, so that it is not blocked until next week.
// Waking at [Strategy.NextWindow] does that at once.
//
// # Marker file
//
// {"allowUntil": UNIX} consents until a time, {} until the file is removed. The file must be a regular file, not a link,
// owned by root and writable by nobody else. Whatever else is found, including unknown keys, is no consent and an error.
//
// # Guarantees
//
// Doubt is a no: an answer of true needs an affirmative from the clock, the server or the file at that moment. Names,
// texts and errors are those of Zincati 0.0.32, which knows neither marker files nor windows for fleet_lock.
// Differences: "tuesday" is accepted beside Zincati's "tuesady", and lock servers must have an http or https URL.
// A Strategy may be used by several goroutines.
package strategy
