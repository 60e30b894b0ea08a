//go:build linux

package agenttest

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// breakUp makes a world in which the agent should not start, by one or two of many causes.
func (w *world) breakUp() {
	w.calls = 2
	w.verbs = map[string][]outcome{}
	w.verbosity = []string{"-v"}
	config := func(text string) {
		w.files["/etc/zincati/config.d/"+w.pick("zzz", "00", "zzzz")+".toml"] = text
	}
	for range 1 + w.rng.IntN(2) {
		cause := w.rng.IntN(13)
		if _, ok := w.files["/run/zincati/booted-status-override.json"]; ok && (cause == 5 || cause == 6) {
			continue // what is replaced by the override file may be odd here
		}
		switch cause {
		case 0:
			delete(w.files, "/etc/machine-id")
			if w.one(3) {
				config("identity.node_uuid = \"27e3ac02af3946af995b9940e18b0cce\"\n")
			}
		case 1:
			w.files["/etc/machine-id"] = w.pick("uninitialized\n", "", "\n", "c0ffee00c0ffee00c0ffee00c0ffee0", "{c0ffee00-c0ff-ee00-c0ff-ee00c0ffee00}", "urn:uuid:c0ffee00-c0ff-ee00-c0ff-ee00c0ffee00", "c0ffee00-c0ffee00-c0ffee00c0ffee00", " c0ffee00c0ffee00c0ffee00c0ffee00", "zz", "c0ffee00c0ffee00c0ffee00c0ffee0g", "00000000000000000000000000000000", "c0ffee00c0ffee00c0ffee00c0ffee00\x00", "é", "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00")
		case 2:
			w.files["/proc/cmdline"] = w.pick("", "\n", "root=1\n", "ignition.platform.id\n", "ignition.platform.id=\n", "ignition.platform.id= ", "Ignition.platform.id=x", "a\tignition.platform.id=x", "ignition.platform.id=${x}", "ignition.platform.id=a}b", "ignition.platform.id=a\x01b", "ignition.platform.id=ä ö")
		case 3:
			w.verbs["status-first"] = []outcome{{reply: reply{Exit: 1 + w.rng.IntN(2), Stderr: w.pick("", "error: no\n", "error: a\nb\n")}}}
		case 4:
			w.verbs["status-first"] = []outcome{{reply: reply{Stdout: w.pick("\n", "garbage", "{}", "[]", "null", `{"deployments":null}`, `{"deployments":{}}`, `{"deployments":[{}]}`, `{"deployments":[1]}`, `{"deployments":[]}`,
				`{"deployments":[{"booted":true,"checksum":"x","version":"1"}]}`, `{"deployments":[{"booted":1,"checksum":"x","version":"1","base-commit-meta":{}}]}`, `{"deployments":[`, `{"deployments":[{"booted":false,"checksum":"x","version":"1","base-commit-meta":{}}]}`)}}}
		case 5:
			d := w.booted()
			switch w.rng.IntN(5) {
			case 0:
				d["version"] = ""
			case 1:
				d["checksum"] = ""
				delete(d, "base-checksum")
			case 2:
				delete(d, w.pick("booted", "checksum", "version", "base-commit-meta"))
			case 3:
				d[w.pick("booted", "checksum", "version", "base-commit-meta", "base-checksum", "staged", "container-image-reference", "container-image-reference-digest")] = nil
			case 4:
				d[w.pick("booted", "checksum", "version", "base-commit-meta", "base-checksum", "staged", "container-image-reference", "container-image-reference-digest")] = 5
			}
		case 6:
			w.booted()["base-commit-meta"] = w.oddMeta()
		case 7:
			w.files["/run/zincati/booted-status-override.json"] = w.pick("", "{", "{}", "[]", `{"booted":true,"checksum":"x","version":"","base-commit-meta":{}}`, `{"booted":false,"checksum":"x","version":"1","base-commit-meta":{}}`, "\xff")
		case 8:
			config("[cincinnati]\nbase_url = '" + w.pick("", " ", "/", "http:", "http://", "http:///", "http://h:99999/", "http://h:x/", "http://[::1/", "http://a b/", "://x", "h", "h/x", "1http://h", "http://h/${node_uuid}/", "http://${stream}.h/",
				"http://${group", "${x}", "http://h/%zz", "http:h", "http:/h", "http:\\\\h\\", "//h/", "file:///x", "file://", "mailto:x", "HTTP://H/", " http://h/", "http://h/ ", "http://ü.example/", "http://h\t/x", "http://u:p@h/", "http://h/?${group}", "http://0x7f.1/", "http://h#${x}", "http://a..b/", "http://-/", "http://%41/", "http://h^/", "http://h|x/") + "'\n")
		case 9:
			config("[updates]\nstrategy = 'fleet_lock'\nfleet_lock.base_url = '" + w.pick("", " ", "/", "http:", "http://", "http://h:x/", "h", "http://${stream}.h/", "http://a b/", "http://h/${group}/", "http://[::1/", "://x") + "'\n")
		case 10:
			config(w.pick("x = ", "[a\n", "updates.strategy = 'x'", "updates.strategy = 'Immediate'", "updates.strategy = ' '", "updates.strategy = 'marker'", "identity.group = 'a b'", "identity.group = ' '", "identity.group = 'ä'", "identity.group = 'a\n'",
				"identity.node_uuid = 'x'", "identity.node_uuid = '27e3ac02af3946af995b9940e18b0cc'", "identity.node_uuid = ' 27e3ac02af3946af995b9940e18b0cce'", "identity.node_uuid = '{27e3ac02-af39-46af-995b-9940e18b0cce}'", "identity.rollout_wariness = 1.01", "identity.rollout_wariness = -0.1",
				"identity.rollout_wariness = nan", "identity.rollout_wariness = inf", "identity.rollout_wariness = 2", "identity.rollout_wariness = -1e300", "identity.rollout_wariness = '0'", "agent.timing.steady_interval_secs = 0", "agent.timing.steady_interval_secs = -1",
				"agent.timing.steady_interval_secs = 9223372036854775808", "agent.timing.steady_interval_secs = 1.0", "updates.enabled = 1", "updates = 5", "a = 1\na = 2", "\ufeffupdates.enabled = true", "x = 'a\xff'", "x = 2024-13-01", "x = 1__0", "x = \"\\q\"", "updates.enabled = true updates.allow_downgrade = true"))
		case 12:
			w.files["/run/zincati/public/metrics.promsock/inner"] = "a directory where the socket belongs"
		case 11:
			config("[updates]\nstrategy = 'periodic'\nperiodic.time_zone = '" + w.pick("UTC", "UTC", "UTC", "Nowhere/City", "", "../x", "localtime", "utc", "Europe", "a b") + "'\n" +
				w.pick("", fmt.Sprintf("[[updates.periodic.window]]\ndays = [%s]\nstart_time = \"%s\"\nlength_minutes = %s\n", w.pick(`"mon"`, `"mon"`, `"noday"`, `"Mo"`, ``, `"mon", "Frida"`, `""`),
					w.pick("1:00", "1:00", "24:00", "1:60", "1", "1:2:3", "a:b", "-1:0", "+1:00", " 1:00", "1:", ":", "", "256:0", "00001:0"), w.pick("60", "60", "0", "10081", "10080", "4294967296", "-1", "4294967295"))))
			if w.one(3) {
				w.files["/etc/localtime"] = w.pick("x", "link:/nowhere", "link:/usr/share/zoneinfo/Europe/Berlin", "link:../usr/share/zoneinfo/UTC", "link:/etc/hostname", "link:/usr/share/zoneinfo")
			}
		}
	}
}

func (w *world) booted() map[string]any {
	for _, d := range w.deployments {
		if d["booted"] == true {
			return d
		}
	}
	return map[string]any{}
}

// oddMeta is commit metadata that does not tell the stream, or not well. It has no key that says it in the way of
// commits that no image was made of, which the reference does not know.
func (w *world) oddMeta() any {
	manifest := `{"schemaVersion":2,"config":{"mediaType":"a/b","digest":"sha256:` + sum(1) + `","size":2},"layers":[],"annotations":{"fedora-coreos.stream":"stable"}}`
	image := `{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"history":[],"config":{"Labels":{"com.coreos.stream":"stable"}}}`
	return []any{
		map[string]any{}, map[string]any{"version": "x"},
		map[string]any{"ostree.manifest": ""}, map[string]any{"ostree.manifest": "{}"}, map[string]any{"ostree.manifest": 5}, map[string]any{"ostree.manifest": nil},
		map[string]any{"ostree.manifest": strings.Replace(manifest, "stable", "", 1)}, map[string]any{"ostree.manifest": strings.Replace(manifest, "fedora-coreos.stream", "x", 1)},
		map[string]any{"ostree.manifest": strings.Replace(manifest, `"layers":[],`, "", 1)}, map[string]any{"ostree.manifest": strings.Replace(manifest, `"size":2`, `"size":-2`, 1)},
		map[string]any{"ostree.container.image-config": "{}", "ostree.manifest": manifest}, map[string]any{"ostree.container.image-config": strings.Replace(image, "stable", "", 1), "ostree.manifest": manifest},
		map[string]any{"ostree.container.image-config": strings.Replace(image, "com.coreos.stream", "x", 1)}, map[string]any{"ostree.container.image-config": strings.Replace(image, `"stable"`, `5`, 1)},
		map[string]any{"ostree.container.image-config": strings.Replace(image, "com.coreos.stream", "x", 1), "ostree.manifest": manifest}, map[string]any{"ostree.container.image-config": image, "ostree.manifest": "{"},
		map[string]any{"ostree.container.image-config": strings.Replace(image, "stable", "${x}", 1)}, map[string]any{"ostree.container.image-config": strings.Replace(image, "stable", " ", 1)},
		[]any{}, "x", nil,
	}[w.rng.IntN(21)]
}

// TestBroken compares how the agent fails to start in broken worlds.
func TestBroken(t *testing.T) {
	from, to := seedRange(t)
	for seed := from; seed <= to; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			compare(t, filepath.Join("testdata", "random", fmt.Sprintf("broken-%d.golden", seed)), func(ref string) string { return live(t, seed, ref, (*world).breakUp) })
		})
	}
}
