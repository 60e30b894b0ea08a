//go:build linux

package agentlab

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"
)

// prepare writes the files and returns the script that makes the world of the namespace and becomes the agent.
func (l *Lab) prepare() string {
	t := l.t
	root := filepath.Join(l.dir, "root")
	for _, d := range []string{"etc/zincati/config.d", "run/zincati/config.d", "run/zincati/public", "run/zincati/private", "run/motd.d", "usr/lib/zincati/config.d", "ostree/deploy", "proc"} {
		must(t, os.MkdirAll(filepath.Join(root, d), 0o755))
	}
	must(t, os.MkdirAll(filepath.Join(l.dir, "bin"), 0o755))
	self, err := os.Executable()
	must(t, err)
	for _, n := range []string{"rpm-ostree", "loginctl", "pkexec"} {
		// A link to the test binary, which may lie where the agent's user may not go.
		copyFile(t, self, filepath.Join(l.dir, "bin", n))
	}
	passwd, err := os.ReadFile("/etc/passwd")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(root, "etc/passwd"), append(passwd, fmt.Appendf(nil, "\nzincati:x:%d:%d::/:/sbin/nologin\n", UID, UID)...), 0o644))
	var script strings.Builder
	script.WriteString("set -e\n")
	names := make([]string, 0, len(l.Files))
	for n := range l.Files {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		p := filepath.Join(root, n)
		must(t, os.MkdirAll(filepath.Dir(p), 0o755))
		if target, ok := strings.CutPrefix(l.Files[n], "link:"); ok {
			must(t, os.Symlink(target, p))
			continue
		}
		must(t, os.WriteFile(p, []byte(l.Files[n]), 0o644))
	}
	must(t, filepath.WalkDir(root, func(p string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(p, filepath.Join(root, "run")) {
			return os.Lchown(p, UID, UID)
		}
		return nil
	}))
	// A root of its own, with everything of the host below it, so that directories that this machine lacks can be there.
	fmt.Fprintf(&script, `lab='%s'
mkdir -p "$lab/up" "$lab/new"
mount -t tmpfs none "$lab/up"
mount -t tmpfs none "$lab/new"
mkdir "$lab/up/u" "$lab/up/w" "$lab/up/lu" "$lab/up/lw"
for e in /*; do
  case "$e" in /etc|/run|/ostree) mkdir "$lab/new$e"; continue ;; esac
  if [ -L "$e" ]; then cp -a "$e" "$lab/new$e"
  elif [ -d "$e" ]; then mkdir "$lab/new$e"; mount --rbind "$e" "$lab/new$e"
  fi
done
mkdir -p "$lab/new/ostree"
mount --bind "$lab/root/ostree" "$lab/new/ostree"
cp -a "$lab/root/etc/." "$lab/up/u/"
mount -t overlay -o "lowerdir=/etc,upperdir=$lab/up/u,workdir=$lab/up/w" none "$lab/new/etc"
mkdir "$lab/up/lu/zincati"
cp -a "$lab/root/usr/lib/zincati/." "$lab/up/lu/zincati/"
mount -t overlay -o "lowerdir=/usr/lib,upperdir=$lab/up/lu,workdir=$lab/up/lw" none "$lab/new/usr/lib"
mount --bind "$lab/root/run" "$lab/new/run"
`, l.dir)
	if _, ok := l.Files["/proc/cmdline"]; ok {
		script.WriteString("mount --bind \"$lab/root/proc/cmdline\" \"$lab/new/proc/cmdline\"\n")
	}
	if _, ok := l.Files["/etc/machine-id"]; !ok {
		script.WriteString("rm -f \"$lab/new/etc/machine-id\"\n")
	}
	fmt.Fprintf(&script, "exec chroot \"$lab/new\" setpriv --reuid %d --regid %d --clear-groups \"$0\" \"$@\"\n", UID, UID)
	return script.String()
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	if os.Link(from, to) == nil {
		return
	}
	in, err := os.Open(from)
	must(t, err)
	defer in.Close()
	// As testutil.WriteProgram does: a child that another test makes meanwhile would keep the program from being started.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755)
	must(t, err)
	_, err = io.Copy(out, in)
	must(t, err)
	must(t, out.Close())
}
