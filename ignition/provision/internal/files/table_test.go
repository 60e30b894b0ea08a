//go:build unix

package files_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/provision/internal/files"
	"github.com/nestos-dev/nestos/ignition/provision/internal/host"
	"github.com/nestos-dev/nestos/ignition/provision/internal/tree"
)

// config makes a config of the members of its top-level object.
func config(t testing.TB, members string) *types.Config {
	t.Helper()
	var cfg types.Config
	if err := json.Unmarshal([]byte("{"+members+"}"), &cfg); err != nil {
		t.Fatalf("%s: %v", members, err)
	}
	return &cfg
}

// newRoot returns a root with something of every kind in it.
func newRoot(t testing.TB) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "root")
	for _, dir := range []string{"etc", "d/sub", "x/y"} {
		must(t, os.MkdirAll(filepath.Join(root, dir), 0o755))
	}
	write(t, root, "f", "old\n")
	write(t, root, "d/sub/inside", "inside\n")
	write(t, root, "etc/passwd", "root:x:0:0:root:/root:/bin/bash\n# no\nme:x:"+fmt.Sprint(os.Getuid())+":"+fmt.Sprint(os.Getgid())+"::/home/me:/bin/sh\n")
	write(t, root, "etc/group", "root:x:0:\nus:x:"+fmt.Sprint(os.Getgid())+":\n")
	must(t, os.Link(filepath.Join(root, "f"), filepath.Join(root, "hf")))
	must(t, syscall.Mkfifo(filepath.Join(root, "fifo"), 0o644))
	for name, target := range map[string]string{
		"s": "/f", "x/y/up": "../../../../d", "ll": "/x/y/up", "loop1": "loop2", "loop2": "loop1", "out": "/../../../../tmp",
	} {
		must(t, os.Symlink(target, filepath.Join(root, name)))
	}
	return root
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, root, name, text string) {
	t.Helper()
	p := filepath.Join(root, name)
	must(t, os.MkdirAll(filepath.Dir(p), 0o755))
	must(t, os.WriteFile(p, []byte(text), 0o644))
}

func read(t testing.TB, root, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	must(t, err)
	return string(data)
}

// stage does the stage and returns the log without what is the same for all.
func stage(t testing.TB, h *host.Host, log *bytes.Buffer, cfg *types.Config) (string, error) {
	t.Helper()
	err := files.Files(t.Context(), h, cfg)
	noTemps(t, h.Root)
	return strings.ReplaceAll(log.String(), h.Root, "R"), err
}

func noTemps(t testing.TB, root string) {
	t.Helper()
	must(t, filepath.WalkDir(root, func(p string, _ fs.DirEntry, err error) error {
		if strings.HasPrefix(filepath.Base(p), tree.TempPrefix) {
			t.Errorf("%s is left behind", p)
		}
		return err
	}))
}

// bare is a host that does only what the config says.
func bare(t testing.TB, root string) (*host.Host, *bytes.Buffer) {
	var log bytes.Buffer
	h := newHost(root, &log)
	h.Settings.SELinuxRelabel = false
	h.Settings.ResultFile = ""
	return h, &log
}

func TestEntryErrors(t *testing.T) {
	const twice = "failed to create files: failed to create files: "
	for _, c := range []struct{ name, storage, want string }{
		{"file over file", `"files":[{"path":"/f","contents":{"source":"data:,x"}}]`,
			twice + `error creating R/f: error creating file "R/f": A file exists there already and overwrite is false`},
		{"file over file, empty source", `"files":[{"path":"/f","contents":{"source":""}}]`,
			twice + `error creating R/f: error creating file "R/f": A file exists there already and overwrite is false`},
		{"file over link", `"files":[{"path":"/s","contents":{"source":"data:,x"}}]`,
			twice + `error creating R/s: error creating file "R/s": A non regular file exists there already and overwrite is false`},
		{"append to link", `"files":[{"path":"/s","append":[{"source":"data:,x"}]}]`,
			twice + `error creating R/s: error creating file "R/s": A non regular file exists there already and overwrite is false`},
		{"append to FIFO", `"files":[{"path":"/fifo","append":[{"source":"data:,x"}]}]`,
			twice + `error creating R/fifo: error creating file "R/fifo": A non regular file exists there already and overwrite is false`},
		{"file over directory", `"files":[{"path":"/d"}]`,
			twice + `error creating R/d: error creating file "R/d": A non regular file exists there already and overwrite is false`},
		{"file below file", `"files":[{"path":"/f/f"}]`,
			twice + `error creating R/f/f: lstat R/f/f: not a directory`},
		{"unknown user", `"files":[{"path":"/new/g","user":{"name":"nope"}}]`,
			twice + `error creating R/new/g: error setting file permissions for R/new/g: failed to determine correct uid and gid for R/new/g: no such user "nope": user: unknown user user "nope" not found`},
		{"unknown group", `"files":[{"path":"/new/g","group":{"name":"nope"}}]`,
			twice + `error creating R/new/g: error setting file permissions for R/new/g: failed to determine correct uid and gid for R/new/g: no such group "nope": group: unknown group group "nope" not found`},
		{"no contents", `"files":[{"path":"/new/g","contents":{"source":"mem:none"}}]`,
			twice + `error creating R/new/g: failed to create file "R/new/g": none: resource not found`},
		{"directory over file", `"directories":[{"path":"/f"}]`,
			twice + `error creating R/f: error creating directory R/f: A non-directory already exists and overwrite is false`},
		{"directory over link", `"directories":[{"path":"/ll"}]`,
			twice + `error creating R/ll: error creating directory R/ll: A non-directory already exists and overwrite is false`},
		{"directory below file", `"directories":[{"path":"/f/x"}]`,
			twice + `error creating R/f/x: stat() failed on R/f/x: lstat R/f/x: not a directory`},
		{"link elsewhere", `"links":[{"path":"/s","target":"/g"}]`,
			twice + `error creating R/s: error creating symlink R/s: a symlink exists at that path but points to /f, not /g and overwrite is false`},
		{"link over file", `"links":[{"path":"/f","target":"/g"}]`,
			twice + `error creating R/f: error creating symlink R/f: a non-symlink already exists at that path and overwrite is false`},
		{"hard link over another", `"links":[{"path":"/fifo","target":"/f","hard":true}]`,
			twice + `error creating R/fifo: error creating hard link R/fifo: a file already exists at that path but is not the target and overwrite is false`},
		{"hard link over something to nothing", `"links":[{"path":"/f","target":"/none","hard":true}]`,
			twice + `error creating R/f: error creating hard link R/f: target does not exist or stat() returned an err: lstat R/none: no such file or directory`},
		{"hard link to nothing", `"links":[{"path":"/nh","target":"/none","hard":true}]`,
			twice + `error creating R/nh: failed to create link "R/nh": link R/none R/nh: no such file or directory`},
		{"two entries in one place", `"files":[{"path":"/ll/g"},{"path":"/d/g"}]`,
			`failed to create files: file at /d/g resolved to R/d/g after symlink chasing, but another entry with path /ll/g also resolves there`},
		{"two directories in one place", `"directories":[{"path":"/ll/g"},{"path":"/d/g"}]`,
			`failed to create files: directory at /d/g resolved to R/d/g after symlink chasing, but another entry with path /ll/g also resolves there`},
		{"two links in one place", `"files":[{"path":"/ll/g"}],"links":[{"path":"/d/g","target":"x"}]`,
			`failed to create files: link at /d/g resolved to R/d/g after symlink chasing, but another entry with path /ll/g also resolves there`},
		{"loop", `"files":[{"path":"/loop1/f"}]`,
			`failed to create files: resolve R/loop1/f: too many levels of symbolic links`},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := newRoot(t)
			before := listing(t, root)
			h, log := bare(t, root)
			_, err := stage(t, h, log, config(t, `"storage":{`+c.storage+`}`))
			if err == nil || strings.ReplaceAll(err.Error(), root, "R") != c.want {
				t.Errorf("error\n%v, want\n%s", err, c.want)
			}
			after := slices.DeleteFunc(listing(t, root), func(s string) bool { return strings.HasPrefix(s, "new d") })
			if !slices.Equal(before, after) {
				t.Errorf("the root changed:\n%s\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
			}
			// The same is foreseen.
			dry, _ := bare(t, root)
			dry.DryRun = true
			p, err2 := files.PlanFiles(t.Context(), dry, config(t, `"storage":{`+c.storage+`}`))
			must(t, err2)
			foreseen := slices.ContainsFunc(p.Steps, func(s planStep) bool { return s.Verb == "fail" })
			if known := c.name != "no contents"; foreseen != known {
				t.Errorf("foreseen: %v, %+v", foreseen, p.Steps)
			}
		})
	}
}

// listing is a line per entry, without directories' times and sizes.
func listing(t testing.TB, root string) []string {
	t.Helper()
	var all []string
	must(t, filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		line := fmt.Sprintf("%s %v %d:%d", strings.TrimPrefix(p, root+"/"), info.Mode(), st.Uid, st.Gid)
		if info.Mode().IsRegular() {
			data, _ := os.ReadFile(p)
			line += fmt.Sprintf(" %q", data)
		}
		if target, err := os.Readlink(p); err == nil {
			line += " -> " + target
		}
		all = append(all, line)
		return nil
	}))
	return all
}

func TestEntries(t *testing.T) {
	for _, c := range []struct {
		name, storage string
		want          []string // lines of the listing, with U for the own ids
		log           string
	}{
		{"file with everything", `"files":[{"path":"/a/b/c","mode":3565,"user":{"name":"me"},"group":{"name":"us"},"contents":{"source":"data:,1"},"append":[{"source":"data:,2"},{"source":"mem:x"}]}]`,
			[]string{"a drwxr-xr-x U", "a/b drwxr-xr-x U", `a/b/c ugrwxr-xr-x U "123"`}, `appending to file "R/a/b/c"`},
		{"nothing at all", `"files":[{"path":"/e"}]`, []string{`e -rw-r--r-- U ""`}, `[finished] writing file "R/e"`},
		{"existing file is kept", `"files":[{"path":"/f"}]`, []string{`f -rw-r--r-- U "old\n"`}, ""},
		{"existing file, mode", `"files":[{"path":"/f","mode":384}]`, []string{`f -rw------- U "old\n"`}, ""},
		{"append to existing, other name too", `"files":[{"path":"/f","append":[{"source":"mem:x"}]}]`, []string{`f -rw-r--r-- U "old\n3"`, `hf -rw-r--r-- U "old\n3"`}, `[finished] appending to file "R/f"`},
		{"overwrite leaves the other name", `"files":[{"path":"/f","overwrite":true,"contents":{"source":""}}]`, []string{`f -rw-r--r-- U ""`, `hf -rw-r--r-- U "old\n"`}, ""},
		{"overwrite directory by file", `"files":[{"path":"/d","overwrite":true,"contents":{"source":"data:,x"}}]`, []string{`d -rw-r--r-- U "x"`}, ""},
		{"overwrite FIFO by file", `"files":[{"path":"/fifo","overwrite":true,"contents":{"source":"data:,x"}}]`, []string{`fifo -rw-r--r-- U "x"`}, ""},
		{"through links, inside", `"files":[{"path":"/ll/g"},{"path":"/out/h"}]`, []string{`d/g -rw-r--r-- U ""`, `tmp/h -rw-r--r-- U ""`}, `writing file "R/d/g"`},
		{"directory", `"directories":[{"path":"/n/m","mode":1023}]`, []string{"n drwxr-xr-x U", "n/m dtrwxrwxrwx U"}, ""},
		{"existing directory", `"directories":[{"path":"/d","mode":448}]`, []string{"d drwx------ U", `d/sub/inside -rw-r--r-- U "inside\n"`}, ""},
		{"directory again", `"directories":[{"path":"/d","overwrite":true}]`, []string{"d drwxr-xr-x U"}, ""},
		{"directory over FIFO", `"directories":[{"path":"/fifo","overwrite":true}]`, []string{"fifo drwxr-xr-x U"}, ""},
		{"link", `"links":[{"path":"/q/l","target":"/nowhere"}]`, []string{"q/l Lrwxrwxrwx U -> /nowhere"}, `writing link "R/q/l" -> "/nowhere"`},
		{"link is there", `"links":[{"path":"/s","target":"//f/"}]`, []string{"s Lrwxrwxrwx U -> /f"}, `Symlink R/s to //f/ already exists, doing nothing`},
		{"link again", `"links":[{"path":"/s","target":"/f","overwrite":true}]`, []string{"s Lrwxrwxrwx U -> /f"}, `[finished] writing link "R/s" -> "/f"`},
		{"link over directory", `"links":[{"path":"/d","target":"/f","overwrite":true}]`, []string{"d Lrwxrwxrwx U -> /f"}, ""},
		{"hard link", `"files":[{"path":"/new","mode":256}],"links":[{"path":"/d/h","target":"../new","hard":true}]`, []string{`d/h -r-------- U ""`}, ""},
		{"hard link is there", `"links":[{"path":"/hf","target":"/f","hard":true}]`, []string{`hf -rw-r--r-- U "old\n"`}, `Hardlink R/hf to /f already exists, doing nothing`},
		{"hard link again", `"links":[{"path":"/hf","target":"/f","hard":true,"overwrite":true}]`, []string{`hf -rw-r--r-- U "old\n"`}, ""},
		{"hard link to link", `"links":[{"path":"/hs","target":"/s","hard":true}]`, []string{"hs Lrwxrwxrwx U -> /f"}, ""},
		{"root itself", `"directories":[{"path":"/","mode":493}]`, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := newRoot(t)
			h, log := bare(t, root)
			h.Fetcher = fetcher{mem: map[string]string{"x": "3"}}
			text, err := stage(t, h, log, config(t, `"storage":{`+c.storage+`}`))
			must(t, err)
			list := listing(t, root)
			for _, line := range c.want {
				line = strings.Replace(line, " U", fmt.Sprintf(" %d:%d", os.Getuid(), os.Getgid()), 1)
				if !slices.Contains(list, line) {
					t.Errorf("%q is not in\n%s", line, strings.Join(list, "\n"))
				}
			}
			if !strings.Contains(text, c.log) {
				t.Errorf("%q is not in the log:\n%s", c.log, text)
			}
		})
	}
}

func TestOrder(t *testing.T) {
	root := newRoot(t)
	h, log := bare(t, root)
	cfg := config(t, `"storage":{
		"links":[{"path":"/h","target":"/p/q/r","hard":true},{"path":"/l2","target":"x"},{"path":"/l1","target":"x"}],
		"files":[{"path":"/p/q/r"},{"path":"/b"},{"path":"/x/y/deep"},{"path":"/a"},{"path":"/p/t"}],
		"directories":[{"path":"/p/q","mode":448}]}`)
	text, err := stage(t, h, log, cfg)
	must(t, err)
	var order []string
	for line := range strings.SplitSeq(text, "\n") {
		if _, name, ok := strings.Cut(line, `[finished] writing `); ok {
			order = append(order, name)
		}
	}
	want := []string{
		`file "R/b"`, `file "R/a"`, `link "R/l2" -> "x"`, `link "R/l1" -> "x"`, `file "R/p/t"`,
		`file "R/p/q/r"`, `file "R/x/y/deep"`, `link "R/h" -> "/p/q/r"`,
	}
	if !slices.Equal(order, want) {
		t.Errorf("order %q, want %q", order, want)
	}
	if st, err := os.Stat(filepath.Join(root, "p/q")); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("directory %v %v", st, err)
	}
}

// TestSetGroupID keeps what new directories inherit.
func TestSetGroupID(t *testing.T) {
	root := newRoot(t)
	must(t, os.Chmod(filepath.Join(root, "d"), 0o755|os.ModeSetgid))
	h, log := bare(t, root)
	_, err := stage(t, h, log, config(t, `"storage":{"files":[{"path":"/d/n/m/f"}],"directories":[{"path":"/d/e"}]}`))
	must(t, err)
	for name, want := range map[string]os.FileMode{
		"d/n": os.ModeDir | os.ModeSetgid | 0o755, "d/n/m": os.ModeDir | os.ModeSetgid | 0o755, "d/e": os.ModeDir | os.ModeSetgid | 0o755, "d/n/m/f": 0o644,
	} {
		if st, err := os.Stat(filepath.Join(root, name)); err != nil || st.Mode() != want {
			t.Errorf("%s: %v %v", name, st.Mode(), err)
		}
	}
}
