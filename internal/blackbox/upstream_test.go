package blackbox_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
)

var (
	subject = flag.String("subject", "ours", "the program to test: ours, upstream, or the path of a program")
	match   = flag.String("match", "", "regular expression of the tests to run")
	keep    = flag.String("keep", "", "folder for the complete output")
	accel   = flag.String("accel", "tcg", "QEMU's accelerator")
)

func TestUpstream(t *testing.T) {
	extent := os.Getenv("NESTOS_BLACKBOX")
	if extent != "short" && extent != "all" {
		t.Skip("takes long; NESTOS_BLACKBOX=short or =all runs it")
	}
	testutil.Root(t)
	testutil.Loop(t)
	for _, tool := range []string{"qemu-system-x86_64", "dpkg-query", "mkfs.ext4"} {
		testutil.Tool(t, tool)
	}
	g := newGuest(t, programs(t))
	started := time.Now()
	output := g.run(arguments(extent), 15*time.Second, func(begun string) {
		t.Logf("%5.0f s: %s tests begun", time.Since(started).Seconds(), begun)
	})
	t.Cleanup(func() { preserve(t, output) })

	f, err := os.Open(output)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := outcomes(f)
	if err != nil {
		t.Fatal(err)
	}
	judge(t, all)
}

// judge compares with what is expected, and prints the table.
func judge(t *testing.T, all []outcome) {
	t.Helper()
	var table strings.Builder
	count := map[string]int{}
	for _, o := range all {
		verdict, why := o.result, reason(*subject, o.name)
		switch {
		case why != "" && o.result == "FAIL":
			verdict = "known"
			fmt.Fprintf(&table, "known  %s: %s\n", o.name, why)
		case why != "" && o.result == "PASS":
			t.Errorf("%s passes, but is in the table of known failures", o.name)
		case o.result == "FAIL":
			fmt.Fprintf(&table, "FAIL   %s\n", o.name)
			t.Errorf("%s failed:\n%s", o.name, o.log)
		case o.result == "PASS":
			fmt.Fprintf(&table, "pass   %s\n", o.name)
		}
		count[verdict]++
	}
	t.Logf("\n%s%d passed, %d failed, %d known failures, %d skipped", &table,
		count["PASS"], count["FAIL"], count["known"], count["SKIP"])
	if count["PASS"] == 0 {
		t.Error("no test passed")
	}
}

// arguments are those of the compiled tests. The timeout is of all together. Some
// tests wait for timeouts, hence four at once.
func arguments(extent string) []string {
	args := []string{"-test.timeout=8h", "-test.parallel=4"}
	if extent == "short" {
		args = append(args, "-test.short")
	}
	if *match != "" {
		args = append(args, "-test.run=/("+*match+")")
	}
	return args
}

// programs compiles what runs in the guest.
func programs(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	upstream := goTool(t, nil, "-C", "../interop", "list", "-m", "-f", "{{.Dir}}", "github.com/coreos/ignition/v2")
	if upstream == "" {
		goTool(t, nil, "-C", "../interop", "mod", "download", "github.com/coreos/ignition/v2")
		upstream = goTool(t, nil, "-C", "../interop", "list", "-m", "-f", "{{.Dir}}", "github.com/coreos/ignition/v2")
	}
	found := map[string]string{"tests.test": filepath.Join(dir, "tests.test"), "ignition": filepath.Join(dir, "ignition")}
	goTool(t, []string{"CGO_ENABLED=1"}, "-C", patient(t, upstream), "test", "-c", "-ldflags", "-s -w", "-o", found["tests.test"], "./tests")
	for _, name := range []string{"groupadd", "groupdel", "groupmod", "useradd", "userdel", "usermod"} {
		found[name] = filepath.Join(dir, name)
		goTool(t, []string{"CGO_ENABLED=0"}, "-C", upstream, "build", "-ldflags", "-s -w", "-o", found[name], "./tests/stubs/"+name+"-stub")
	}
	switch *subject {
	case "ours":
		if err := testutil.GoBuild(t.Context(), "-o", found["ignition"], "../../examples/ignition"); err != nil {
			t.Fatal(err)
		}
	case "upstream":
		const flags = "-s -w -X github.com/coreos/ignition/v2/internal/distro.blackboxTesting=true"
		goTool(t, []string{"CGO_ENABLED=1"}, "-C", upstream, "build", "-ldflags", flags, "-o", found["ignition"], "./internal")
	default:
		found["ignition"] = *subject
	}
	return found
}

// patient returns a copy of upstream's module that gives each test three minutes
// where upstream, on real processors, gives one.  Some negative tests wait for the end of that time.
func patient(t *testing.T, upstream string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "upstream")
	if err := os.CopyFS(dir, os.DirFS(upstream)); err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(dir, "tests", "blackbox_test.go")
	data, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	const before, after = "testTimeout = time.Second * 60", "testTimeout = time.Minute * 3"
	if strings.Count(string(data), before) != 1 {
		t.Fatalf("%s has not one line %q", source, before)
	}
	if err := os.WriteFile(source, []byte(strings.Replace(string(data), before, after, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// preserve keeps the output.
func preserve(t *testing.T, output string) {
	dir := *keep
	if dir == "" && !t.Failed() {
		return
	}
	var err error
	if dir == "" {
		dir, err = os.MkdirTemp("/tmp", "ignition-blackbox-")
	} else {
		err = os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		t.Error(err)
		return
	}
	data, err := os.ReadFile(output)
	if err != nil {
		t.Error(err)
		return
	}
	file := filepath.Join(dir, "output")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Error(err)
	}
	t.Logf("the complete output is in %s", file)
}
