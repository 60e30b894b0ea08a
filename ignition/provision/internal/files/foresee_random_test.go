//go:build unix

package files_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/provision/internal/files"
)

// TestForeseenRandom compares plans with what happens, for random entries in random roots.
func TestForeseenRandom(t *testing.T) {
	n := 1500
	if testing.Short() {
		n = 100
	}
	dir := t.TempDir()
	failed := 0
	for seed := range n {
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		root := filepath.Join(dir, fmt.Sprint(seed))
		randomRoot(t, r, root)
		before := listing(t, root)
		cfg := randomConfig(r)
		h, _ := bare(t, root)
		p, err := files.PlanFiles(t.Context(), h, cfg)
		must(t, err)
		if after := listing(t, root); !slices.Equal(before, after) {
			t.Errorf("seed %d: the plan changed %q", seed, after)
		}
		foreseen := slices.ContainsFunc(p.Steps, func(s planStep) bool { return s.Verb == "fail" })
		err = files.Files(t.Context(), h, cfg)
		if (err != nil) != foreseen {
			data, _ := json.Marshal(cfg.Storage)
			t.Errorf("seed %d: foreseen %v, error %v\n%s\n%s\n%+v", seed, foreseen, err, data, strings.Join(before, "\n"), p.Steps)
		}
		if err != nil {
			failed++
		}
		noTemps(t, root)
		must(t, os.RemoveAll(root))
	}
	if failed < n/10 || failed > n*9/10 {
		t.Errorf("%d of %d fail: a one-sided check", failed, n)
	}
}

func randomPath(r *rand.Rand) string {
	p := ""
	for range 1 + r.IntN(3) {
		p += "/" + string("abcd"[r.IntN(4)])
	}
	return p
}

func randomTarget(r *rand.Rand) string {
	return []string{randomPath(r), randomPath(r), randomPath(r)[1:], "..", "../" + randomPath(r)[1:], ".", "/none"}[r.IntN(7)]
}

func randomRoot(t *testing.T, r *rand.Rand, root string) {
	must(t, os.MkdirAll(filepath.Join(root, "etc"), 0o755))
	for range r.IntN(6) {
		// What links would lead elsewhere is left out: they are not of this root.
		p := filepath.Join(root, randomPath(r))
		if parent, err := filepath.EvalSymlinks(filepath.Dir(p)); err == nil && parent != filepath.Dir(p) {
			continue
		}
		if os.MkdirAll(filepath.Dir(p), 0o755) != nil {
			continue
		}
		switch r.IntN(5) {
		case 0, 1:
			_ = os.Symlink(randomTarget(r), p)
		case 2:
			_ = os.Mkdir(p, 0o755)
		case 3:
			_ = syscall.Mkfifo(p, 0o644)
		default:
			if f, err := os.OpenFile(p, os.O_CREATE|os.O_EXCL, 0o644); err == nil {
				f.Close()
			}
		}
	}
}

func randomConfig(r *rand.Rand) *types.Config {
	var cfg types.Config
	seen := map[string]bool{}
	for range 1 + r.IntN(5) {
		n := types.Node{Path: randomPath(r)}
		if seen[n.Path] {
			continue
		}
		seen[n.Path] = true
		if r.IntN(3) == 0 {
			n.Overwrite = new(true)
		}
		switch r.IntN(4) {
		case 0:
			cfg.Storage.Directories = append(cfg.Storage.Directories, types.Directory{Node: n})
		case 1:
			f := types.File{Node: n}
			if r.IntN(2) == 0 {
				f.Contents.Source = new("data:,x")
			} else if r.IntN(2) == 0 {
				f.Append = []types.Resource{{Source: new("data:,y")}}
			}
			cfg.Storage.Files = append(cfg.Storage.Files, f)
		default:
			l := types.Link{Node: n}
			l.Target = new(randomTarget(r))
			l.Hard = new(r.IntN(3) == 0)
			cfg.Storage.Links = append(cfg.Storage.Links, l)
		}
	}
	if r.IntN(4) == 0 {
		cfg.Storage.Links = append(cfg.Storage.Links, types.Link{Node: types.Node{Path: "/etc/systemd"}, LinkEmbedded1: types.LinkEmbedded1{Target: new(randomTarget(r))}})
	}
	if r.IntN(3) == 0 {
		cfg.Systemd.Units = []types.Unit{{Name: "a.service", Contents: new("x"), Enabled: new(true)}, {Name: "b.service", Mask: new(true)}}
	}
	return &cfg
}
