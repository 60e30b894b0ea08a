package rpmmd_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

// modularRepo has two streams of one module, the first in two versions, a module that needs one
// of them in two contexts, and packages outside of modules that get in their way.
func modularRepo(t *testing.T) string {
	t.Helper()
	rpmbuild := testutil.Tool(t, "rpmbuild")
	dir := t.TempDir()
	for _, p := range []struct{ name, version, extra string }{
		{"nodejs", "18.0", "Epoch: 1\n"}, {"nodejs", "18.1", "Epoch: 1\n"}, {"nodejs", "1.10", "Epoch: 1\n"}, {"nodejs", "20", ""},
		{"npm", "9.0", ""}, {"node20", "20", "Provides: npm = 20\n"}, {"left", "1", ""}, {"left", "2", ""},
		{"tool", "0", ""}, {"tool", "1", ""}, {"tool", "9", ""}, {"bash", "5", ""},
	} {
		spec := filepath.Join(t.TempDir(), "x.spec")
		text := fmt.Sprintf("Name: %s\nVersion: %s\nRelease: 1\n%sSummary: S\nLicense: L\nBuildArch: noarch\n%%description\nD\n%%files\n", p.name, p.version, p.extra)
		require.NoError(t, os.WriteFile(spec, []byte(text), 0o644))
		cmd := exec.Command(rpmbuild, "--quiet", "-bb", "--dbpath", filepath.Join(t.TempDir(), "db"), "--define", "_topdir "+t.TempDir(), "--define", "_rpmdir "+dir, spec)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	stream := func(name, stream string, version int, context, requires string, rpms ...string) string {
		return fmt.Sprintf("---\ndocument: modulemd\nversion: 2\ndata:\n  name: %s\n  stream: %q\n  version: %d\n  context: %s\n  arch: noarch\n  summary: S\n  description: D\n"+
			"  license: {module: [MIT]}\n  dependencies:\n  - requires: {%s}\n  artifacts:\n    rpms: [%s]\n", name, stream, version, context, requires, strings.Join(rpms, ", "))
	}
	text := stream("nodejs", "18", 1, "c1", "", "nodejs-1:18.0-1.noarch", "npm-0:9.0-1.noarch") +
		stream("nodejs", "18", 2, "c1", "", "nodejs-1:18.1-1.noarch", "npm-0:9.0-1.noarch", "left-0:1-1.noarch") + "  demodularized:\n    rpms: [left]\n" +
		stream("nodejs", "1.10", 1, "c1", "", "nodejs-1:1.10-1.noarch") +
		stream("tool", "a", 1, "c1", "nodejs: ['18']", "tool-0:1-1.noarch") +
		stream("tool", "a", 1, "c2", "nodejs: ['1.10']", "tool-0:0-1.noarch") +
		"---\ndocument: modulemd-defaults\nversion: 1\ndata:\n  module: nodejs\n  stream: '18'\n  modified: 2\n"
	modules := filepath.Join(t.TempDir(), "modules.yaml")
	require.NoError(t, os.WriteFile(modules, []byte(text), 0o644))
	_, err := rpmmd.CreateRepo(t.Context(), dir, &rpmmd.CreateOptions{
		Time: time.Unix(1000, 0), Documents: []rpmmd.ExtraDocument{{Type: "modules", Path: modules}},
	})
	require.NoError(t, err)
	return dir
}

// dnf keeps the same packages out of consideration.
func TestModuleFilterLikeDNF(t *testing.T) {
	dnf := testutil.Tool(t, "dnf")
	dir := modularRepo(t)
	m, err := newClient(t, nil).Refresh(t.Context(), repoAt("file://"+dir), nil)
	require.NoError(t, err)
	rc, err := m.Open("modules")
	require.NoError(t, err)
	defer rc.Close()
	modules, err := rpmmd.ParseModules(t.Context(), rc)
	require.NoError(t, err)

	for name, states := range map[string][]rpmmd.ModuleState{
		"defaults":         nil,
		"enabled":          {{Name: "tool", Stream: "a", State: "enabled"}},
		"switched":         {{Name: "nodejs", Stream: "1.10", State: "enabled"}},
		"switched, needed": {{Name: "nodejs", Stream: "1.10", State: "enabled"}, {Name: "tool", Stream: "a", State: "enabled"}},
		"disabled":         {{Name: "nodejs", State: "disabled"}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			states := states
			etc := filepath.Join(root, "etc", "dnf", "modules.d")
			require.NoError(t, os.MkdirAll(etc, 0o755))
			for _, s := range states {
				text := fmt.Sprintf("[%s]\nname=%s\nstream=%s\nprofiles=\nstate=%s\n", s.Name, s.Name, s.Stream, s.State)
				require.NoError(t, os.WriteFile(filepath.Join(etc, s.Name+".module"), []byte(text), 0o644))
			}
			require.NoError(t, os.WriteFile(filepath.Join(root, "etc", "os-release"), []byte("PLATFORM_ID=\"platform:x\"\n"), 0o644))
			cmd := exec.Command(dnf, "--quiet", "--installroot", root, "--releasever", "1", "--setopt=cachedir="+root+"/cache", "--setopt=logdir="+root,
				"--setopt=reposdir="+root, "--setopt=pluginpath="+root, "--setopt=module_platform_id=platform:x", "--repofrompath=ours,file://"+dir, "--repo=ours",
				"repoquery", "--qf", "%{name}-%{epoch}:%{version}-%{release}.%{arch}")
			cmd.Env = append(os.Environ(), "HOME="+root)
			out, err := cmd.Output()
			require.NoError(t, err)
			want := strings.Fields(string(out))
			slices.Sort(want)

			// The files are read back, too.
			if states != nil {
				states, err = rpmmd.LoadModuleStates(os.DirFS(root), "/etc/dnf/modules.d")
				require.NoError(t, err)
			}
			filter := rpmmd.NewModuleFilter([]*rpmmd.Modules{modules}, states)
			primary, err := m.Open("primary")
			require.NoError(t, err)
			defer primary.Close()
			var got []string
			require.NoError(t, rpmmd.ParsePrimary(t.Context(), primary, func(p *rpmmd.PackageData) error {
				nevra := fmt.Sprintf("%s-%s:%s-%s.%s", p.Name, p.Epoch, p.Version, p.Release, p.Arch)
				var provides []string
				for _, e := range p.Provides {
					provides = append(provides, string(e.Name))
				}
				if !filter.Excluded(nevra, string(p.Name), provides) {
					got = append(got, nevra)
				}
				return nil
			}))
			slices.Sort(got)
			require.Equal(t, want, got)
		})
	}
}
