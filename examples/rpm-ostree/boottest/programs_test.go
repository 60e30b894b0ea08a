package boottest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree/sysroot/prepareroot"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

// programs are this module's, built statically; the fields are their paths.
type programs struct {
	ostree, rpmOstree               string
	prepareRoot, remount, generator string
	agent, init                     string
}

func buildPrograms(t *testing.T, dir string) *programs {
	t.Helper()
	p := &programs{}
	args := []string{"-o", dir + "/"}
	for _, b := range []struct {
		output *string
		pkg    string
	}{
		{&p.ostree, "../../ostree"},
		{&p.rpmOstree, ".."},
		{&p.prepareRoot, "../../ostree-prepare-root"},
		{&p.remount, "../../ostree-remount"},
		{&p.generator, "../../ostree-system-generator"},
		{&p.agent, "../../../internal/boottest/agent"},
		{&p.init, "../../../internal/boottest/init"},
	} {
		abs, err := filepath.Abs(b.pkg)
		if err != nil {
			t.Fatal(err)
		}
		*b.output = filepath.Join(dir, filepath.Base(abs))
		args = append(args, b.pkg)
	}
	if err := testutil.GoBuild(t.Context(), args...); err != nil {
		t.Fatal(err)
	}
	return p
}

// spec is the package with the programs and the units that belong to them.
func (p *programs) spec(t *testing.T) *rpmtest.Spec {
	t.Helper()
	s := &rpmtest.Spec{Name: "demo-ostree", Arch: "x86_64", Summary: "OSTree and rpm-ostree in Go", Compressor: "zstd"}
	for path, source := range map[string]string{
		"/usr/bin/ostree":                                            p.ostree,
		"/usr/bin/rpm-ostree":                                        p.rpmOstree,
		"/usr/lib/ostree/ostree-prepare-root":                        p.prepareRoot,
		"/usr/lib/ostree/ostree-remount":                             p.remount,
		"/usr/lib/systemd/system-generators/ostree-system-generator": p.generator,
		"/usr/lib/boottest/agent":                                    p.agent,
	} {
		data, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		s.Files = append(s.Files, rpmtest.File{Path: path, Mode: 0o755, Content: data})
	}
	for _, f := range prepareroot.Units(nil) {
		s.Files = append(s.Files, rpmtest.File{Path: "/" + f.Path, Mode: uint32(f.Mode), Content: f.Data})
	}
	return s
}
