//go:build unix

package files_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/ignition/provision/internal/state"
	"github.com/nestos-dev/nestos/internal/run"
	"github.com/nestos-dev/nestos/internal/testutil"
)

// accounts makes users and groups as the shadow utilities would, in the files alone.
func accounts(t testing.TB, root string) *run.Recorder {
	return &run.Recorder{Handler: func(_ context.Context, c run.Cmd) run.Reply {
		name := c.Args[len(c.Args)-1]
		line, file := "", "passwd"
		switch c.Name {
		case "useradd":
			home := "/home/" + name
			if i := slices.Index(c.Args, "--home-dir"); i >= 0 {
				home = c.Args[i+1]
			}
			line = fmt.Sprintf("%s:x:%d:%d::%s:/bin/sh\n", name, os.Getuid(), os.Getgid(), home)
			if slices.Contains(c.Args, "--create-home") {
				must(t, os.MkdirAll(filepath.Join(root, home), 0o755))
			}
		case "groupadd":
			line, file = fmt.Sprintf("%s:x:%d:\n", name, os.Getgid()), "group"
		default:
			return run.Reply{}
		}
		write(t, root, "etc/"+file, read(t, root, "etc/"+file)+line)
		return run.Reply{}
	}}
}

func TestAccounts(t *testing.T) {
	root := newRoot(t)
	write(t, root, "usr/lib/passwd", "old:x:7:7::/home/old:/bin/sh\nme:x:1:1::/wrong:/bin/sh\n")
	write(t, root, "usr/lib/group", "og:x:50:\n")
	write(t, root, "etc/selinux/config", "SELINUXTYPE=targeted\n")
	write(t, root, "etc/shadow-", "")
	write(t, root, "etc/.pwd.lock", "")
	write(t, root, "home/old/x", "")
	must(t, os.MkdirAll(filepath.Join(root, "h/b/mnt/deep"), 0o755))
	must(t, os.Symlink("../../f", filepath.Join(root, "h/b/mnt/out")))
	h, log := bare(t, root)
	h.Settings.SELinuxRelabel = true
	h.State = &state.State{NotatedDirectories: []string{"/h", "/h/b", "/h/b/mnt", "/home/bobby"}}
	rec := accounts(t, root)
	var stdin string
	labels := programs(t, &stdin)
	inner := rec.Handler
	rec.Handler = func(ctx context.Context, c run.Cmd) run.Reply {
		if c.Name == "setfiles" {
			return labels.Handler(ctx, c)
		}
		return inner(ctx, c)
	}
	h.Run = rec
	cfg := config(t, `"passwd":{
		"groups":[{"name":"gg","shouldExist":false},{"name":"og","shouldExist":false},{"name":"ng","gid":5,"passwordHash":"gsecret","system":true},{"name":"us","passwordHash":"","system":true}],
		"users":[
			{"name":"bob","passwordHash":"$y$1","homeDir":"/h/b","noUserGroup":true,"system":true,"noLogInit":true,"uid":1300,"gecos":"B C","primaryGroup":"users","groups":["a","b"],"shell":"/bin/zsh","sshAuthorizedKeys":["k1","k2"]},
			{"name":"old","homeDir":"/newhome","uid":5,"groups":["g"],"passwordHash":"x","noCreateHome":true},
			{"name":"nob","noCreateHome":true,"passwordHash":""},
			{"name":"me","shouldExist":false,"sshAuthorizedKeys":["k"]},{"name":"gone","shouldExist":false}]},
		"storage":{"files":[{"path":"/by-bob","user":{"name":"bob"},"group":{"name":"ng"}}]}`)
	text, err := stage(t, h, log, cfg)
	must(t, err)
	same(t, "programs", lines2(rec, root), []string{
		"groupdel --root R og",
		"groupadd --root R --gid 5 --password gsecret --system ng",
		"groupmod --root R us",
		"useradd --root R --home-dir /h/b --create-home --no-user-group --system --no-log-init --password '$y$1' --uid 1300 --comment 'B C' --gid users --groups a,b --shell /bin/zsh bob",
		"usermod --root R --password '$y$1' bob",
		"usermod --root R --home /newhome --move-home --password x --uid 5 --groups g old",
		"usermod --root R --password x old",
		"useradd --root R --no-create-home --password '*' nob",
		"usermod --root R --password '*' nob",
		"userdel --remove --root R me",
		"setfiles -vF0 -r R R/etc/selinux/targeted/contexts/files/file_contexts -f -",
	})
	same(t, "labels", strings.Split(strings.TrimSuffix(strings.ReplaceAll(stdin, root, "R"), "\x00"), "\x00"), []string{
		"R/by-bob", "R/etc/.pwd.lock", "R/etc/group", "R/etc/passwd", "R/etc/shadow-", "R/h/b",
	})
	for _, secret := range []string{"gsecret", "$y$1"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log has the hash %s:\n%s", secret, text)
		}
	}
	for _, want := range []string{
		`files: ensureGroups: op(2): [finished] adding group "ng"`, `files: ensureUsers: op(4): [started]  creating or modifying user "bob"`,
		`files: ensureUsers: op(5): [finished] setting password for "bob"`, `files: ensureUsers: op(6): [finished] adding ssh keys to user "bob"`,
		`"--password" "<redacted>"`, `deleting user "me"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the log:\n%s", want, text)
		}
	}
	if got := read(t, root, "h/b/.ssh/authorized_keys.d/ignition"); got != "k1\nk2\n" {
		t.Errorf("keys %q", got)
	}
	for name, mode := range map[string]os.FileMode{
		"h/b": 0o700, "h/b/mnt": 0o700, "h/b/mnt/deep": 0o755, "h": 0o755,
		"h/b/.ssh": 0o700, "h/b/.ssh/authorized_keys.d": 0o700, "h/b/.ssh/authorized_keys.d/ignition": 0o600,
	} {
		if st, err := os.Stat(filepath.Join(root, name)); err != nil || st.Mode().Perm() != mode {
			t.Errorf("%s: %v %v, want mode %v", name, st.Mode(), err, mode)
		}
	}
}

func TestAccountErrors(t *testing.T) {
	const pre = "failed to create users/groups: "
	for _, c := range []struct{ passwd, program, want string }{
		{`"groups":[{"name":"a"}]`, "groupadd", pre + `failed to configure groups: failed to create group "a": exit status 1: Cmd: "groupadd" "--root" "R" "a" Stdout: "" Stderr: "no\n"`},
		{`"groups":[{"name":"us","shouldExist":false}]`, "groupdel", pre + `failed to configure groups: failed to create group "us": failed to delete group "us": exit status 1: Cmd: "groupdel" "--root" "R" "us" Stdout: "" Stderr: "no\n"`},
		{`"users":[{"name":"a","passwordHash":"h"}]`, "useradd", pre + `failed to configure users: failed to create user "a": exit status 1: Cmd: "useradd" "--root" "R" "--create-home" "--password" "<redacted>" "a" Stdout: "" Stderr: "no\n"`},
		{`"users":[{"name":"me","passwordHash":"h","noCreateHome":true}]`, "usermod", pre + `failed to configure users: failed to create user "me": exit status 1: Cmd: "usermod" "--root" "R" "--password" "<redacted>" "me" Stdout: "" Stderr: "no\n"`},
		{`"users":[{"name":"me","shouldExist":false}]`, "userdel", pre + `failed to configure users: failed to create user "me": failed to delete user "me": exit status 1: Cmd: "userdel" "--remove" "--root" "R" "me" Stdout: "" Stderr: "no\n"`},
		{`"users":[{"name":"a"}]`, "", pre + `failed to configure users: failed to modify home directory permissions for "a": user: unknown user user "a" not found`},
		{`"users":[{"name":"a","noCreateHome":true,"sshAuthorizedKeys":["k"]}]`, "", pre + `failed to configure users: failed to add keys to user "a": unable to lookup user "a"`},
	} {
		root := newRoot(t)
		h, log := bare(t, root)
		h.Run = &run.Recorder{Handler: func(_ context.Context, x run.Cmd) run.Reply {
			if x.Name == c.program {
				return run.Reply{Exit: 1, Stderr: "no\n"}
			}
			return run.Reply{}
		}}
		_, err := stage(t, h, log, config(t, `"passwd":{`+c.passwd+`}`))
		if err == nil || strings.ReplaceAll(err.Error(), root, "R") != c.want {
			t.Errorf("%s: error\n%v, want\n%s", c.passwd, err, c.want)
		}
	}
}

// TestShadowUtilities uses the real programs.
func TestShadowUtilities(t *testing.T) {
	testutil.Root(t)
	for _, p := range []string{"useradd", "usermod", "userdel", "groupadd", "groupmod", "groupdel"} {
		testutil.Tool(t, p)
	}
	root := newRoot(t)
	write(t, root, "etc/passwd", "root:x:0:0:root:/root:/bin/bash\ngone:x:1500:1500::/home/gone:/bin/sh\n")
	write(t, root, "etc/group", "root:x:0:\nwheel:x:10:\ngone:x:1500:\n")
	write(t, root, "etc/shadow", "root:*:::::::\ngone:*:::::::\n")
	write(t, root, "etc/gshadow", "root:*::\nwheel:*::\ngone:*::\n")
	write(t, root, "home/gone/x", "")
	write(t, root, "var/mail/gone", "")
	for _, name := range []string{"home/gone", "home/gone/x", "var/mail/gone"} {
		must(t, os.Chown(filepath.Join(root, name), 1500, 1500))
	}
	h, log := bare(t, root)
	h.Run = &run.Exec{}
	must(t, os.Chmod(root, 0o755))
	text, err := stage(t, h, log, config(t, `"passwd":{"groups":[{"name":"g","gid":1234}],
		"users":[{"name":"bob","uid":1300,"passwordHash":"$y$hash","groups":["wheel","g"],"sshAuthorizedKeys":["key"]},{"name":"gone","shouldExist":false}]},
		"storage":{"files":[{"path":"/mine","user":{"name":"bob"},"group":{"name":"g"}}]}`))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if !strings.Contains(read(t, root, "etc/passwd"), "\nbob:x:1300:") || !strings.Contains(read(t, root, "etc/shadow"), "\nbob:$y$hash:") ||
		!strings.Contains(read(t, root, "etc/group"), "wheel:x:10:bob\n") || strings.Contains(read(t, root, "etc/passwd"), "gone") {
		t.Errorf("accounts:\n%s%s%s", read(t, root, "etc/passwd"), read(t, root, "etc/shadow"), read(t, root, "etc/group"))
	}
	list := strings.Join(listing(t, root), "\n")
	for _, want := range []string{"mine -rw-r--r-- 1300:1234", `home/bob/.ssh/authorized_keys.d/ignition -rw------- 1300:`, "home/bob/.ssh drwx------ 1300:"} {
		if !strings.Contains(list, want) {
			t.Errorf("%q is not in\n%s", want, list)
		}
	}
	if _, err := os.Stat(filepath.Join(root, "home/gone")); err == nil {
		t.Error("the home of a deleted user is there")
	}
}

// TestKeysFile writes the whole file of keys where there are no fragments, and tells
// the journal.
func TestKeysFile(t *testing.T) {
	root := newRoot(t)
	write(t, root, "home/me/.ssh/authorized_keys", "old and longer than the new one\n")
	h, log := bare(t, root)
	h.Settings.AuthorizedKeysFragment = false
	h.Settings.JournalSocket = filepath.Join(t.TempDir(), "journal")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: h.Settings.JournalSocket, Net: "unixgram"})
	must(t, err)
	defer socket.Close()
	_, err = stage(t, h, log, config(t, `"passwd":{"users":[{"name":"me","sshAuthorizedKeys":["a\n"]}]}`))
	must(t, err)
	if got := read(t, root, "home/me/.ssh/authorized_keys"); got != "a\n" {
		t.Errorf("keys %q", got)
	}
	buf := make([]byte, 4096)
	must(t, socket.SetReadDeadline(time.Now().Add(time.Minute)))
	n, err := socket.Read(buf)
	must(t, err)
	want := "MESSAGE=wrote ssh authorized keys file for user: me\nPRIORITY=6\nMESSAGE_ID=225067b87bbd4a0cb6ab151f82fa364b\n" +
		"IGNITION_USER_NAME=me\nIGNITION_PATH=" + root + "/home/me/.ssh/authorized_keys\n"
	if string(buf[:n]) != want {
		t.Errorf("journal %q, want %q", buf[:n], want)
	}
}

// TestProviderFiles writes what the platform wants.
func TestProviderFiles(t *testing.T) {
	root := newRoot(t)
	h, log := bare(t, root)
	must(t, json.Unmarshal([]byte(`[{"path":"/ll/p","mode":384,"contents":{"source":"data:,prov"}}]`), &h.State.ProviderOutputFiles))
	text, err := stage(t, h, log, config(t, `"storage":{}`))
	must(t, err)
	if read(t, root, "d/p") != "prov" || !strings.Contains(text, `files: createFiles: op(1): [finished] writing file "R/d/p"`) {
		t.Errorf("log:\n%s", text)
	}
}
