//go:build unix

package files_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/nestos-dev/nestos/ignition/provision/internal/files"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
)

// TestForeseen makes plans of what fails and what does not, then does it.
func TestForeseen(t *testing.T) {
	for _, c := range []struct {
		name, config string
		fails        bool
	}{
		{"hard link to nothing", `"storage":{"links":[{"path":"/n","hard":true,"target":"/none"}]}`, true},
		{"hard link to a directory", `"storage":{"links":[{"path":"/n","hard":true,"target":"/d"}]}`, true},
		{"hard link to a new directory", `"storage":{"directories":[{"path":"/n/d"}],"links":[{"path":"/m","hard":true,"target":"/n/d"}]}`, true},
		{"hard link to an implied directory", `"storage":{"files":[{"path":"/n/d/f"}],"links":[{"path":"/m","hard":true,"target":"/n/d"}]}`, true},
		{"hard link to a new file", `"storage":{"files":[{"path":"/n/f"}],"links":[{"path":"/m","hard":true,"target":"/n/f"}]}`, false},
		{"hard link to a new hard link", `"storage":{"links":[{"path":"/m","hard":true,"target":"/f"},{"path":"/o","hard":true,"target":"/m"}]}`, false},
		{"hard link through a link", `"storage":{"links":[{"path":"/m","hard":true,"target":"/ll/sub/inside"}]}`, false},
		{"hard link through a new link", `"storage":{"links":[{"path":"/n","target":"d/sub"},{"path":"/m","hard":true,"target":"/n/inside"}]}`, false},
		{"hard link into what it replaces", `"storage":{"links":[{"path":"/d","overwrite":true,"hard":true,"target":"/d/sub/inside"}]}`, true},
		{"hard link to a link", `"storage":{"links":[{"path":"/m","hard":true,"target":"/s"}]}`, false},
		{"hard link that is there", `"storage":{"links":[{"path":"/hf","hard":true,"target":"/f"}]}`, false},
		{"file below new file", `"storage":{"files":[{"path":"/n"},{"path":"/n/f"}]}`, true},
		{"directory below new file", `"storage":{"files":[{"path":"/n"}],"directories":[{"path":"/n/f/g"}]}`, true},
		{"link below new file", `"storage":{"files":[{"path":"/n"}],"links":[{"path":"/n/f","target":"x"}]}`, true},
		{"file below a replaced directory", `"storage":{"directories":[{"path":"/d","overwrite":true}],"files":[{"path":"/d/sub"}]}`, false},
		{"file below a new link", `"storage":{"links":[{"path":"/n","target":"/d"}],"files":[{"path":"/n/f","contents":{"source":"data:,x"}}]}`, false},
		{"file that a new link leads to", `"storage":{"links":[{"path":"/n","target":"/d"}],"files":[{"path":"/n/sub/inside","contents":{"source":"data:,x"}}]}`, true},
		{"file below a new link to a file", `"storage":{"links":[{"path":"/n","target":"f"}],"files":[{"path":"/n/f"}]}`, true},
		{"file below a new dangling link", `"storage":{"links":[{"path":"/n","target":"/none"}],"files":[{"path":"/n/f/g"}]}`, true},
		{"file below a new link to a new directory", `"storage":{"links":[{"path":"/n","target":"/m"}],"directories":[{"path":"/m"}],"files":[{"path":"/n/f/g"}]}`, false},
		{"the root anew", `"storage":{"directories":[{"path":"/","overwrite":true}]}`, true},
		{"the root", `"storage":{"directories":[{"path":"/","mode":493}]}`, false},
		{"a file for the root", `"storage":{"files":[{"path":"/","overwrite":true}]}`, true},
		{"good hash", `"storage":{"files":[{"path":"/n","contents":{"source":"data:,x"}}]}`, false},
		{"wrong hash", `"storage":{"files":[{"path":"/n","contents":{"source":"data:,x","verification":{"hash":"sha512-00"}}}]}`, true},
		{"wrong hash to append", `"storage":{"files":[{"path":"/f","append":[{"source":"data:,x","verification":{"hash":"sha512-00"}}]}]}`, true},
		{"no data URL", `"storage":{"files":[{"path":"/n","contents":{"source":"data:;base64,!"}}]}`, true},
		{"no contents", `"storage":{"files":[{"path":"/n","contents":{"source":""}}]}`, false},
		{"unit", `"systemd":{"units":[{"name":"a.service","contents":"x","enabled":true}]}`, false},
		{"unit is a directory", `"storage":{"directories":[{"path":"/etc/systemd/system/a.service"}]},"systemd":{"units":[{"name":"a.service","contents":"x"}]}`, true},
		{"unit without contents is a directory", `"storage":{"directories":[{"path":"/etc/systemd/system/a.service"}]},"systemd":{"units":[{"name":"a.service"}]}`, false},
		{"masked unit is a directory", `"storage":{"directories":[{"path":"/etc/systemd/system/a.service"}]},"systemd":{"units":[{"name":"a.service","mask":true}]}`, false},
		{"drop-in is a directory", `"storage":{"directories":[{"path":"/etc/systemd/system/a.service.d/b.conf"}]},"systemd":{"units":[{"name":"a.service","dropins":[{"name":"b.conf","contents":"x"}]}]}`, true},
		{"drop-in below a file", `"storage":{"files":[{"path":"/etc/systemd/system/a.service.d"}]},"systemd":{"units":[{"name":"a.service","dropins":[{"name":"b.conf","contents":"x"}]}]}`, true},
		{"units below a file", `"storage":{"files":[{"path":"/etc/systemd"}]},"systemd":{"units":[{"name":"a.service","mask":true}]}`, true},
		{"units below a new link", `"storage":{"directories":[{"path":"/n"}],"links":[{"path":"/etc/systemd","target":"/n"}]},"systemd":{"units":[{"name":"a.service","contents":"x"}]}`, false},
		{"units below a new dangling link", `"storage":{"links":[{"path":"/etc/systemd","target":"/n"}]},"systemd":{"units":[{"name":"a.service","contents":"x"}]}`, false},
		{"preset is a directory", `"storage":{"directories":[{"path":"/etc/systemd/system-preset/20-ignition.preset"}]},"systemd":{"units":[{"name":"a.service","enabled":true}]}`, true},
		{"preset is a link", `"storage":{"links":[{"path":"/etc/systemd/system-preset/20-ignition.preset","target":"/f"}]},"systemd":{"units":[{"name":"a.service","enabled":true}]}`, true},
		{"crypttab", `"storage":{"luks":[{"name":"r","device":"/dev/b"}]}`, false},
		{"crypttab is a directory", `"storage":{"directories":[{"path":"/etc/crypttab"}],"luks":[{"name":"r","device":"/dev/b"}]}`, true},
		{"crypttab is a link", `"storage":{"links":[{"path":"/etc/crypttab","target":"/f"}],"luks":[{"name":"r","device":"/dev/b"}]}`, true},
		{"key is there", `"storage":{"files":[{"path":"/etc/luks/r"}],"luks":[{"name":"r","device":"/dev/b"}]}`, true},
		{"keys below a file", `"storage":{"files":[{"path":"/etc/luks"}],"luks":[{"name":"r","device":"/dev/b"}]}`, true},
		{"secure key is there", `"storage":{"files":[{"path":"/etc/zkey/repository/ignition-luks-r.skey"}],"luks":[{"name":"r","device":"/dev/b","cex":{"enabled":true}}]}`, true},
		{"result is a directory", `"storage":{"directories":[{"path":"/etc/result"}]}`, true},
		{"result is a link", `"storage":{"links":[{"path":"/etc/result","target":"/none/x"}]}`, false},
		{"ssh keys", `"passwd":{"users":[{"name":"me","sshAuthorizedKeys":["k"]}]}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := newRoot(t)
			foreseen(t, root, c.config, c.fails)
		})
	}
	for name, make := range map[string]func(home string) error{
		"ssh is a link":        func(home string) error { return os.Symlink("/d", home+"/.ssh") },
		"ssh is a file":        func(home string) error { return os.WriteFile(home+"/.ssh", nil, 0o600) },
		"keys are a FIFO":      func(home string) error { return fifo(home + "/.ssh/authorized_keys.d") },
		"file is a directory":  func(home string) error { return os.MkdirAll(home+"/.ssh/authorized_keys.d/ignition", 0o700) },
		"home is a file":       func(home string) error { return os.Remove(home) },
		"good: file is a link": func(home string) error { return linkKeys(home) },
		"good: empty":          func(string) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			root := newRoot(t)
			home := filepath.Join(root, "home/me")
			must(t, os.MkdirAll(home, 0o700))
			must(t, make(home))
			if name == "home is a file" {
				write(t, root, "home/me", "")
			}
			foreseen(t, root, `"passwd":{"users":[{"name":"me","sshAuthorizedKeys":["k"]}]}`, !strings.HasPrefix(name, "good"))
		})
	}
}

func fifo(name string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return syscall.Mkfifo(name, 0o600)
}

func linkKeys(home string) error {
	if err := os.MkdirAll(home+"/.ssh/authorized_keys.d", 0o700); err != nil {
		return err
	}
	return os.Symlink("/f", home+"/.ssh/authorized_keys.d/ignition")
}

// foreseen expects the same of a plan and of what it is for.
func foreseen(t *testing.T, root, members string, fails bool) {
	t.Helper()
	ready := func() *host.Host {
		h, _ := bare(t, root)
		h.Settings.ResultFile = "/etc/result"
		boot := filepath.Join(t.TempDir(), "boot_id")
		must(t, os.WriteFile(boot, []byte("b\n"), 0o644))
		h.Settings.BootIDFile = boot
		var stdin string
		h.Run = programs(t, &stdin)
		return h
	}
	dry := ready()
	dry.DryRun = true
	before := listing(t, root)
	p, err := files.PlanFiles(t.Context(), dry, config(t, members))
	must(t, err)
	if after := listing(t, root); !slices.Equal(before, after) {
		t.Errorf("the plan changed %q", after)
	}
	if got := slices.ContainsFunc(p.Steps, func(s planStep) bool { return s.Verb == "fail" }); got != fails {
		t.Errorf("foreseen %v: %+v", got, p.Steps)
	}
	h := ready()
	h.State.LuksPersistKeyFiles = map[string]string{"r": "data:,key"}
	h.State.LuksPersistVolumeKeyFiles = map[string]string{"ignition-luks-r.info": "data:,i", "ignition-luks-r.skey": "data:,s"}
	if err := files.Files(t.Context(), h, config(t, members)); (err != nil) != fails {
		t.Errorf("error %v", err)
	}
	noTemps(t, root)
}

// TestForeseenAsUser: keys are written with the user's permissions.
func TestForeseenAsUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	for name, c := range map[string]struct {
		make  func(home string) error
		fails bool
	}{
		"own":             {func(home string) error { return os.Chown(home, 1001, 1001) }, false},
		"root's":          {func(string) error { return nil }, true},
		"group":           {func(home string) error { return chown(home, 0, 1001, 0o770) }, false},
		"own, not to use": {func(home string) error { return chown(home, 1001, 1001, 0o077) }, true},
		"none":            {os.Remove, true},
		"ssh is root's": {func(home string) error {
			must(t, os.Chown(home, 1001, 1001))
			return os.Mkdir(home+"/.ssh", 0o755)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			root := newRoot(t)
			for p := filepath.Dir(root); p != "/" && strings.Contains(p, "TestForeseen"); p = filepath.Dir(p) {
				must(t, os.Chmod(p, 0o755))
			}
			write(t, root, "etc/passwd", "bob:x:1001:1001::/home/bob:/bin/sh\n")
			home := filepath.Join(root, "home/bob")
			must(t, os.MkdirAll(home, 0o755))
			must(t, c.make(home))
			foreseen(t, root, `"passwd":{"users":[{"name":"bob","sshAuthorizedKeys":["k"]}]}`, c.fails)
		})
	}
}

func chown(name string, uid, gid int, mode os.FileMode) error {
	if err := os.Chown(name, uid, gid); err != nil {
		return err
	}
	return os.Chmod(name, mode)
}

// TestTwoNames has files with contents fetched ahead in one directory with two names.
func TestTwoNames(t *testing.T) {
	root := newRoot(t)
	must(t, os.Symlink("/", filepath.Join(root, "lnk")))
	h, _ := bare(t, root)
	h.Fetcher = fetcher{mem: contents(2)}
	must(t, files.Files(t.Context(), h, config(t, `"storage":{"links":[{"path":"/opt","target":"d"}],
		"files":[{"path":"/opt/x","contents":{"source":"mem:0"}},{"path":"/d/y","contents":{"source":"mem:1"}},
			{"path":"/opt/.tmp-ignition.0123456789abcdef","contents":{"source":"data:,p"}},{"path":"/d/z"}]}`)))
	if read(t, root, "d/x") != contents(2)["0"] || read(t, root, "d/y") != contents(2)["1"] || read(t, root, "d/.tmp-ignition.0123456789abcdef") != "p" {
		t.Error("wrong contents")
	}
	// The name is the config's in the next run, too; others are left by who was killed.
	write(t, root, "d/.tmp-ignition.0123456789abcdee", "stale")
	must(t, files.Files(t.Context(), h, config(t, `"storage":{"files":[{"path":"/d/new"},{"path":"/d/.tmp-ignition.0123456789abcdef","mode":384}]}`)))
	if read(t, root, "d/.tmp-ignition.0123456789abcdef") != "p" {
		t.Error("wrong contents")
	}
	if _, err := os.Lstat(filepath.Join(root, "d/.tmp-ignition.0123456789abcdee")); !os.IsNotExist(err) {
		t.Errorf("a stale file: %v", err)
	}
}

// TestUnfinishedLines: lines that are added do not continue the last one.
func TestUnfinishedLines(t *testing.T) {
	for _, end := range []string{"", "\n"} {
		root := newRoot(t)
		write(t, root, "etc/crypttab", "# mine"+end)
		write(t, root, "etc/systemd/system-preset/20-ignition.preset", "enable x.service"+end)
		h, _ := bare(t, root)
		h.Run = programs(t, new(string))
		h.State.LuksPersistKeyFiles = map[string]string{"r": "data:,key", "q": "data:,key"}
		must(t, files.Files(t.Context(), h, config(t, `"storage":{"luks":[{"name":"r","device":"/dev/b"},{"name":"q","device":"/dev/c"}]},
			"systemd":{"units":[{"name":"a.service","enabled":true}]}`)))
		if got, want := read(t, root, "etc/crypttab"), "# mine\nr UUID=the-uuid /etc/luks/r luks,x-initrd.attach\nq UUID=the-uuid /etc/luks/q luks,x-initrd.attach\n"; got != want {
			t.Errorf("crypttab %q", got)
		}
		if got := read(t, root, "etc/systemd/system-preset/20-ignition.preset"); got != "enable x.service\nenable a.service\n" {
			t.Errorf("preset %q", got)
		}
	}
}

// TestResultInTheWay replaces what is no file, without following it.
func TestResultInTheWay(t *testing.T) {
	for name, make := range map[string]func(p string) error{
		"dangling link": func(p string) error { return os.Symlink("/none/x", p) },
		"link to file":  func(p string) error { return os.Symlink("/f", p) },
		"loop":          func(p string) error { return os.Symlink("result", p) },
		"link to FIFO":  func(p string) error { return os.Symlink("/fifo", p) },
		"FIFO":          fifo,
		"garbage":       func(p string) error { return os.WriteFile(p, []byte(`{"a":1} trailing`), 0o600) },
		"two values":    func(p string) error { return os.WriteFile(p, []byte(`{} {}`), 0o600) },
		"nothing":       func(p string) error { return os.WriteFile(p, nil, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			root := newRoot(t)
			must(t, make(filepath.Join(root, "etc/result")))
			h, _ := bare(t, root)
			h.Run = programs(t, new(string))
			boot := filepath.Join(t.TempDir(), "boot_id")
			must(t, os.WriteFile(boot, []byte("b\n"), 0o644))
			h.Settings.ResultFile, h.Settings.BootIDFile = "/etc/result", boot
			err := files.Files(t.Context(), h, config(t, ""))
			want := map[string]string{
				"garbage": "invalid character 't' after top-level value", "two values": "invalid character '{' after top-level value",
				"nothing": "unexpected end of JSON input",
			}[name]
			if want != "" {
				if err == nil || err.Error() != "creating result file: couldn't unmarshal previous report output: "+want {
					t.Errorf("error %v", err)
				}
				return
			}
			must(t, err)
			if st, err := os.Lstat(filepath.Join(root, "etc/result")); err != nil || !st.Mode().IsRegular() || strings.Contains(read(t, root, "etc/result"), "previous") {
				t.Errorf("result %v %v", st, err)
			}
			if read(t, root, "f") != "old\n" {
				t.Error("the link was followed")
			}
		})
	}
}
