package drive_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"strings"

	"github.com/stretchr/testify/require"
	"github.com/nestos-dev/nestos/internal/fat"
	"github.com/nestos-dev/nestos/internal/iso9660"
)

func TestMutated(t *testing.T) {
	src := filepath.Join(t.TempDir()); 
	makeISOs(t, src); makeFATs(t, src)
	g := &guest{dir: t.TempDir()}
	g.kernel(t)
	images := filepath.Join(g.dir, "images")
	require.NoError(t, os.Mkdir(images, 0o755))
	for _, base := range []string{"genisoimage-R-J.iso", "genisoimage-plain.iso", "genisoimage-J-long.iso", "xorriso-R.iso", "fat12.fat"} {
		data, err := os.ReadFile(filepath.Join(src, base))
		require.NoError(t, err)
		for n := range 25 {
			b := append([]byte(nil), data...)
			lo, hi := 18*2048, 60*2048
			if strings.HasSuffix(base, ".fat") { lo, hi = 512, 64*1024 }
			for range 40 { 
				i := lo + rand.N(hi-lo)
				if b[i] == 0 && rand.N(4) > 0 { continue }
				b[i] ^= 1 << rand.N(8)
			}
			require.NoError(t, os.WriteFile(filepath.Join(images, fmt.Sprintf("%02d-%s", n, base)), b, 0o644))
		}
	}
	shown := g.run(t)
	all, _ := os.ReadDir(images)
	for _, image := range all {
		kernel := map[string]line{}
		for _, l := range shown {
			if l.Image == image.Name() && l.Type != "drive" { kernel[l.Path] = l }
		}
		if l, ok := kernel[""]; ok && l.Error != "" { t.Log(image.Name(), "kernel:", l.Error) }
		ours := map[string]line{}
		for _, l := range viewLenient(t, filepath.Join(images, image.Name())) { ours[l.Path] = l }
		bad := 0
		for p, k := range kernel {
			o, ok := ours[p]
			switch {
			case !ok && k.Error == "": t.Logf("%s: only kernel %+v", image.Name(), k); bad++
			case ok && k.Error == "" && o.Error == "" && (k.Type != o.Type || k.Sum != o.Sum || k.Target != o.Target || k.Size != o.Size): t.Logf("%s: differ %+v %+v", image.Name(), k, o); bad++
			case ok && (k.Error == "") != (o.Error == ""): t.Logf("%s: error %+v %+v", image.Name(), k, o); bad++
			}
		}
		for p, o := range ours {
			if _, ok := kernel[p]; !ok && o.Error == "" { t.Logf("%s: only ours %+v", image.Name(), o); bad++ }
		}
		t.Logf("%s: %d kernel %d ours %d bad", image.Name(), len(kernel), len(ours), bad)
	}
}

func viewLenient(t *testing.T, name string) []line {
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close()
	info, _ := f.Stat()
	v := &view{image: filepath.Base(name)}
	if filepath.Ext(name) == ".fat" {
		fsys, err := fat.New(f, info.Size())
		if err != nil { return []line{{Error: err.Error()}} }
		v.read = fsys.ReadFile
		v.list = func(name string) (out []node) {
			entries, err := fsys.ReadDir(name)
			if err != nil { v.lines[len(v.lines)-1].Error = err.Error() }
			for _, e := range entries {
				n := node{name: e.Name}
				if e.Dir { n.kind = os.ModeDir }
				if strings.Count(name, "/") < 20 { out = append(out, n) }
			}
			return out
		}
	} else {
		tree, err := iso9660.OpenTree(f, info.Size())
		if err != nil { return []line{{Error: err.Error()}} }
		v.read = tree.ReadFile
		v.list = func(name string) (out []node) {
			entries, err := tree.ReadDir(name)
			if err != nil { v.lines[len(v.lines)-1].Error = err.Error() }
			for _, e := range entries { if strings.Count(name, "/") < 20 { out = append(out, node{e.Name, e.Type, e.Target}) } }
			return out
		}
	}
	v.walk("", node{kind: os.ModeDir})
	return v.lines
}
