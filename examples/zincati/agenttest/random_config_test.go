//go:build linux

package agenttest

import (
	"fmt"
	"time"
)

// configure writes random fragments that leave the agent startable.
func (w *world) configure(url string) {
	dirs := []string{"/usr/lib/zincati/config.d/", "/run/zincati/config.d/", "/etc/zincati/config.d/"}
	put := func(text string) {
		name := w.pick("10-a", "20-b", "50", "90-x", "A", "ä", "x.y", "60 b") + w.pick(".toml", ".toml", ".toml", ".toml", ".TOML", ".toml.bak", "")
		w.files[dirs[w.rng.IntN(3)]+name] = text
	}
	for range w.rng.IntN(5) {
		put(w.settings())
	}
	for range w.rng.IntN(3) {
		name := w.pick("10-a", "20-b", "50", "90-x") + ".toml"
		w.files[dirs[w.rng.IntN(3)]+name] = w.pick("link:/dev/null", "link:/dev/null", "link:/etc/hostname", "link:/nowhere", "link:../x", "link:/dev//null", "link:/dev/./null/", "link:/dev/../dev/null", "link:dev/null", "link://dev/null")
	}
	if w.one(8) {
		w.files["/etc/zincati/config.d/.hidden.toml"] = "not toml"
	}
	if w.one(8) {
		w.files["/run/zincati/config.d/dir.toml/inner"] = "not toml"
	}
	base := w.pick("", "/", "/a/", "/a", "/${stream}/", "/${group}/${x}/", "/${platform}-${basearch}/", "/?q=1", "/#f", "/a b/", "/ä/", "/%41/../b/", "//x/", "/ ", "/x/ \t")
	blank := w.pick("", "", "", "", " ", "\t ")
	w.files["/etc/zincati/config.d/zz.toml"] = fmt.Sprintf("[cincinnati]\nbase_url = '%s%s%s'\n[agent.timing]\nsteady_interval_secs = %d\n", blank, url, base, 1+w.rng.IntN(20))
	w.strategy(url)
}

// settings is a fragment of harmless settings in one of TOML's many forms.
func (w *world) settings() string {
	switch w.rng.IntN(12) {
	case 0:
		return "updates.allow_downgrade = " + w.pick("true", "false") + "\n"
	case 1:
		return "[updates]\nallow_downgrade = true # why\nenabled = true\n[unknown.table]\nx = [1, 2, {a = 1}]\n"
	case 2:
		return "identity = { group = \"" + w.pick("workers", "", "a.b-C9", "default") + "\" }\n"
	case 3:
		return "[identity]\nrollout_wariness = " + w.pick("0", "1", "0.5", "0.33333333", "1.0", "5e-1", "0.0000004", "0.000_000_6", "-0.0", "+0.25") + "\n"
	case 4:
		return "identity.node_uuid = '" + w.pick("27E3AC02-AF39-46AF-995B-9940E18B0CCE", "27e3ac02af3946af995b9940e18b0cce", "") + "'\n"
	case 5:
		return "\"updates\".'enabled' = true\nfeature = 1\n[ identity ]\nthrottle_permille = 5\n"
	case 6:
		return "updates.enabled = " + w.pick("false", "true", "true", "true", "true") + "\n"
	case 7:
		return "agent = { timing = { steady_interval_secs = " + w.pick("0x10", "1_000", "7", "0o17", "0b101") + " } }\n"
	case 8:
		return ""
	case 9:
		return "\r\n# only a comment\r\n"
	case 10:
		return "[[updates.periodic.window]]\ndays = [ ]\nstart_time = \"later\"\nlength_minutes = 0\n"
	}
	return "updates.strategy = " + w.pick(`"immediate"`, `""`, "'''\nimmediate'''") + "\n"
}

// strategy chooses one.
func (w *world) strategy(url string) {
	name := "/etc/zincati/config.d/" + w.pick("zy", "zz9") + ".toml"
	switch w.rng.IntN(5) {
	case 0, 1:
		w.files[name] = fmt.Sprintf("[updates]\nstrategy = \"fleet_lock\"\nfleet_lock.base_url = \"%s%s\"\n", url, w.pick("", "/", "/fl/", "/fl", "/${group}/fl/", "/?q"))
	case 2:
		w.windows = true
		day := w.pick("Mon", "tue", "WEDNESDAY", "Thu", "friday", "Sat", "sunday")
		text := fmt.Sprintf("[updates]\nstrategy = \"periodic\"\nperiodic.time_zone = \"%s\"\n[[updates.periodic.window]]\ndays = [%q]\nstart_time = \"%s\"\nlength_minutes = 10080\n",
			w.pick("UTC", "Asia/Kathmandu", "America/New_York", "Europe/Berlin", "localtime"), day, w.pick("0:00", "23:59", "12:30", "07:05"))
		if w.one(2) {
			// Days away, whatever the zone: the agent has to wait.
			day = time.Now().UTC().Add(72 * time.Hour).Weekday().String()[:3]
			text = fmt.Sprintf("updates = { strategy = \"periodic\", periodic = { window = [ { days = [%q, %q], start_time = \"%d:%d\", length_minutes = %d }, ] } }\n",
				day, day, w.rng.IntN(24), w.rng.IntN(60), 1+w.rng.IntN(600))
		}
		w.files[name] = text
	}
}
