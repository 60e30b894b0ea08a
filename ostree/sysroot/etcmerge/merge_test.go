//go:build unix

package etcmerge_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sysroot/etcmerge"
)

const newDir = "During /etc merge: Modified config file newly defaults to directory '%', cannot merge"

// table has each kind of change that an administrator and a new default can make, with the outcome that the
// real tool has.
var table = []struct {
	name string
	scripts
	changes string            // as config-diff prints them, comma separated
	want    map[string]string // path in the result to its description
	err     string
}{
	{name: "nothing changed", scripts: scripts{next: "echo new > a.conf"}, want: map[string]string{"a.conf": "f 644 new"}},
	{name: "content", scripts: scripts{edit: "echo mine > a.conf", next: "echo new > a.conf; chmod 600 a.conf"},
		changes: "M    a.conf", want: map[string]string{"a.conf": "f 644 mine"}},
	{name: "mode", scripts: scripts{edit: "chmod 600 a.conf", next: "echo new > a.conf"},
		changes: "M    a.conf", want: map[string]string{"a.conf": "f 600 a"}},
	{name: "content, default is a link now", scripts: scripts{edit: "echo mine > a.conf", next: "ln -sf b.conf a.conf"},
		changes: "M    a.conf", want: map[string]string{"a.conf": "f 644 mine", "b.conf": "f 644 b"}},
	{name: "content, default is gone", scripts: scripts{edit: "echo mine > a.conf", next: "rm a.conf"},
		changes: "M    a.conf", want: map[string]string{"a.conf": "f 644 mine"}},
	{name: "times only", scripts: scripts{edit: "touch -d 2001-01-01 a.conf", next: "echo new > a.conf"},
		want: map[string]string{"a.conf": "f 644 new"}},
	{name: "edited to the new default", scripts: scripts{edit: "echo new > a.conf", next: "echo new > a.conf"},
		changes: "M    a.conf", want: map[string]string{"a.conf": "f 644 new"}},
	{name: "file to link", scripts: scripts{edit: "ln -sf b.conf a.conf", next: "echo new > a.conf"},
		changes: "M    a.conf", want: map[string]string{"a.conf": "l b.conf"}},
	{name: "link to file", scripts: scripts{edit: "rm link; echo mine > link", next: "ln -sfn b.conf link"},
		changes: "M    link", want: map[string]string{"link": "f 644 mine"}},
	{name: "link target", scripts: scripts{edit: "ln -sfn nowhere link", next: "ln -sfn b.conf link"},
		changes: "M    link", want: map[string]string{"link": "l nowhere"}},
	{name: "file to directory", scripts: scripts{edit: "rm a.conf; mkdir -m 750 a.conf; echo 1 > a.conf/x", next: "echo new > a.conf"},
		changes: "M    a.conf", want: map[string]string{"a.conf": "d 750", "a.conf/x": "f 644 1"}},
	{name: "link to directory", scripts: scripts{edit: "rm link; mkdir link; echo 1 > link/x"},
		changes: "M    link", want: map[string]string{"link": "d 755", "link/x": "f 644 1"}},
	{name: "file to directory, default is a directory now", scripts: scripts{edit: "rm a.conf; mkdir -m 700 a.conf; echo 1 > a.conf/x", next: "rm a.conf; mkdir a.conf"},
		changes: "M    a.conf", want: map[string]string{"a.conf": "d 755", "a.conf/x": "-"}},
	{name: "directory to file, still a directory", scripts: scripts{edit: "rm -r sub; echo f > sub"},
		changes: "M    sub", err: strings.ReplaceAll(newDir, "%", "sub")},
	{name: "directory to link, still a directory", scripts: scripts{edit: "rm -r sub; ln -s deep sub"},
		changes: "M    sub", err: strings.ReplaceAll(newDir, "%", "sub")},
	{name: "directory to file, default is gone", scripts: scripts{edit: "rm -r sub; echo f > sub", next: "rm -r sub"},
		changes: "M    sub", want: map[string]string{"sub": "f 644 f"}},
	{name: "file to fifo", scripts: scripts{edit: "rm a.conf; mkfifo a.conf", next: "echo new > a.conf"},
		changes: "M    a.conf", want: map[string]string{"a.conf": "-"}},
	{name: "fifo added", scripts: scripts{edit: "mkfifo sub/p"}, changes: "A    sub/p", want: map[string]string{"sub/p": "-"}},
	{name: "directory with fifo added", scripts: scripts{edit: "mkdir new; mkfifo new/p; echo 1 > new/x"},
		changes: "A    new,A    new/p,A    new/x", want: map[string]string{"new": "d 755", "new/p": "-", "new/x": "f 644 1"}},
	{name: "file added where a directory is now", scripts: scripts{edit: "echo 1 > new", next: "mkdir new"},
		changes: "A    new", err: strings.ReplaceAll(newDir, "%", "new")},
	{name: "directory added where a file is now", scripts: scripts{edit: "mkdir new; echo 1 > new/x", next: "echo 2 > new"},
		changes: "A    new,A    new/x", want: map[string]string{"new": "d 755", "new/x": "f 644 1"}},
	{name: "empty directory added where a file is now", scripts: scripts{edit: "mkdir -m 700 new", next: "echo 2 > new"},
		changes: "A    new", want: map[string]string{"new": "d 700"}},
	{name: "directory added that is a default now", scripts: scripts{edit: "mkdir -m 700 new; echo 1 > new/x", next: "mkdir new; echo 2 > new/x; echo 3 > new/y"},
		changes: "A    new,A    new/x", want: map[string]string{"new": "d 700", "new/x": "f 644 1", "new/y": "f 644 3"}},
	{name: "changed below what is a file now", scripts: scripts{edit: "echo 1 > sub/c.conf", next: "rm -r sub; echo f > sub"},
		changes: "M    sub/c.conf", err: "During /etc merge: opendir(sub): Not a directory"},
	{name: "changed far below what is a file now", scripts: scripts{edit: "echo 1 > deep/er/e.conf", next: "rm -r deep; echo f > deep"},
		changes: "M    deep/er/e.conf", err: "During /etc merge: mkdirat: Not a directory"},
	{name: "removed below what is a file now", scripts: scripts{edit: "rm sub/c.conf", next: "rm -r sub; echo f > sub"},
		changes: "D    sub/c.conf", err: "During /etc merge: unlinkat(sub/c.conf): Not a directory"},
	{name: "file added in a directory that is gone", scripts: scripts{edit: "chmod 750 deep/er; echo 1 > deep/er/n", next: "rm -r deep"},
		changes: "M    deep/er,A    deep/er/n", want: map[string]string{"deep": "d 755", "deep/er": "d 750", "deep/er/n": "f 644 1", "deep/er/e.conf": "f 644 z"}},
	{name: "file changed in a directory that is gone", scripts: scripts{edit: "echo 1 > deep/er/e.conf", next: "rm -r deep"},
		changes: "M    deep/er/e.conf", want: map[string]string{"deep/er": "d 755", "deep/er/e.conf": "f 644 1"}},
	{name: "directory mode only", scripts: scripts{edit: "chmod 700 sub"}, changes: "M    sub", want: map[string]string{"sub": "d 755"}},
	{name: "directory mode and a change below", scripts: scripts{edit: "chmod 700 sub; echo 1 > sub/n"},
		changes: "M    sub,A    sub/n", want: map[string]string{"sub": "d 700", "sub/n": "f 644 1"}},
	{name: "mode of a directory farther up", scripts: scripts{edit: "chmod 700 deep; echo 1 > deep/er/n"},
		changes: "M    deep,A    deep/er/n", want: map[string]string{"deep": "d 755"}},
	{name: "mode of etc", scripts: scripts{edit: "chmod 700 ."}, want: map[string]string{".": "d 755"}},
	{name: "directory removed", scripts: scripts{edit: "rm -r sub", next: "echo 2 > sub/n"}, changes: "D    sub", want: map[string]string{"sub": "-"}},
	{name: "files of a directory removed", scripts: scripts{edit: "rm sub/*"},
		changes: "D    sub/c.conf,D    sub/d.conf", want: map[string]string{"sub": "d 755", "sub/c.conf": "-"}},
	{name: "removed file has a new default", scripts: scripts{edit: "rm a.conf", next: "echo new > a.conf"},
		changes: "D    a.conf", want: map[string]string{"a.conf": "-"}},
	{name: "removed file is a directory now", scripts: scripts{edit: "rm a.conf", next: "rm a.conf; mkdir a.conf; echo 1 > a.conf/x"},
		changes: "D    a.conf", want: map[string]string{"a.conf": "-"}},
	{name: "removed in a directory that is gone", scripts: scripts{edit: "rm deep/er/e.conf", next: "rm -r deep"},
		changes: "D    deep/er/e.conf", want: map[string]string{"deep": "-"}},
	{name: "hard links", scripts: scripts{edit: "echo 1 > h1; ln h1 h2"}, changes: "A    h1,A    h2",
		want: map[string]string{"h1": "f 644 1", "h2": "f 644 1"}},
	{name: "empty directories", scripts: scripts{edit: "mkdir -p -m 711 e/f/g; chmod 1777 e/f"}, changes: "A    e,A    e/f,A    e/f/g",
		want: map[string]string{"e": "d 755", "e/f": "d 777", "e/f/g": "d 711"}},
	{name: "dangling link", scripts: scripts{edit: "ln -s /no/where d"}, changes: "A    d", want: map[string]string{"d": "l /no/where"}},
	{name: "directory is a link inside now", scripts: scripts{edit: "echo 1 > sub/n; rm sub/c.conf", next: "mv sub real; ln -s real sub"},
		changes: "D    sub/c.conf,A    sub/n", want: map[string]string{"sub": "l real", "real/n": "f 644 1", "real/c.conf": "-"}},
	{name: "directory is a dangling link now", scripts: scripts{edit: "echo 1 > sub/n; rm sub/c.conf", next: "rm -r sub; ln -s none sub"},
		changes: "D    sub/c.conf,A    sub/n", err: "During /etc merge: opendir(sub): No such file or directory"},
	{name: "names around the slash", scripts: scripts{edit: "mkdir n n-1; echo 1 > n/x; echo 2 > n-1/x; echo 3 > n.x"},
		changes: "A    n,A    n-1,A    n-1/x,A    n.x,A    n/x", want: map[string]string{"n/x": "f 644 1", "n-1/x": "f 644 2"}},
}

func TestMerge(t *testing.T) {
	for _, test := range table {
		t.Run(test.name, func(t *testing.T) {
			test.scripts.orig = base
			orig, modified, target := trees(t, test.scripts)
			before := t.TempDir()
			copyTree(t, target, before+"/etc")

			o, m, tg := open(t, orig), open(t, modified), open(t, target)
			c, err := etcmerge.Compare(t.Context(), o, m)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(c.Lines(), ","); got != test.changes {
				t.Errorf("changes %q, want %q", got, test.changes)
			}
			plan, err := etcmerge.Plan(t.Context(), o, m, tg, nil)
			if err != nil {
				t.Fatal(err)
			}
			testutil.SameTree(t, before+"/etc", target, nil)
			compared := 0
			res, err := etcmerge.Merge(t.Context(), o, m, tg, &etcmerge.Options{Compared: func(*etcmerge.Changes) { compared++ }})
			if compared != 1 {
				t.Errorf("%d calls of Compared", compared)
			}
			if test.err != "" {
				var conflict *etcmerge.ConflictError
				if err == nil || err.Error() != test.err || !errors.As(err, &conflict) || !slices.Equal(conflict.Conflicts, plan.Conflicts) {
					t.Errorf("error %v, want %s; plan %v", err, test.err, plan.Conflicts)
				}
				testutil.SameTree(t, before+"/etc", target, nil)
				return
			}
			if err != nil || len(plan.Conflicts) != 0 {
				t.Fatal(err, plan.Conflicts)
			}
			if !slices.Equal(res.Changes.Lines(), c.Lines()) {
				t.Errorf("changes of the result: %v", res.Changes)
			}
			for path, want := range test.want {
				if got := describe(filepath.Join(target, path)); got != want {
					t.Errorf("%s is %q, want %q", path, got, want)
				}
			}
			checkPlan(t, plan, before+"/etc", target)
		})
	}
}

// checkPlan requires that exactly the planned paths differ.
func checkPlan(t *testing.T, plan *etcmerge.Outlook, before, after string) {
	t.Helper()
	planned := map[string]bool{}
	for _, a := range plan.Actions {
		if a.Op != etcmerge.OpIgnore {
			planned[a.Path] = true
		}
	}
	c, err := etcmerge.Compare(t.Context(), open(t, before), open(t, after))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range slices.Concat(c.Modified, c.Removed, c.Added) {
		ok := planned[p]
		for dir := filepath.Dir(p); !ok && dir != "."; dir = filepath.Dir(dir) {
			ok = planned[dir]
		}
		if !ok {
			t.Errorf("%s changed, which was not planned: %v", p, plan.Actions)
		}
	}
}

// All conflicts are found, with the changes that do not fit left out.
func TestPlanAllConflicts(t *testing.T) {
	orig, modified, target := trees(t, scripts{orig: base,
		edit: "rm -r sub; echo f > sub; echo 1 > new; echo 2 > deep/er/e.conf; rm a.conf; echo 3 > fine; ln -s x link/.. 2>/dev/null || true",
		next: "mkdir new; rm -r deep; ln -s /usr/lib deep"})
	plan, err := etcmerge.Plan(t.Context(), open(t, orig), open(t, modified), open(t, target), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range plan.Conflicts {
		got = append(got, c.Path+": "+c.Kind.String())
	}
	if want := []string{"deep/er/e.conf: link outside", "sub: new directory", "new: new directory"}; !slices.Equal(got, want) {
		t.Errorf("conflicts %q", got)
	}
	if want := []etcmerge.Action{{Op: etcmerge.OpRemove, Path: "a.conf"}, {Op: etcmerge.OpCopy, Path: "fine"}}; !slices.Equal(plan.Actions, want) {
		t.Errorf("actions %v", plan.Actions)
	}
}

func TestIgnored(t *testing.T) {
	orig, modified, target := trees(t, scripts{orig: base, edit: "mkdir -p new/dir; mkfifo new/dir/p top sub/q"})
	res, err := etcmerge.Merge(t.Context(), open(t, orig), open(t, modified), open(t, target), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"p", "new/dir/p", "sub/q", "top"}; !slices.Equal(res.Ignored, want) {
		t.Errorf("%q", res.Ignored)
	}
	if got := etcmerge.IgnoredMessage("top"); got != "Ignoring non-regular/non-symlink file found during /etc merge: top" {
		t.Error(got)
	}
	if got := res.Changes.Summary(); got != "Copying /etc changes: 0 modified, 0 removed, 5 added" {
		t.Error(got)
	}
}
