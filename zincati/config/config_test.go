package config_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/zincati/config"
	"github.com/nestos-dev/nestos/zincati/strategy"
)

const (
	vendor = "usr/lib/zincati/config.d/"
	run    = "run/zincati/config.d/"
	admin  = "etc/zincati/config.d/"
)

// tree makes a root of files; a text that begins with "->" is a link.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		target, isLink := strings.CutPrefix(text, "->")
		if !isLink {
			write(t, root, name, text)
			continue
		}
		p := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, p); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func read(t testing.TB, root string) *config.Inputs {
	t.Helper()
	in, err := config.Read(root, nil)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func group(name string) string { return "identity.group='" + name + "'\n" }

func TestWhichFiles(t *testing.T) {
	for _, tc := range []struct {
		name  string
		files map[string]string
		want  string
		read  []string
	}{
		{"none", nil, "default", nil},
		{"/etc over /run over /usr/lib", map[string]string{vendor + "10.toml": group("u"), run + "10.toml": group("r"), admin + "10.toml": group("e")}, "e",
			[]string{admin + "10.toml"}},
		{"/run over /usr/lib", map[string]string{vendor + "10.toml": group("u"), run + "10.toml": group("r")}, "r", []string{run + "10.toml"}},
		{"by name over all directories", map[string]string{vendor + "90.toml": group("u"), admin + "10.toml": group("e"), run + "50.toml": ""}, "u",
			[]string{admin + "10.toml", run + "50.toml", vendor + "90.toml"}},
		{"byte order", map[string]string{admin + "a.toml": group("a"), admin + "B.toml": group("B"), admin + "\u00e9.toml": group("e"), admin + "a-b.toml": group("ab")}, "e",
			[]string{admin + "B.toml", admin + "a-b.toml", admin + "a.toml", admin + "\u00e9.toml"}},
		{"erased", map[string]string{vendor + "10.toml": group("u"), admin + "10.toml": "->/dev/null"}, "default", nil},
		{"erased and back", map[string]string{vendor + "10.toml": group("u"), run + "10.toml": "->/dev/null", admin + "10.toml": group("e")}, "e",
			[]string{admin + "10.toml"}},
		{"erases only what came before", map[string]string{vendor + "10.toml": "->/dev/null", admin + "10.toml": group("e")}, "e", []string{admin + "10.toml"}},
		{"other spelling of /dev/null", map[string]string{vendor + "10.toml": group("u"), run + "10.toml": "->../../../dev/null", admin + "10.toml": "->/dev/../dev/null"}, "u",
			[]string{vendor + "10.toml"}},
		{"links to files", map[string]string{vendor + "10.toml": group("u"), admin + "10.toml": "->x", admin + "x": group("l"), admin + "11.toml": "->x"}, "u",
			[]string{vendor + "10.toml"}},
		{"link loops", map[string]string{admin + "10.toml": "->10.toml", admin + "20.toml": "->30.toml", admin + "30.toml": "->20.toml"}, "default", nil},
		{"links out of the root", map[string]string{admin + "10.toml": "->../../../../../../../etc/hostname", admin + "20.toml": "->/etc/hostname"}, "default", nil},
		{"extension", map[string]string{admin + ".10.toml": group("a"), admin + ".toml": group("b"), admin + "toml": group("c"), admin + "a.TOML": group("d"),
			admin + "a.toml.bak": group("e"), admin + "a.toml~": group("f"), admin + "a..toml": group("g"), admin + "xtoml": group("h")}, "g", []string{admin + "a..toml"}},
		{"directories", map[string]string{admin + "10.toml/20.toml": group("a"), admin + "sub/20.toml": group("b")}, "default", nil},
		{"a directory does not mask", map[string]string{vendor + "10.toml": group("u"), admin + "10.toml/x": ""}, "u", []string{vendor + "10.toml"}},
		{"no directory", map[string]string{"etc/zincati/config.d": "", "run/zincati": ""}, "default", nil},
		{"directory is a link", map[string]string{"etc/zincati/config.d": "->/srv/conf", "srv/conf/10.toml": group("s")}, "s", []string{admin + "10.toml"}},
		{"a name that is not UTF-8", map[string]string{admin + "\xff.toml": group("x")}, "x", []string{admin + "\xff.toml"}},
		{"a name with an end of line", map[string]string{admin + "a\nb.toml": group("x")}, "x", []string{admin + "a\nb.toml"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := read(t, tree(t, tc.files))
			var want []string
			for _, f := range tc.read {
				want = append(want, "/"+f)
			}
			if in.Group != tc.want || !slices.Equal(in.Files, want) {
				t.Errorf("group %q, files %q", in.Group, in.Files)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	in := read(t, t.TempDir())
	if in.SteadyInterval != 300*time.Second || in.Group != "default" || in.NodeUUID != "" || in.Wariness != nil || in.AllowDowngrade || !in.Enabled ||
		in.ReplaceStaged || in.Spread || in.ClientWariness || in.CincinnatiBaseURL != "" {
		t.Errorf("%+v", in)
	}
	if s := in.Strategy; s.Name != "immediate" || s.PeriodicZone != "UTC" || s.FleetLockZone != "UTC" || s.MarkerPath != strategy.DefaultMarkerPath ||
		len(s.PeriodicWindows)+len(s.FleetLockWindows) != 0 {
		t.Errorf("%+v", s)
	}
}

func TestAllKeys(t *testing.T) {
	root := tree(t, map[string]string{admin + "10.toml": `
agent = { timing = { steady_interval_secs = 0x10, spread = true } }
cincinnati.base_url = "http://h/"
cincinnati.client_wariness = true
feature.x = [1, "a", { b = 1979-05-27T07:32:00Z }]
[identity]
group = "g.1"
node_uuid = "A6021CACAFBB49CCB7E778D135FC9FA4"
rollout_wariness = 1
throttle_permille = "0"
[updates]
allow_downgrade = true
enabled = false
replace_staged = true
strategy = "periodic"
marker_file.path = "/m"
[updates.fleet_lock]
base_url = "http://l/"
time_zone = "localtime"
[[updates.fleet_lock.window]]
days = ["mon"]
start_time = "1:00"
length_minutes = 5
color = "red"
[updates.periodic]
time_zone = "Asia/Tokyo"
window = [ { days = ["tue", "tue"], start_time = "2:00", length_minutes = 4294967295 } ]
`, admin + "20.toml": `
identity.rollout_wariness = 0.25
updates.marker_file.path = ""
updates.enabled = true
[[updates.periodic.window]]
days = []
start_time = ""
length_minutes = 0
[[updates.fleet_lock.window]]
days = ["sun"]
start_time = "3:00"
length_minutes = 6
`})
	in := read(t, root)
	if in.SteadyInterval != 16*time.Second || !in.Spread || in.CincinnatiBaseURL != "http://h/" || !in.ClientWariness || in.Group != "g.1" ||
		in.NodeUUID != "A6021CACAFBB49CCB7E778D135FC9FA4" || in.Wariness == nil || *in.Wariness != 0.25 || !in.AllowDowngrade || !in.Enabled || !in.ReplaceStaged {
		t.Errorf("%+v", in)
	}
	got := fmt.Sprintf("%+v", in.Strategy)
	want := fmt.Sprintf("%+v", strategy.Settings{
		Name: "periodic", FleetLockURL: "http://l/", FleetLockZone: "localtime", PeriodicZone: "Asia/Tokyo",
		FleetLockWindows: []strategy.Window{{Days: []string{"mon"}, StartTime: "1:00", LengthMinutes: 5}, {Days: []string{"sun"}, StartTime: "3:00", LengthMinutes: 6}},
		PeriodicWindows:  []strategy.Window{{Days: []string{"tue", "tue"}, StartTime: "2:00", LengthMinutes: 1<<32 - 1}, {}},
		MarkerPath:       strategy.DefaultMarkerPath, Root: root, ZoneDir: strategy.DefaultZoneDir, Localtime: strategy.DefaultLocaltime,
	})
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWindowsAddUpInOrder(t *testing.T) {
	files := map[string]string{}
	for i, dir := range []string{admin, vendor, run, admin, vendor} {
		files[fmt.Sprintf("%s%d.toml", dir, i)] = fmt.Sprintf("[[updates.periodic.window]]\ndays=[]\nstart_time='%d'\nlength_minutes=1\n", i)
	}
	var starts []string
	for _, w := range read(t, tree(t, files)).Strategy.PeriodicWindows {
		starts = append(starts, w.StartTime)
	}
	if got := strings.Join(starts, ""); got != "01234" {
		t.Errorf("order %s", got)
	}
}

func TestEmptyMeansDefault(t *testing.T) {
	in := read(t, tree(t, map[string]string{
		admin + "10.toml": group("x") + "updates.strategy='periodic'\nidentity.node_uuid='u'\ncincinnati.base_url='http://h'\n",
		admin + "20.toml": group("") + "updates.strategy=''\nidentity.node_uuid=''\ncincinnati.base_url=''\n"}))
	if in.Group != "default" || in.Strategy.Name != "immediate" || in.NodeUUID != "" || in.CincinnatiBaseURL != "" {
		t.Errorf("%+v", in)
	}
}

func TestInterval(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"1": time.Second, "+5": 5 * time.Second, "1_000": 1000 * time.Second, "0o10": 8 * time.Second, "0b11": 3 * time.Second,
		"9223372036854775807": 100 * 365 * 24 * time.Hour, "9223372036854775808": 100 * 365 * 24 * time.Hour, "18446744073709551615": 100 * 365 * 24 * time.Hour,
	} {
		in := read(t, tree(t, map[string]string{admin + "1.toml": "agent.timing.steady_interval_secs=" + text}))
		if in.SteadyInterval != want || in.SteadyInterval+in.SteadyInterval/10 < in.SteadyInterval {
			t.Errorf("%s: %v", text, in.SteadyInterval)
		}
	}
}

// additions are keys that Zincati does not know; their types are as strict as those of its own.
func TestAdditionsAreStrict(t *testing.T) {
	for text, want := range map[string]string{
		"agent.timing.spread=1":                              "invalid type: integer `1`, expected a boolean\nin `agent.timing.spread`",
		"cincinnati.client_wariness='x'":                     "invalid type: string \"x\", expected a boolean\nin `cincinnati.client_wariness`",
		"updates.replace_staged=0.5":                         "invalid type: floating point `0.5`, expected a boolean\nin `updates.replace_staged`",
		"updates.marker_file.path=[]":                        "invalid type: sequence, expected a string\nin `updates.marker_file.path`",
		"updates.marker_file='/x'":                           "invalid type: string \"/x\", expected struct UpdateMarkerFile\nin `updates.marker_file`",
		"updates.fleet_lock.time_zone=1":                     "invalid type: integer `1`, expected a string\nin `updates.fleet_lock.time_zone`",
		"updates.fleet_lock.window={}":                       "invalid type: map, expected a sequence\nin `updates.fleet_lock.window`",
		"updates.fleet_lock.window=[{}, 1]":                  "missing field `days`\nin `updates.fleet_lock.window[0]`",
		"[[updates.fleet_lock.window]]\ndays=['mon', 5]":     "invalid type: integer `5`, expected a string\nin `updates.fleet_lock.window[0].days[1]`",
		"updates.fleet_lock.window=[[['mon'],'1:00',1],[1]]": "invalid type: integer `1`, expected a sequence\nin `updates.fleet_lock.window[1][0]`",
	} {
		_, err := config.Read(tree(t, map[string]string{admin + "1.toml": text}), nil)
		if err == nil || !strings.HasSuffix(err.Error(), "\n"+want) {
			t.Errorf("%s: got %v", text, err)
		}
	}
}

func TestErrorsNameTheFile(t *testing.T) {
	bad := map[string]string{
		"updates.enabled=1": "failed to parse TOML",
		"=":                 "failed to parse TOML",
		"x='\xff'":          "stream did not contain valid UTF-8",
		"\xff\xfex\x00":     "stream did not contain valid UTF-8",
		"#\xed\xa0\x80":     "stream did not contain valid UTF-8",
	}
	for text, want := range bad {
		_, err := config.Read(tree(t, map[string]string{vendor + "10.toml": group("x"), run + "20.toml": text}), nil)
		got := chain(err)
		if len(got) < 3 || got[0] != "failed to read and merge config fragments" || got[1] != "failed to read file '/run/zincati/config.d/20.toml'" || got[2] != want {
			t.Errorf("%q: got %q", text, got)
		}
	}
	_, err := config.Read(filepath.Join(t.TempDir(), "none"), nil)
	if got := chain(err); len(got) != 3 || got[2] != "No such file or directory (os error 2)" {
		t.Errorf("got %q", got)
	}
}

func TestHostileFiles(t *testing.T) {
	root := tree(t, map[string]string{vendor + "10.toml": group("u")})
	if err := os.MkdirAll(filepath.Join(root, admin), 0o755); err != nil {
		t.Fatal(err)
	}
	// Nobody writes to the pipe: opening it in the ordinary way would wait for ever.
	if err := syscall.Mkfifo(filepath.Join(root, admin, "10.toml"), 0o644); err != nil {
		t.Fatal(err)
	}
	if in := read(t, root); in.Group != "u" {
		t.Errorf("group %q", in.Group)
	}

	huge := filepath.Join(root, admin, "20.toml")
	write(t, root, admin+"20.toml", "")
	if err := os.Truncate(huge, 1<<40); err != nil {
		t.Skip(err)
	}
	_, err := config.Read(root, nil)
	if got := chain(err); len(got) != 3 || got[2] != "larger than 1048576 bytes" {
		t.Errorf("got %q", got)
	}
	if err := os.Remove(huge); err != nil {
		t.Fatal(err)
	}
	for i := range 17 {
		write(t, root, fmt.Sprintf("%s3%02d.toml", admin, i), "#"+strings.Repeat("x", 1<<20-1))
	}
	_, err = config.Read(root, nil)
	if got := chain(err); len(got) != 3 || got[1] != "failed to read file '/etc/zincati/config.d/315.toml'" || !strings.HasPrefix(got[2], "all fragments together") {
		t.Errorf("got %q", got)
	}
}

func TestDevice(t *testing.T) {
	testutil.Root(t)
	root := tree(t, map[string]string{admin + "x": ""})
	if err := syscall.Mknod(filepath.Join(root, admin, "10.toml"), syscall.S_IFCHR|0o666, 0x105); err != nil {
		t.Skip(err)
	}
	if in := read(t, root); len(in.Files) > 0 {
		t.Errorf("read %q", in.Files)
	}
}

func TestUnreadable(t *testing.T) {
	testutil.NotRoot(t)
	root := tree(t, map[string]string{admin + "10.toml": group("x")})
	if err := os.Chmod(filepath.Join(root, admin, "10.toml"), 0); err != nil {
		t.Fatal(err)
	}
	_, err := config.Read(root, nil)
	if got := chain(err); len(got) != 3 || got[2] != "Permission denied (os error 13)" {
		t.Errorf("got %q", got)
	}
	if err := os.Chmod(filepath.Join(root, admin), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(filepath.Join(root, admin), 0o755) })
	if in := read(t, root); in.Group != "default" { // a directory that cannot be read is passed over
		t.Errorf("group %q", in.Group)
	}
}

func TestLog(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if _, err := config.Read(tree(t, map[string]string{admin + "10.toml": ""}), log); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "path=/etc/zincati/config.d/10.toml") {
		t.Errorf("log %q", b.String())
	}
}

func TestExpandURL(t *testing.T) {
	vars := map[string]string{"basearch": "x86_64", "group": "g", "platform": "qemu", "stream": "stable"}
	for template, want := range map[string]string{
		"":                           "",
		"http://h/":                  "http://h/",
		"http://h/${group}/${group}": "http://h/g/g",
		"${basearch}${group}${platform}${stream}": "x86_64gqemustable",
		"${node_uuid}${group}":                    "${node_uuid}g",
		"${}/${group}":                            "${}/g",
		"${GROUP}/${ group }/$group/{group}":      "${GROUP}/${ group }/$group/{group}",
		"}${group":                                "}${group",
		"${group${group}}":                        "${groupg}",
		"$${group}}":                              "$g}",
	} {
		if got, err := config.ExpandURL(template, vars); got != want || err != nil {
			t.Errorf("%s: got %s, %v", template, got, err)
		}
	}
	for value, c := range map[string]string{"a$b": "$", "a{b": "{", "a}b": "}"} {
		vars["stream"] = value
		want := "envsubst error: variable value '" + value + "' contains forbidden character '" + c + "'"
		if _, err := config.ExpandURL("http://${group}/", vars); err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
		for _, plain := range []string{"http://h/", "}${group"} {
			if got, err := config.ExpandURL(plain, vars); got != plain || err != nil {
				t.Errorf("nothing to replace: %s, %v", got, err)
			}
		}
	}
}

func TestURLs(t *testing.T) {
	vars := map[string]string{"stream": "a$b"}
	in := read(t, tree(t, map[string]string{admin + "10.toml": "updates.fleet_lock.base_url='http://${stream}/'\n"}))
	if _, err := in.CincinnatiURL(vars); !slices.Equal(chain(err), []string{"failed to validate cincinnati configuration", "empty Cincinnati base URL"}) {
		t.Errorf("got %q", chain(err))
	}
	in.CincinnatiBaseURL = "http://${stream}/"
	const forbidden = "envsubst error: variable value 'a$b' contains forbidden character '$'"
	if _, err := in.CincinnatiURL(vars); !slices.Equal(chain(err), []string{"failed to validate cincinnati configuration", forbidden}) {
		t.Errorf("got %q", chain(err))
	}
	if _, err := in.StrategySettings(vars); err != nil { // the strategy does not need the URL
		t.Error(err)
	}
	in.Strategy.Name = strategy.FleetLock
	if _, err := in.StrategySettings(vars); !slices.Equal(chain(err), []string{"failed to validate update strategy configuration", forbidden}) {
		t.Errorf("got %q", chain(err))
	}
	vars["stream"] = "s"
	if s, err := in.StrategySettings(vars); err != nil || s.FleetLockURL != "http://s/" || in.Strategy.FleetLockURL != "http://${stream}/" {
		t.Errorf("%+v, %v", s, err)
	}
}
