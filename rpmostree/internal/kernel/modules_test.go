package kernel_test

import (
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/internal/kernel"
	"github.com/stretchr/testify/require"
)

func TestIndexed(t *testing.T) {
	const dep, bin = modules + "modules.dep", modules + "modules.dep.bin"
	two := "kernel/fs/a.ko.xz: extra/b.ko\nextra/b.ko:\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  bool
	}{
		"nothing":            {nil, true},
		"no modules":         {map[string]string{modules + "kernel/": "", modules + "modules.order": "", modules + "modules.builtin": "", modules + "a.kof": ""}, true},
		"modules built in":   {map[string]string{modules + "modules.builtin": "kernel/fs/a.ko\n"}, false},
		"a module":           {map[string]string{modules + "kernel/fs/a.ko.zst": ""}, false},
		"elsewhere":          {map[string]string{modules + "updates/a.ko": ""}, false},
		"another kernel's":   {map[string]string{"usr/lib/modules/5.0/kernel/a.ko": ""}, true},
		"indexed":            {map[string]string{modules + "kernel/fs/a.ko.xz": "", modules + "extra/b.ko": "", dep: two, bin: "x"}, true},
		"built in, indexed":  {map[string]string{modules + "modules.builtin": "kernel/fs/a.ko\n", dep: "", bin: "x"}, true},
		"text only":          {map[string]string{modules + "kernel/fs/a.ko.xz": "", modules + "extra/b.ko": "", dep: two}, false},
		"without text":       {map[string]string{modules + "extra/b.ko": "", bin: "x"}, false},
		"one not listed":     {map[string]string{modules + "kernel/fs/a.ko.xz": "", modules + "extra/b.ko": "", modules + "extra/c.ko.gz": "", dep: two, bin: "x"}, false},
		"one no longer here": {map[string]string{modules + "extra/b.ko": "", dep: two, bin: "x"}, false},
		"paths of long ago":  {map[string]string{modules + "extra/b.ko": "", dep: "/lib/modules/" + version + "/extra/b.ko:\n", bin: "x"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{modules + "vmlinuz": "K"}
			for k, v := range c.files {
				files[k] = v
			}
			tree := newTree(t, files)
			k, err := kernel.Find(tree)
			require.NoError(t, err)
			got, err := k.Indexed(tree)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}
