//go:build unix

package files_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ignition/provision/internal/files"
	"github.com/nestos-dev/nestos/ignition/provision/internal/state"
	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// programs answers as those of a machine would; what setfiles reads is in stdin.
func programs(t testing.TB, stdin *string) *run.Recorder {
	return &run.Recorder{Handler: func(_ context.Context, c run.Cmd) run.Reply {
		switch {
		case c.Name == "setfiles":
			data, err := io.ReadAll(c.Stdin)
			must(t, err)
			*stdin = string(data)
		case c.Name == "cryptsetup":
			return run.Reply{Stdout: "the-uuid\n"}
		case c.Name == "systemctl" && c.Args[2] == "is-enabled" && !strings.HasPrefix(c.Args[3], "on"):
			return run.Reply{Exit: 1}
		case c.Name == "is-live-image":
			return run.Reply{Exit: 1}
		}
		return run.Reply{}
	}}
}

func lines2(r *run.Recorder, root string) []string {
	var all []string
	for _, l := range r.Lines() {
		all = append(all, strings.ReplaceAll(l, root, "R"))
	}
	return all
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant:\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLuks(t *testing.T) {
	root := newRoot(t)
	write(t, root, "etc/selinux/config", "# c\nSELINUX=enforcing\nSELINUXTYPE=targeted\nSELINUXTYPE=mls\n")
	h, log := bare(t, root)
	h.Settings.SELinuxRelabel, h.Settings.ResultFile = true, "/etc/.ignition-result.json"
	boot := filepath.Join(t.TempDir(), "boot_id")
	must(t, os.WriteFile(boot, []byte("the-boot\n"), 0o644))
	h.Settings.BootIDFile = boot
	var stdin string
	rec := programs(t, &stdin)
	h.Run = rec
	h.State = &state.State{
		LuksPersistKeyFiles:       map[string]string{"r": "data:,thekey"},
		LuksPersistVolumeKeyFiles: map[string]string{"ignition-luks-c.info": "data:,inf", "ignition-luks-c.skey": "data:,sk"},
	}
	cfg := config(t, `"storage":{"luks":[
		{"name":"r","device":"/dev/b0","discard":true},
		{"name":"q","device":"/dev/b1","clevis":{"tang":[{"url":"http://t/","thumbprint":"x"}]}},
		{"name":"c","device":"/dev/b2","clevis":{"tpm2":true},"cex":{"enabled":true}},
		{"name":"p","device":"/dev/b3","clevis":{"custom":{"pin":"x","config":"y","needsNetwork":true}}}]}`)
	text, err := stage(t, h, log, cfg)
	must(t, err)
	same(t, "programs", lines2(rec, root), []string{
		"cryptsetup luksUUID /run/ignition/dev_aliases/dev/b0", "cryptsetup luksUUID /run/ignition/dev_aliases/dev/b1",
		"cryptsetup luksUUID /run/ignition/dev_aliases/dev/b2", "cryptsetup luksUUID /run/ignition/dev_aliases/dev/b3",
		"setfiles -vF0 -r R R/etc/selinux/targeted/contexts/files/file_contexts -f -",
	})
	if got, want := read(t, root, "etc/crypttab"), "r UUID=the-uuid /etc/luks/r luks,x-initrd.attach\n"+
		"q UUID=the-uuid none luks,_netdev,x-initrd.attach\nc UUID=the-uuid none luks,x-initrd.attach\n"+
		"p UUID=the-uuid none luks,_netdev,x-initrd.attach\n"; got != want {
		t.Errorf("crypttab %q, want %q", got, want)
	}
	list := listing(t, root)
	for _, line := range []string{
		"etc/luks drwx------ U", `etc/luks/r -rw------- U "thekey"`,
		`etc/zkey/repository/ignition-luks-c.info -rw------- U "inf"`, `etc/zkey/repository/ignition-luks-c.skey -rw------- U "sk"`,
	} {
		if line = strings.Replace(line, " U", fmt.Sprintf(" %d:%d", os.Getuid(), os.Getgid()), 1); !slices.Contains(list, line) {
			t.Errorf("%q is not in %q", line, list)
		}
	}
	same(t, "labels", strings.Split(strings.TrimSuffix(strings.ReplaceAll(stdin, root, "R"), "\x00"), "\x00"), []string{
		"R/etc/.ignition-result.json", "R/etc/crypttab", "R/etc/luks", "R/etc/luks/r", "R/etc/zkey", "R/etc/zkey/repository/ignition-luks-c.skey",
	})
	if h.State.LuksPersistKeyFiles != nil || h.State.LuksPersistVolumeKeyFiles != nil {
		t.Errorf("the state keeps keys: %+v", h.State)
	}
	if strings.Contains(text, "thekey") || strings.Contains(text, "data:") {
		t.Errorf("the log has secrets:\n%s", text)
	}

	// A line is added to a crypttab that is there; a key that is there is not replaced.
	h.State.LuksPersistKeyFiles = map[string]string{"r": "data:,other"}
	_, err = stage(t, h, log, config(t, `"storage":{"luks":[{"name":"r","device":"/dev/b0"}]}`))
	if err == nil || !strings.HasSuffix(err.Error(), "A file exists there already and overwrite is false") || h.State.LuksPersistKeyFiles == nil {
		t.Errorf("error %v", err)
	}
}

func TestLuksErrors(t *testing.T) {
	for storage, want := range map[string]string{
		`"luks":[{"name":"q","device":"/dev/b0"}]`:                                               "creating crypttab entries: missing persisted keyfile for q",
		`"luks":[{"name":"../../q","device":"/dev/b0"}]`:                                         `creating crypttab entries: invalid luks name "../../q": must be a word and a plain file name`,
		`"luks":[{"name":"a none none\nb","device":"/dev/b0"}]`:                                  `creating crypttab entries: invalid luks name "a none none\nb": must be a word and a plain file name`,
		`"luks":[{"name":"c","device":"/dev/b0","clevis":{"tpm2":true},"cex":{"enabled":true}}]`: "creating cex volume key entries: missing persisted zkeyfile for /etc/zkey/repository/ignition-luks-c.info",
	} {
		root := newRoot(t)
		h, log := bare(t, root)
		var stdin string
		h.Run = programs(t, &stdin)
		_, err := stage(t, h, log, config(t, `"storage":{`+storage+`}`))
		if err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", storage, err, want)
		}
	}
	root := newRoot(t)
	h, log := bare(t, root)
	h.Run = &run.Recorder{Handler: func(context.Context, run.Cmd) run.Reply { return run.Reply{Exit: 4, Stderr: "no device"} }}
	_, err := stage(t, h, log, config(t, `"storage":{"luks":[{"name":"q","device":"/dev/b0"}]}`))
	if err == nil || !strings.HasPrefix(err.Error(), "creating crypttab entries: gathering luks uuid: ") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(filepath.Join(root, "etc/crypttab")); err == nil {
		t.Error("crypttab was made")
	}
}

func TestResult(t *testing.T) {
	root := newRoot(t)
	boot := filepath.Join(t.TempDir(), "boot_id")
	must(t, os.WriteFile(boot, []byte("the-boot\n"), 0o644))
	again := func(live string) (map[string]any, string) {
		t.Helper()
		h, log := bare(t, root)
		h.Settings.ResultFile, h.Settings.BootIDFile = "/etc/.ignition-result.json", boot
		h.State.FetchedConfigs = []state.FetchedConfig{{Kind: "base"}, {Kind: "user"}}
		h.Run = &run.Recorder{Handler: func(context.Context, run.Cmd) run.Reply {
			switch live {
			case "yes":
				return run.Reply{}
			case "no":
				return run.Reply{Exit: 1}
			default:
				return run.Reply{Err: errors.New(`exec: "is-live-image": executable file not found in $PATH`)}
			}
		}}
		text, err := stage(t, h, log, config(t, `"storage":{}`))
		must(t, err)
		data := read(t, root, "etc/.ignition-result.json")
		if !strings.HasPrefix(data, "{\n  \"provisioningBootID\": \"the-boot\",\n  \"provisioningDate\": \"") || !strings.HasSuffix(data, "}\n") {
			t.Errorf("result %s", data)
		}
		var r map[string]any
		must(t, json.Unmarshal([]byte(data), &r))
		if r["userConfigProvided"] != true {
			t.Errorf("result %s", data)
		}
		return r, text
	}
	const warning = "WARNING  : files: createResultFile: Ignition has already run on this system. Unexpected behavior may occur. Ignition is not designed to run more than once per system.\n"
	if r, text := again("no"); r["previousReport"] != nil || strings.Contains(text, "already run") {
		t.Errorf("first run: %v\n%s", r, text)
	}
	if r, text := again("no"); r["previousReport"].(map[string]any)["provisioningBootID"] != "the-boot" || !strings.Contains(text, warning) {
		t.Errorf("second run: %v\n%s", r, text)
	}
	if r, text := again("?"); r["previousReport"].(map[string]any)["previousReport"] == nil || !strings.Contains(text, warning) ||
		!strings.Contains(text, `NOTICE   : files: createResultFile: failed to run is-live-image hook: exec: "is-live-image": executable file not found in $PATH`) {
		t.Errorf("third run: %v\n%s", r, text)
	}
	if r, text := again("yes"); r["previousReport"] != nil || strings.Contains(text, "already run") {
		t.Errorf("live: %v\n%s", r, text)
	}
	if st, err := os.Stat(filepath.Join(root, "etc/.ignition-result.json")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode %v %v", st, err)
	}
}

func TestRelabel(t *testing.T) {
	for _, c := range []struct {
		name, config string
		demanded     bool
		want         string
	}{
		{"no SELinux", "", false, ""},
		{"no SELinux, but demanded", "", true, "failed to handle relabeling: failed to open R/etc/selinux/config: "},
		{"no type", "SELINUX=enforcing\n", false, "failed to handle relabeling: didn't find SELINUXTYPE in R/etc/selinux/config"},
		{"empty type", "SELINUXTYPE=\n", false, "failed to handle relabeling: invalid SELINUXTYPE value in R/etc/selinux/config"},
		{"type that leads out", "SELINUXTYPE=../../../tmp\n", false, "failed to handle relabeling: invalid SELINUXTYPE value in R/etc/selinux/config"},
	} {
		root := newRoot(t)
		if c.config != "" {
			write(t, root, "etc/selinux/config", c.config)
		}
		h, log := bare(t, root)
		h.Settings.SELinuxRelabel, h.Settings.RelabelDemanded = true, c.demanded
		rec := &run.Recorder{}
		h.Run = rec
		_, err := stage(t, h, log, config(t, `"storage":{"files":[{"path":"/n"}]}`))
		if got := strings.ReplaceAll(fmt.Sprint(err), root, "R"); c.want == "" && err != nil || !strings.HasPrefix(got, c.want) && c.want != "" {
			t.Errorf("%s: error %v, want %s", c.name, err, c.want)
		}
		if len(rec.Calls()) > 0 {
			t.Errorf("%s: ran %q", c.name, rec.Lines())
		}
	}
}

func TestKargs(t *testing.T) {
	h, log := bare(t, t.TempDir())
	rec := &run.Recorder{}
	h.Run = rec
	must(t, files.Kargs(t.Context(), h, config(t, `"kernelArguments":{}`)))
	if len(rec.Calls()) != 0 {
		t.Errorf("ran %q", rec.Lines())
	}
	cfg := config(t, `"kernelArguments":{"shouldExist":["a","b=c d"],"shouldNotExist":["z"]}`)
	must(t, files.Kargs(t.Context(), h, cfg))
	same(t, "programs", rec.Lines(), []string{"ignition-kargs-helper --should-exist a --should-exist 'b=c d' --should-not-exist z"})
	if !strings.Contains(log.String(), "[finished] updating kernel arguments") {
		t.Errorf("log %s", log)
	}
	h.Run = &run.Recorder{Handler: func(context.Context, run.Cmd) run.Reply { return run.Reply{Exit: 1} }}
	if err := files.Kargs(t.Context(), h, cfg); err == nil || !strings.HasPrefix(err.Error(), "failed adding kernel arguments: exit status 1: Cmd: ") {
		t.Errorf("error %v", err)
	}
}

func TestContainer(t *testing.T) {
	const section = `"storage":{"files":[{"path":"/n","contents":{"source":"mem:x"}}]},"systemd":{"units":[{"name":"a.service","contents":"[Unit]\n","enabled":true}]}`
	for members, want := range map[string]string{
		`"kernelArguments":{"shouldExist":["a"]},"storage":{"disks":[{"device":"/dev/x"}]}`: "running stage 'kargs': cannot apply kargs modifications live",
		`"storage":{"disks":[{"device":"/dev/x"}]}`:                                         "running stage 'disks': cannot apply disk modifications live",
		`"storage":{"raid":[{"name":"x"}]}`:                                                 "running stage 'disks': cannot apply disk modifications live",
		`"storage":{"luks":[{"name":"x"}]}`:                                                 "running stage 'disks': cannot apply disk modifications live",
		`"storage":{"filesystems":[{"device":"x"}]}`:                                        "running stage 'disks': cannot apply disk modifications live",
		`"passwd":{"users":[{"name":"x"}]}`:                                                 "running stage 'files': cannot apply passwd live",
		`"passwd":{"groups":[{"name":"x"}]},` + section:                                     "running stage 'files': cannot apply passwd live",
	} {
		root := newRoot(t)
		h, _ := bare(t, root)
		h.Settings.SELinuxRelabel, h.Settings.ResultFile = true, "/etc/result"
		rec := &run.Recorder{}
		h.Run, h.Fetcher = rec, fetcher{mem: map[string]string{"x": "3"}}
		cfg := config(t, members)
		if err := files.Container(t.Context(), h, cfg, files.ContainerOptions{}); err == nil || err.Error() != want {
			t.Errorf("%s: error %v, want %s", members, err, want)
		}
		must(t, files.Container(t.Context(), h, cfg, files.ContainerOptions{IgnoreUnsupported: true}))
		if len(rec.Calls()) != 0 {
			t.Errorf("%s: ran %q", members, rec.Lines())
		}
		if strings.Contains(members, `"files"`) && (read(t, root, "n") != "3" ||
			read(t, root, "etc/systemd/system-preset/20-ignition.preset") != "enable a.service\n") {
			t.Error("not everything was written")
		}
		if _, err := os.Stat(filepath.Join(root, "etc/result")); err == nil {
			t.Error("a result was written")
		}
	}
	h, _ := bare(t, newRoot(t))
	err := files.Container(t.Context(), h, config(t, section), files.ContainerOptions{Offline: true})
	if !errors.Is(err, files.ErrOffline) {
		t.Errorf("error %v", err)
	}
}

func TestPlan(t *testing.T) {
	root := newRoot(t)
	h, _ := bare(t, root)
	h.Settings.ResultFile = "/etc/.ignition-result.json"
	rec := &run.Recorder{Strict: true}
	h.DryRun, h.Run, h.Fetcher = true, rec, nil
	h.Predicted = map[string]bool{"/x": true, "/dev/disk/by-label/x": true}
	before := listing(t, root)
	p, err := files.PlanFiles(t.Context(), h, config(t, `
		"passwd":{"groups":[{"name":"us"},{"name":"g","gid":7}],"users":[{"name":"me","sshAuthorizedKeys":["k"]},{"name":"new","passwordHash":"$secret"},{"name":"no","shouldExist":false}]},
		"storage":{"directories":[{"path":"/d","overwrite":true},{"path":"/x/y"}],
			"files":[{"path":"/f","mode":384},{"path":"/d/sub","contents":{"source":"https://secret/"},"user":{"name":"new"}},{"path":"/hf","append":[{"source":"data:,1"}]},
				{"path":"/s","contents":{"source":"data:,1"}},{"path":"/w","user":{"name":"nobody at all"}}],
			"links":[{"path":"/s2","target":"/f"},{"path":"/x/y/h","target":"/f","hard":true}],
			"luks":[{"name":"r","device":"/dev/b0"}]},
		"systemd":{"units":[{"name":"a.service","contents":"x","enabled":true},{"name":"b.service","mask":true}]}`))
	must(t, err)
	if after := listing(t, root); !slices.Equal(before, after) || len(rec.Calls()) != 0 {
		t.Errorf("a plan changed something or ran %q", rec.Lines())
	}
	var got []string
	for _, s := range p.Steps {
		got = append(got, strings.ReplaceAll(fmt.Sprintf("%s %s %s [%s] %s %v", s.Verb, s.Kind, s.Name, s.Detail, s.Entry, s.Destroys), root, "R"))
		if s.Do != nil {
			t.Errorf("step %s can be done after its tree was closed", s.Name)
		}
	}
	same(t, "plan", got, []string{
		"change group us [exists] $.passwd.groups.0 false",
		"create group g [gid 7] $.passwd.groups.1 false",
		"change user me [exists] $.passwd.users.0 false",
		"create ssh keys me [1, in .ssh/authorized_keys.d/ignition] $.passwd.users.0 false",
		"create user new [with password] $.passwd.users.1 false",
		"keep user no [does not exist] $.passwd.users.2 false",
		"change directory /d [] $.storage.directories.0 true",
		"change file /f [mode 0600] $.storage.files.0 false",
		"append file /hf [1 to append] $.storage.files.2 false",
		`fail file /s [error creating file "R/s": A non regular file exists there already and overwrite is false] $.storage.files.3 false`,
		`fail file /w [failed to determine correct uid and gid for R/w: no such user "nobody at all": user: unknown user user "nobody at all" not found] $.storage.files.4 false`,
		"create link /s2 [to /f] $.storage.links.0 false",
		"create directory /x/y [] $.storage.directories.1 false",
		"create file /d/sub [mode 0644, user new, contents from https] $.storage.files.1 false",
		"create link /x/y/h [hard, to /f] $.storage.links.1 false",
		"create unit a.service [contents] $.systemd.units.0 false",
		"keep unit b.service [] $.systemd.units.1 false",
		"create unit b.service [masked] $.systemd.units.1 false",
		"append preset a.service [enabled on first boot]  false",
		"append crypttab r [key file /etc/luks/r] $.storage.luks.0 false",
		"create result file /etc/.ignition-result.json []  false",
	})
}

func TestUnprivileged(t *testing.T) {
	testutil.NotRoot(t)
	root := newRoot(t)
	h, log := bare(t, root)
	_, err := stage(t, h, log, config(t, `"storage":{"files":[{"path":"/a","user":{"id":0}}]}`))
	if !errors.Is(err, os.ErrPermission) {
		t.Errorf("error %v", err)
	}
}
