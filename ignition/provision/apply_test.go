package provision_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/ignition/provision"
	"github.com/nestos-dev/nestos/ignition/provision/plan"
)

// full has an entry in every section that only a booting machine can do, and a file.
const full = `{"ignition":{"version":"3.4.0"},
	"kernelArguments":{"shouldExist":["a"],"shouldNotExist":["b=c"]},
	"passwd":{"users":[{"name":"core"},{"name":"me"}],"groups":[{"name":"us"}]},
	"storage":{"disks":[{"device":"/dev/vda"}],"raid":[{"name":"md","level":"raid1","devices":["/dev/vdb","/dev/vdc"]}],
		"filesystems":[{"device":"/dev/vda1","format":"ext4","path":"/var"}],
		"luks":[{"name":"root","device":"/dev/vda2","clevis":{"tpm2":true}}],
		"files":[{"path":"/etc/a","contents":{"source":"data:,x"}}]}}`

var skipped = []provision.Skipped{
	{Section: "kernelArguments", Names: []string{"a", "b=c"}},
	{Section: "storage.disks", Names: []string{"/dev/vda"}},
	{Section: "storage.raid", Names: []string{"md"}},
	{Section: "storage.luks", Names: []string{"root"}},
	{Section: "storage.filesystems", Names: []string{"/dev/vda1"}},
	{Section: "passwd.groups", Names: []string{"us"}},
	{Section: "passwd.users", Names: []string{"core", "me"}},
}

func TestApplyTellsWhatItSkips(t *testing.T) {
	var log bytes.Buffer
	var got []provision.Skipped
	opt := &provision.ApplyOptions{
		Root: t.TempDir(), Offline: true, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	err := provision.Apply(t.Context(), []byte(full), opt)
	require.ErrorIs(t, err, provision.ErrUnsupported)
	require.EqualError(t, err, "failed to apply: running stage 'kargs': cannot apply kargs modifications live")
	require.NoFileExists(t, filepath.Join(opt.Root, "etc/a"))
	require.Empty(t, log.String())

	opt.IgnoreUnsupported = true
	opt.Skipped = func(s provision.Skipped) { got = append(got, s) }
	require.NoError(t, provision.Apply(t.Context(), []byte(full), opt))
	require.FileExists(t, filepath.Join(opt.Root, "etc/a"))
	require.Equal(t, skipped, got)
	require.Equal(t, len(skipped), strings.Count(log.String(), "level=WARN"), log.String())
	for _, s := range skipped {
		require.Contains(t, log.String(), fmt.Sprintf("skipping %s, ", s.Section))
	}
}

func TestPlanApply(t *testing.T) {
	opt := &provision.ApplyOptions{Root: t.TempDir(), Offline: true}
	dry, err := provision.PlanApply(t.Context(), []byte(full), opt)
	require.NoError(t, err)
	require.True(t, dry.Fails && dry.Live)
	var b strings.Builder
	require.NoError(t, dry.WriteText(&b))
	require.Contains(t, b.String(), "fail    user   core    cannot apply passwd live\n")
	require.True(t, strings.HasSuffix(b.String(), "\n1 to create, 9 to fail\napplying would fail\n"), b.String())

	opt.IgnoreUnsupported = true
	opt.Skipped = func(provision.Skipped) { t.Error("a plan skips nothing") }
	dry, err = provision.PlanApply(t.Context(), []byte(full), opt)
	require.NoError(t, err)
	require.False(t, dry.Fails)
	var steps []string
	for _, stage := range dry.Stages {
		for _, s := range stage.Steps {
			steps = append(steps, fmt.Sprintf("%s %s %s %s", stage.Stage, s.Verb, s.Kind, s.Name))
		}
	}
	require.Equal(t, []string{
		"kargs skip kernel argument a", "kargs skip kernel argument b=c",
		"disks skip partition table /dev/vda", "disks skip raid md", "disks skip luks root", "disks skip filesystem /dev/vda1",
		"files skip group us", "files skip user core", "files skip user me", "files create file /etc/a",
	}, steps)
	require.Equal(t, "$.storage.luks.0", dry.Stages[1].Steps[2].Entry)
	entries, err := os.ReadDir(opt.Root)
	require.NoError(t, err)
	require.Empty(t, entries)
}

// TestPlanApplyAgrees: a plan fails where applying fails, and only there.
func TestPlanApplyAgrees(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "served") }))
	defer web.Close()
	for name, c := range map[string]struct {
		members string
		fails   bool
		offline bool
	}{
		"file":             {`"storage":{"files":[{"path":"/a","contents":{"source":"data:,x"}}]}`, false, true},
		"there already":    {`"storage":{"files":[{"path":"/there","contents":{"source":"data:,x"}}]}`, true, true},
		"overwrite":        {`"storage":{"files":[{"path":"/there","overwrite":true,"contents":{"source":"data:,x"}}]}`, false, true},
		"wrong digest":     {`"storage":{"files":[{"path":"/a","contents":{"source":"data:,x","verification":{"hash":"sha256-` + strings.Repeat("0", 64) + `"}}}]}`, true, true},
		"network":          {`"storage":{"files":[{"path":"/a","contents":{"source":"` + web.URL + `"}}]}`, false, false},
		"network, offline": {`"storage":{"files":[{"path":"/a","contents":{"source":"` + web.URL + `"}}]}`, true, true},
		"user":             {`"passwd":{"users":[{"name":"x"}]}`, true, true},
		"owner unknown":    {`"storage":{"files":[{"path":"/a","user":{"name":"nobody at all"}}]}`, true, true},
		"owner unknown, of a link that is there": {
			`"storage":{"links":[{"path":"/link","target":"/there","user":{"name":"nobody at all"}}]}`, false, true},
		"owner unknown, of a hard link": {
			`"storage":{"links":[{"path":"/l","hard":true,"target":"/there","user":{"name":"nobody at all"},"group":{"name":"none"}}]}`, false, true},
		"units":   {`"systemd":{"units":[{"name":"a.service","enabled":true,"contents":"[Install]\nWantedBy=x"},{"name":"b.service","mask":true}]}`, false, true},
		"nothing": {`"storage":{}`, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			opt := &provision.ApplyOptions{Root: t.TempDir(), Offline: c.offline}
			require.NoError(t, os.WriteFile(filepath.Join(opt.Root, "there"), []byte("y"), 0o600))
			require.NoError(t, os.Symlink("/there", filepath.Join(opt.Root, "link")))
			config := []byte(`{"ignition":{"version":"3.4.0"},` + c.members + `}`)
			dry, err := provision.PlanApply(t.Context(), config, opt)
			require.NoError(t, err)
			require.Equal(t, c.fails, dry.Fails, dry.Stages)
			for _, stage := range dry.Stages {
				for _, s := range stage.Steps {
					require.False(t, s.Verb == plan.Create && s.Kind == "result file", "a live root has none")
				}
			}
			require.Equal(t, c.fails, provision.Apply(t.Context(), config, opt) != nil)
		})
	}
}

// TestPlanApplySkippedOwner: an account that is skipped owns nothing, in the plan as well.
func TestPlanApplySkippedOwner(t *testing.T) {
	for name, c := range map[string]struct {
		storage string
		fails   bool
	}{
		"file":      {`"files":[{"path":"/a","user":{"name":"core-x"}}]`, true},
		"group":     {`"files":[{"path":"/a","group":{"name":"us-x"}}]`, true},
		"directory": {`"directories":[{"path":"/a","user":{"name":"core-x"}}]`, true},
		"link":      {`"links":[{"path":"/a","target":"/b","user":{"name":"core-x"}}]`, true},
		"by id":     {fmt.Sprintf(`"files":[{"path":"/a","user":{"id":%d}}]`, os.Getuid()), false},
	} {
		t.Run(name, func(t *testing.T) {
			opt := &provision.ApplyOptions{Root: t.TempDir(), Offline: true, IgnoreUnsupported: true}
			config := []byte(`{"ignition":{"version":"3.4.0"},"passwd":{"users":[{"name":"core-x"}],"groups":[{"name":"us-x"}]},"storage":{` + c.storage + `}}`)
			dry, err := provision.PlanApply(t.Context(), config, opt)
			require.NoError(t, err)
			require.Equal(t, c.fails, dry.Fails, dry.Stages)
			err = provision.Apply(t.Context(), config, opt)
			if c.fails {
				require.ErrorContains(t, err, "no such ")
			} else {
				require.NoError(t, err)
			}
		})
	}
}

// TestBaseConfigs are merged under the config by all who take them.
func TestBaseConfigs(t *testing.T) {
	base := [][]byte{[]byte(`{"ignition":{"version":"3.4.0"},"storage":{"files":[
		{"path":"/a","contents":{"source":"data:,base"}},{"path":"/b","contents":{"source":"data:,base"}}]}}`)}
	config := []byte(`{"ignition":{"version":"3.4.0"},"storage":{"files":[{"path":"/a","contents":{"source":"data:,mine"}}]}}`)
	opt := &provision.ApplyOptions{Root: t.TempDir(), BaseConfigs: base}
	dry, err := provision.PlanApply(t.Context(), config, opt)
	require.NoError(t, err)
	require.Len(t, dry.Stages[0].Steps, 2)
	require.NoError(t, provision.Apply(t.Context(), config, opt))
	for name, want := range map[string]string{"a": "mine", "b": "base"} {
		got, err := os.ReadFile(filepath.Join(opt.Root, name))
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	opt.BaseConfigs = [][]byte{base[0], []byte("hello")}
	var invalid *provision.ConfigError
	require.ErrorAs(t, provision.Apply(t.Context(), config, opt), &invalid)
	require.Equal(t, "base config 2", invalid.Source)
}

// TestConfigErrorSaysWhy: but for the log, where the report is already.
func TestConfigErrorSaysWhy(t *testing.T) {
	bad := []byte(`{"ignition":{"version":"3.4.0"},"storage":{"files":[{"path":"x"}]}}`)
	const why = ": error at $.storage.files.0.path, line 1 col 61: path not absolute"
	root := t.TempDir()
	err := provision.Apply(t.Context(), bad, &provision.ApplyOptions{Root: root})
	require.EqualError(t, err, "couldn't parse config: config is not valid"+why)
	require.Equal(t, "couldn't parse config: config is not valid", provision.LogText(err))
	_, err = provision.MakePlan(t.Context(), bad, &provision.PlanOptions{Root: root})
	require.EqualError(t, err, "config is not valid"+why)
	require.Equal(t, "other", provision.LogText(errors.New("other")))

	var log bytes.Buffer
	opt := bootOptions(t, bad)
	opt.Logger = slog.New(provision.NewLogHandler(&log))
	engine, err := provision.New(opt)
	require.NoError(t, err)
	err = engine.Run(t.Context(), provision.StageFetch)
	require.EqualError(t, err, "config is not valid"+why)
	require.Contains(t, log.String(), "CRITICAL : Ignition failed: config is not valid\n")
	require.Equal(t, 1, strings.Count(log.String(), "path not absolute"), log.String())
	var failure *provision.Failure
	require.ErrorAs(t, err, &failure)
	require.Equal(t, 1, strings.Count(failure.Summary(), "path not absolute"), failure.Summary())
	require.Contains(t, failure.Summary(), "config: config\n")
}

// bootOptions are those of a machine in a directory that gets a config.
func bootOptions(t *testing.T, config []byte) *provision.Options {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	require.NoError(t, os.Mkdir(in("sysroot"), 0o755))
	settings := provision.DefaultSettings()
	settings.JournalSocket = in("journal")
	return &provision.Options{
		Platform: "metal", Config: config, Root: in("sysroot"), Settings: &settings,
		ConfigCache: in("run/ignition.json"), StateFile: in("run/state"), NeedNet: in("run/neednet"), ConfigDirs: []string{in("etc")},
	}
}

// TestGivenConfig: a config that the caller gives has precedence over all sources.
func TestGivenConfig(t *testing.T) {
	for name, c := range map[string]struct {
		config []byte
		want   string
	}{
		"given": {[]byte(`{"ignition":{"version":"3.4.0"},"storage":{"files":[{"path":"/given","contents":{"source":"data:,x"}}]}}`), "given"},
		"empty": {[]byte{}, ""},
		"none":  {nil, "system"},
	} {
		t.Run(name, func(t *testing.T) {
			opt := bootOptions(t, c.config)
			require.NoError(t, os.Mkdir(opt.ConfigDirs[0], 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(opt.ConfigDirs[0], "user.ign"),
				[]byte(`{"ignition":{"version":"3.4.0"},"storage":{"files":[{"path":"/system","contents":{"source":"data:,x"}}]}}`), 0o600))
			cmdline := filepath.Join(filepath.Dir(opt.Root), "cmdline")
			opt.PlatformOptions.Cmdline = cmdline
			text := "ignition.config.url=http://127.0.0.1:1/"
			if c.config == nil {
				text = ""
			}
			require.NoError(t, os.WriteFile(cmdline, []byte(text), 0o600))
			for _, stage := range []provision.Stage{provision.StageFetchOffline, provision.StageFetch, provision.StageFiles} {
				engine, err := provision.New(opt)
				require.NoError(t, err)
				require.NoError(t, engine.Run(t.Context(), stage))
			}
			require.NoFileExists(t, opt.NeedNet)
			made, err := filepath.Glob(filepath.Join(opt.Root, "*"))
			require.NoError(t, err)
			var names []string
			for _, name := range made {
				if name = filepath.Base(name); name != "etc" {
					names = append(names, name)
				}
			}
			require.Equal(t, c.want, strings.Join(names, " "))
		})
	}
}

// TestPlanTarget: a plan is for a root or an image.
func TestPlanTarget(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for name, c := range map[string]struct {
		opt  provision.PlanOptions
		want string
	}{
		"both":            {provision.PlanOptions{Root: dir, Image: file}, "a plan is for a root or for an image, not for both"},
		"device of root":  {provision.PlanOptions{Root: dir, Device: "/dev/vda"}, "a device stands for an image, but there is none"},
		"root is a file":  {provision.PlanOptions{Root: file}, "opening root " + file + ": not a directory"},
		"image is a root": {provision.PlanOptions{Image: dir}, "reading image " + dir + ": is a directory"},
		"no root":         {provision.PlanOptions{Root: file + "x"}, "stat " + file + "x: no such file or directory"},
		"no image":        {provision.PlanOptions{Image: file + "x"}, "stat " + file + "x: no such file or directory"},
	} {
		_, err := provision.MakePlan(t.Context(), []byte(motd), &c.opt)
		require.EqualError(t, err, c.want, name)
	}
	dry, err := provision.MakePlan(t.Context(), []byte(motd), nil)
	require.NoError(t, err)
	require.Equal(t, "/", dry.Target)
}
