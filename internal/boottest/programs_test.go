package boottest_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/boottest"
	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
)

// programs are what a test boots with: one implementation of ostree's part.
type programs struct {
	name        string
	ostree      string
	prepareRoot string
	remount     string
	generator   string
	files       map[string]string // units and such, by their path in a tree
	enabled     map[string]string // unit → folder to link it into, beyond what the generator does
	libraries   []string          // shared libraries of prepareRoot
	packages    []string          // Debian packages with the libraries of the others

	modern bool // has what libostree 2023 and later have: set-default, --stage, JSON, composefs, prepare-root.conf
}

// ours builds this module's programs, statically.
func ours(t *testing.T) *programs {
	t.Helper()
	p := &programs{name: "ours", modern: true}
	p.ostree = filepath.Join(t.TempDir(), "ostree")
	build(t, p.ostree, "../../examples/ostree")
	p.bootPrograms(t)
	p.files = map[string]string{}
	for _, f := range prepareroot.Units(&prepareroot.UnitOptions{NoDracut: true}) {
		p.files[f.Path] = string(f.Data)
	}
	return p
}

// bootPrograms builds what runs before and beside ostree at boot.
func (p *programs) bootPrograms(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	for name, path := range map[string]*string{
		"ostree-prepare-root":     &p.prepareRoot,
		"ostree-remount":          &p.remount,
		"ostree-system-generator": &p.generator,
	} {
		*path = filepath.Join(dir, name)
		build(t, *path, "../../examples/"+name)
	}
	p.libraries = nil
}

// debians returns the programs of the packages ostree and ostree-boot.
func debians(t *testing.T) *programs {
	t.Helper()
	p := &programs{
		name:        "debian",
		ostree:      testutil.Tool(t, "ostree"),
		prepareRoot: "/usr/lib/ostree/ostree-prepare-root",
		remount:     "/usr/lib/ostree/ostree-remount",
		generator:   "/usr/lib/systemd/system-generators/ostree-system-generator",
		files:       map[string]string{},
		packages:    []string{"ostree-boot"},
		// Before 2023 this is what starts the unit that finalizes.
		enabled: map[string]string{"ostree-finalize-staged.path": "multi-user.target.wants"},
	}
	for _, file := range []string{p.prepareRoot, p.remount, p.generator} {
		if _, err := os.Stat(file); err != nil {
			testutil.Missing(t, "needs the package ostree-boot: %v", err)
		}
	}
	units, err := filepath.Glob("/usr/lib/systemd/system/ostree-*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(units, "/usr/lib/tmpfiles.d/ostree-tmpfiles.conf") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p.files[file[1:]] = string(data)
	}
	if p.libraries, err = boottest.Libraries(t.Context(), p.prepareRoot); err != nil {
		t.Fatal(err)
	}
	return p
}

// build compiles a program of this module.
func build(t *testing.T, output, pkg string) {
	t.Helper()
	if err := testutil.GoBuild(t.Context(), "-o", output, pkg); err != nil {
		t.Fatal(err)
	}
}

// host runs the subject's ostree on this machine.
func (p *programs) host(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, p.ostree, args...).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
